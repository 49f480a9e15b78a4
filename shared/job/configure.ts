/**
 * The first state of every machine. It makes a run with a plan from a request: it reads the configuration, lists the inputs,
 * names the run, and finds out whether there is anything left to do.
 */

import { configNode } from '../activation/nodes.ts';
import { type CommonSettings, commonSchema } from '../config/common-settings.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { type ConfigSources, readConfig } from '../config/read-config.ts';
import { decidingSettings } from '../config/settings-readings.ts';
import { checkBudget } from '../cost/estimate.ts';
import { inputSizeOf } from '../cost/usage.ts';
import { defined } from '../defined.ts';
import { ConfigError, UsageError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { clientNameProblem } from '../model/client-name.ts';
import { hashOfAll } from '../store/body.ts';
import { snapshotKey, versionFolder } from '../store/keys.ts';
import { readerLocation } from '../store/location.ts';
import { putAbsent } from '../store/put-absent.ts';
import type { Store } from '../store/store.ts';
import type { Ahead, AnyJob, Log, Run, Settings } from './job.ts';
import { decisionOn, isDayFolder, liveAtConfigure } from './live-at-configure.ts';
import { isInPlace, mainFolder, publishedParts } from './output-places.ts';
import { fixPlan, isPlanned, type OpenStore, openRun, type RunRef, runId, runPrefix } from './run.ts';

/** The functions through which a handler reaches stores, configuration and log. */
export interface HandlerEnvironment {
  readonly openStore: OpenStore;
  readonly openConfigRoot: (spec: string) => Promise<ConfigRoot>;
  readonly log: Log;
  readonly onLoad?: Run['onLoad'];
}

/** The request for a run: the input of an execution, or the options of the command line. */
export type RunInput = {
  readonly client?: string;
  /** They have precedence over the node. A value may also be a string that spells it. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
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
  openConfigRoot: HandlerEnvironment['openConfigRoot'],
): Promise<ReturnType<typeof readConfig>> {
  const node = await readNode(job, input, openConfigRoot);
  const configuration = readConfig({
    schema: job.settings,
    jobName: job.name,
    ...defined<Pick<ConfigSources<Settings>, 'node'>>({ node }),
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
  openConfigRoot: HandlerEnvironment['openConfigRoot'],
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
  openConfigRoot: HandlerEnvironment['openConfigRoot'],
): Promise<{ path: string; text: string | undefined } | undefined> {
  if (input.config) return { path: input.config.from, text: input.config.text };
  if (input.configRoot === undefined || job.scope !== 'client') return undefined;
  await using root = await openConfigRoot(input.configRoot);
  const path = configNode(input.client as string, job.name);
  const found = await root.read(path);
  return { path: `${path} (${root.describe})`, text: found?.data };
}

export async function configure(
  job: AnyJob,
  input: RunInput & { readonly requestedAt: string },
  { openStore, openConfigRoot, log }: HandlerEnvironment,
): Promise<RunRef> {
  const client = clientOf(job, input);
  if (Number.isNaN(Date.parse(input.requestedAt))) {
    throw new UsageError(`requestedAt is ${JSON.stringify(input.requestedAt)}: an ISO-8601 time is needed`);
  }
  const { settings, warnings } = await readSettings(job, input, openConfigRoot);
  const common = commonSchema.parse(settings);
  for (const warning of warnings) log('warn', warning);
  const day = common.startDay;
  if (day === undefined) {
    throw new UsageError('which day? Give --start-day, or startDay in the configuration, such as 2011-12-09 or 15317');
  }
  const output = await openStore(common.outputPath);
  const configRoot = rootToActivateIn(job, common, input);
  const liveNow = await liveAtConfigure(job, client, common, input.configRoot, openConfigRoot);

  const listing = await job.inputs.list({ client: client ?? undefined, day, settings, openStore });
  for (const warning of listing.warnings) log('warn', warning);
  const deciding = decidingSettings(job.settings, settings);
  const snapshots = Object.entries(listing.snapshots ?? {});
  const hashes = await Promise.all(
    snapshots.map(async ([name, body]) => [name, (await hashOfAll(body)).sha256] as const),
  );
  const id = runId(job, client, day, deciding, listing.objects, Object.fromEntries(hashes));
  const prefix = runPrefix(job.name, client, id);
  if (common.maxCost !== undefined && !(await isPlanned(output, prefix))) {
    const request = { job, client, settings, input: inputSizeOf(listing.objects), shards: input.shards, output };
    await checkBudget(request, common.maxCost);
  }
  // Snapshots are written before the plan, because a run with a plan must have all of them.
  for (const [name, body] of snapshots) {
    const key = prefix + snapshotKey(name);
    if (!(await output.head(key))) await putAbsent(output, key, body);
  }
  const plan = await fixPlan(output, prefix, {
    job: job.name,
    version: job.version,
    client,
    day,
    settings: deciding,
    shards: input.shards ?? null,
    inputs: listing.objects.map(({ key, size, etag }) => [key, size, etag] as const),
  });
  const ref: RunRef = {
    job: job.name,
    client,
    day,
    id,
    plan,
    input: listing.root,
    output: common.outputPath,
    activation: configRoot === null ? null : activationOf(job, client, day, id, output, common, configRoot),
    live: liveNow?.named ?? null,
    dayFolderIsNamed: isDayFolder(liveNow?.named?.location, output, mainFolder(job, client ?? undefined, day)),
    notActivated: null,
    keepVersions: common.keepVersions,
    requestedAt: input.requestedAt,
    published: false,
    inPlace: false,
    done: false,
    gate: common.gate,
    goesLive: job.judge?.goesLive?.(settings) ?? configRoot !== null,
  };
  const decision = ref.activation && liveNow && decisionOn(ref, ref.activation.location, liveNow, log);
  const run = await openRun(ref, openStore, 0, log);
  const parts = await publishedParts(job, run);
  const published = parts.version || parts.day;
  const inPlace = await isInPlace(job, run, parts, ref);
  const ahead = await lookAhead(job, { ...ref, published }, settings, output, log);
  const notActivated = decision?.notActivated ?? ahead.notActivated;
  const done = inPlace && ahead.isDone && (decision?.isSettled ?? true);
  if (done && notActivated !== null) log('warn', `not activated: ${notActivated}`);
  return { ...ref, live: ref.live ?? ahead.live, notActivated, published, inPlace, done };
}

/** Asks the task after publishing, if there is one, whether it will be able to run. That is before the first step. */
async function lookAhead(job: AnyJob, ref: RunRef, settings: object, output: Store, log: Log): Promise<Ahead> {
  const after = job.afterPublish;
  if (!after?.isWanted(settings)) return { isDone: true, live: null, notActivated: null };
  if (after.ahead === undefined) return { isDone: false, live: null, notActivated: null };
  return after.ahead({
    client: ref.client as string,
    day: ref.day,
    run: ref.id,
    requestedAt: ref.requestedAt,
    settings,
    output,
    isPublished: ref.published,
    warn: (message) => log('warn', message),
  });
}

/**
 * Returns the config root for the activation; null for a run that does not activate.
 *
 * @throws UsageError when no root is given
 */
function rootToActivateIn(job: AnyJob, { activate }: CommonSettings, { configRoot }: RunInput): string | null {
  if (!activate || job.activates === undefined) return null;
  if (configRoot !== undefined) return configRoot;
  throw new UsageError('activate is true, but there is nothing to activate in: give --zookeeper or --config-root');
}

function activationOf(
  job: AnyJob,
  client: string | null,
  day: number,
  id: string,
  output: Store,
  settings: CommonSettings,
  configRoot: string,
): RunRef['activation'] {
  const folder = versionFolder(client as string, job.activates as string, day, id);
  const location = readerLocation(output.root, folder, settings.activationScheme);
  return { configRoot, location, registerClient: settings.registerClient };
}

function clientOf(job: AnyJob, { client }: RunInput): string | null {
  if (job.scope === 'logs') return null;
  if (client === undefined) throw new UsageError(`${job.name} runs for one client: give --client`);
  const reason = clientNameProblem(client);
  if (reason !== undefined) throw new UsageError(`no client can be called ${JSON.stringify(client)}: ${reason}`);
  return client;
}
