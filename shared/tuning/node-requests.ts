/**
 * What `offline tune` asks about a client's node, as requests and answers in JSON. The command reads and sets the node itself, or
 * sends a request to the function `models` of a deployed pipeline, which can reach the pipeline's ZooKeeper.
 */
import * as z from 'zod';
import { configNode } from '../activation/nodes.ts';
import { checkClient } from '../activation/register.ts';
import { settingProblem } from '../config/read-config.ts';
import { factsOf } from '../config/settings.ts';
import { defined } from '../defined.ts';
import { ConfigError, UsageError } from '../errors.ts';
import type { HandlerEnvironment } from '../job/configure.ts';
import { clientOf, type RunInput, readSettings } from '../job/gather.ts';
import type { AnyJob } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import { applyPoint, changedNode, withoutSecrets } from './apply.ts';
import type { Point } from './space.ts';

type AboutNode = { readonly client: string; readonly job: string };

/** Asks for the client's settings. `settings` and `config` are those of a `RunInput`. */
export type ReadNodeRequest = AboutNode & { readonly command: 'node' } & Pick<RunInput, 'settings' | 'config'>;

/** Sets the settings of a point in the node, if the node still has the version that was read. */
export type SetNodeRequest = AboutNode & {
  readonly command: 'set-node';
  readonly version: string | null;
  readonly point: Point;
  readonly because: string;
};

export type NodeRequest = ReadNodeRequest | SetNodeRequest;

/** A node as it was read. */
export interface ReadNode {
  /** The client's settings with the defaults, without secrets. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly warnings: readonly string[];
  /** The node's text, in which secrets are `***`; null when there is no node. */
  readonly text: string | null;
  /** The version of the node for compare-and-set; null when there is none. */
  readonly version: string | null;
  /** The runs that may be under way beside a day. */
  readonly runsAtOnce: number;
}

export const readNodeSchema: z.ZodType<ReadNode> = z.object({
  settings: z.record(z.string(), z.json()),
  warnings: z.array(z.string()),
  text: z.string().nullable(),
  version: z.string().nullable(),
  runsAtOnce: z.int().min(1),
});

export interface NodeEnvironment extends Pick<HandlerEnvironment, 'openConfigRoot' | 'openStore'> {
  readonly configRoot: string;
  /** The root that actions are read from and models are written to. */
  readonly outputRoot: string;
  readonly runsAtOnce: number;
  readonly jobs: readonly AnyJob[];
  readonly now: () => Date;
}

export const isNodeRequest = (request: { readonly command: string }): request is NodeRequest =>
  request.command === 'node' || request.command === 'set-node';

/**
 * Answers a request: with a `ReadNode`, or with `{}` when the node was set.
 *
 * @throws UsageError, ConfigError, UnknownClientError; NotActivatedError when somebody has changed the node since it was read
 */
export async function answerNodeRequest(request: NodeRequest, environment: NodeEnvironment): Promise<JsonValue> {
  const job = environment.jobs.find(({ name, space }) => name === request.job && space !== undefined);
  if (job === undefined) throw new UsageError(`${request.job} has no settings to search`);
  const client = clientOf(job, request) as string;
  return request.command === 'node'
    ? { ...(await readNode(job, client, request, environment)) }
    : setNode(job, client, request, environment);
}

async function readNode(
  job: AnyJob,
  client: string,
  { settings = {}, config }: ReadNodeRequest,
  { openConfigRoot, configRoot, outputRoot, runsAtOnce }: NodeEnvironment,
): Promise<ReadNode> {
  await using root = await openConfigRoot(configRoot);
  await checkClient(root, client, false);
  const found = await root.read(configNode(client, job.name));
  const from = `${configNode(client, job.name)} (${root.describe})`;
  const input = defined<RunInput>({
    client,
    settings: { ...settings, inputPath: outputRoot, outputPath: outputRoot },
    config: config ?? (found && { from, text: found.data }),
  });
  const read = await readSettings(job, input, openConfigRoot);
  const missing = `there is no configuration at ${from}: the defaults count`;
  const isSecret = (name: string): boolean => factsOf(job.settings.shape[name]!).secret;
  return {
    settings: Object.fromEntries(Object.entries(read.settings).filter(([name]) => !isSecret(name))) as Record<
      string,
      JsonValue
    >,
    warnings: input.config === undefined ? [missing, ...read.warnings] : read.warnings,
    text: found === undefined ? null : withoutSecrets(job, found.data),
    version: found?.version ?? null,
    runsAtOnce,
  };
}

async function setNode(
  job: AnyJob,
  client: string,
  { version, point, because }: SetNodeRequest,
  { openConfigRoot, openStore, configRoot, outputRoot, now }: NodeEnvironment,
): Promise<JsonValue> {
  const searched = new Set(job.space!.dimensions.map(({ setting }) => setting));
  for (const [name, value] of Object.entries(point)) {
    const problem = searched.has(name)
      ? settingProblem(job.settings, name, value)
      : `${name} is no setting that a search of ${job.name} may change`;
    if (problem !== undefined) throw new ConfigError(problem);
  }
  await using root = await openConfigRoot(configRoot);
  const path = configNode(client, job.name);
  const found = await root.read(path);
  if ((found?.version ?? null) !== version) throw changedNode(path, root);
  const store = await openStore(outputRoot);
  await applyPoint({ root, store, client, job, text: found?.data, point, because, when: now() });
  return {};
}
