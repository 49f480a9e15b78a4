/**
 * The request for a run, and what the configuration root says about it: the job's settings for the client, and the model that
 * is live. `configure.ts` makes a run of it, which no longer needs the root.
 */
import { configNode } from '../activation/nodes.ts';
import { type CommonSettings, commonSchema } from '../config/common-settings.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { type ConfigSources, readConfig } from '../config/read-config.ts';
import { defined } from '../defined.ts';
import { ConfigError, UsageError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { clientNameProblem } from '../model/client-name.ts';
import type { AnyJob, Log, Settings } from './job.ts';
import { type LiveAtConfigure, liveAtConfigure } from './live-at-configure.ts';
import type { OpenStore } from './run.ts';

/** Opens a configuration root: `zookeeper:<hosts>`, a folder or an `s3://` prefix. */
export type OpenConfigRoot = (spec: string) => Promise<ConfigRoot>;

/** The request for a run: the input of an execution, or the options of the command line. */
export type RunInput = {
  readonly client?: string;
  /** They have precedence over the node. A value may also be a string that spells it. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
  /** They count in place of the job's own defaults: the node and `settings` have precedence. */
  readonly defaults?: Readonly<Record<string, JsonValue>>;
  /** A JSON text that is used in place of the node's. */
  readonly config?: { readonly from: string; readonly text: string };
  /** ZooKeeper hosts, as `zookeeper:<hosts>`, or a folder or an `s3://` prefix in place of ZooKeeper. */
  readonly configRoot?: string;
  readonly shards?: number;
  /** ISO-8601, the time when the command or the execution started. */
  readonly requestedAt?: string;
};

/** Returns the job's settings for one request, and warnings about them. @throws ConfigError */
export async function readSettings(
  job: AnyJob,
  input: RunInput,
  openConfigRoot: OpenConfigRoot,
): Promise<ReturnType<typeof readConfig>> {
  const node = await readNode(job, input, openConfigRoot);
  const configuration = readConfig({
    schema: job.settings,
    jobName: job.name,
    ...defined<Pick<ConfigSources<Settings>, 'node'>>({ node }),
    defaults: input.defaults ?? {},
    overrides: input.settings ?? {},
  });
  const warnings = job.warnings?.(configuration.settings) ?? [];
  return { ...configuration, warnings: [...configuration.warnings, ...warnings] };
}

/**
 * Returns the job folders that a job reads with the settings of a request. If the configuration is wrong it returns none,
 * because the job itself will report the mistake when it runs.
 */
export async function foldersRead(
  job: AnyJob,
  input: RunInput,
  openConfigRoot: OpenConfigRoot,
): Promise<readonly string[]> {
  if (job.inputs.foldersOf === undefined) return job.inputs.folders;
  try {
    return job.inputs.foldersOf((await readSettings(job, input, openConfigRoot)).settings);
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/** Returns the text of the client's node, or the text in its place; undefined if the request names neither. */
export async function readNode(
  job: AnyJob,
  input: RunInput,
  openConfigRoot: OpenConfigRoot,
): Promise<{ path: string; text: string | undefined } | undefined> {
  if (input.config) return { path: input.config.from, text: input.config.text };
  if (input.configRoot === undefined || job.scope !== 'client') return undefined;
  await using root = await openConfigRoot(input.configRoot);
  const path = configNode(input.client as string, job.name);
  const found = await root.read(path);
  // A job that accompanies others needs no node, so nothing is said about a missing one.
  if (found === undefined && job.accompanies !== undefined) return undefined;
  return { path: `${path} (${root.describe})`, text: found?.data };
}

/** The part of a configured run that comes from the configuration root. */
export interface Gathered {
  /** With the values that `Job.complete` adds. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Undefined for a job without a runtime node, and if no config root is given. */
  readonly live: LiveAtConfigure | undefined;
}

/** A request with its time. */
export type TimedInput = RunInput & { readonly requestedAt: string };

/** The functions through which `gather` reaches the configuration, the output and the log. */
export interface GatherEnvironment {
  readonly openConfigRoot: OpenConfigRoot;
  readonly openStore: OpenStore;
  readonly log: Log;
}

/** Reads the settings and the live model of a request. @throws ConfigError, UsageError, and as `Job.complete` */
export async function gather(job: AnyJob, request: TimedInput, environment: GatherEnvironment): Promise<Gathered> {
  const { openConfigRoot, log } = environment;
  const client = clientOf(job, request);
  if (Number.isNaN(Date.parse(request.requestedAt))) {
    throw new UsageError(`requestedAt is ${JSON.stringify(request.requestedAt)}: an ISO-8601 time is needed`);
  }
  const { settings, warnings } = await readSettings(job, request, openConfigRoot);
  for (const warning of warnings) log('warn', warning);
  const common = commonSchema.parse(settings);
  dayOf(common);
  rootToActivateIn(job, common, request);
  const completed = await completedSettings(job, request, settings, environment);
  return { settings: completed, live: await liveAtConfigure(job, client, common, request.configRoot, openConfigRoot) };
}

async function completedSettings(
  job: AnyJob,
  request: TimedInput,
  settings: Readonly<Record<string, unknown>>,
  { openConfigRoot, openStore, log }: GatherEnvironment,
): Promise<Readonly<Record<string, unknown>>> {
  if (job.complete === undefined) return settings;
  const common = commonSchema.parse(settings);
  const { configRoot } = request;
  await using root = configRoot === undefined ? undefined : await openConfigRoot(configRoot);
  const added = await job.complete({
    client: clientOf(job, request) as string,
    day: dayOf(common),
    settings,
    root,
    output: await openStore(common.outputPath),
    warn: (message) => log('warn', message),
  });
  return { ...settings, ...added };
}

/**
 * Returns the config root for the activation; null for a run that does not activate.
 *
 * @throws UsageError when no root is given
 */
export function rootToActivateIn(job: AnyJob, { activate }: CommonSettings, { configRoot }: RunInput): string | null {
  if (!activate || job.activates === undefined) return null;
  if (configRoot !== undefined) return configRoot;
  throw new UsageError('activate is true, but there is nothing to activate in: give --zookeeper or --config-root');
}

/** Returns the day of a run. @throws UsageError when no setting names it */
export function dayOf({ startDay }: CommonSettings): number {
  if (startDay !== undefined) return startDay;
  throw new UsageError('which day? Give --start-day, or startDay in the configuration, such as 2011-12-09 or 15317');
}

/** Returns the client of a run; null for a job over all clients. @throws UsageError for a missing or impossible name */
export function clientOf(job: AnyJob, { client }: RunInput): string | null {
  if (job.scope === 'logs') return null;
  if (client === undefined) throw new UsageError(`${job.name} runs for one client: give --client`);
  const reason = clientNameProblem(client);
  if (reason !== undefined) throw new UsageError(`no client can be called ${JSON.stringify(client)}: ${reason}`);
  return client;
}
