/**
 * The first state of every machine: from what was asked for to a run with a plan. It reads the configuration, lists the
 * inputs, names the run, and says so when there is nothing left to do.
 */
import { configNode } from '../activation/nodes.ts';
import { checkClient } from '../activation/register.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { readConfig } from '../config/read-config.ts';
import { decidingSettings } from '../config/settings-readings.ts';
import { checkBudget } from '../cost/estimate.ts';
import { inputSizeOf } from '../cost/usage.ts';
import { DamagedObjectError, UsageError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { decide, futureInWords } from '../live/decide.ts';
import { readLive } from '../live/live-node.ts';
import { modelAt } from '../live/location.ts';
import type { LiveModel, LiveRecord } from '../live/record.ts';
import { clientNameProblem } from '../model/client-name.ts';
import { hashOfAll } from '../store/body.ts';
import { dayFolder, logsFolder, snapshotKey } from '../store/keys.ts';
import { type ReaderScheme, readerLocation } from '../store/location.ts';
import { putAbsent } from '../store/put-absent.ts';
import type { Store } from '../store/store.ts';
import type { Gate } from '../verdict/verdict.ts';
import type { Ahead, AnyJob, Log, Run } from './job.ts';
import { type Manifest, readManifest } from './publish.ts';
import { fixPlan, isPlanned, type OpenStore, openRun, type RunRef, runId, runPrefix } from './run.ts';

/** What a handler may use of the world around it. */
export interface HandlerEnvironment {
  readonly openStore: OpenStore;
  readonly openConfigRoot: (spec: string) => Promise<ConfigRoot>;
  readonly log: Log;
  readonly onLoad?: Run['onLoad'];
}

/** What a run is asked for with: the input of an execution, the command line's options. */
export interface RunInput {
  readonly client?: string;
  /** Win over the node; strings that spell a value will do. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
  /** The JSON that the node would hold, in place of the node. */
  readonly config?: { readonly from: string; readonly text: string };
  /** ZooKeeper hosts as `zookeeper:<hosts>`, or a folder or `s3://` prefix standing for it. */
  readonly configRoot?: string;
  readonly shards?: number;
  /** ISO-8601, fixed when the command or execution started. */
  readonly requestedAt?: string;
}

/** The settings that every job has and that the framework itself reads. */
interface ConfiguredSettings {
  readonly outputPath: string;
  readonly startDay?: number;
  readonly activate: boolean;
  readonly activationScheme: ReaderScheme;
  readonly registerClient: boolean;
  readonly keepVersions: number;
  readonly gate: Gate;
  readonly maxCost?: number;
}

/** The configuration of one request: `settings` are the job's own. Warnings go to the log. */
export async function readSettings(
  job: AnyJob,
  input: RunInput,
  openConfigRoot: HandlerEnvironment['openConfigRoot'],
): Promise<ReturnType<typeof readConfig>> {
  const node = await readNode(job, input, openConfigRoot);
  const configuration = readConfig({
    schema: job.settings,
    jobName: job.name,
    ...(node && { node }),
    overrides: input.settings ?? {},
  });
  const warnings = job.warnings?.(configuration.settings) ?? [];
  return { ...configuration, warnings: [...configuration.warnings, ...warnings] };
}

/** The client's node, or what was given in its place; undefined where neither was asked for. */
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
  const { settings: parsed, warnings } = await readSettings(job, input, openConfigRoot);
  const settings = parsed as unknown as ConfiguredSettings & typeof parsed;
  for (const warning of warnings) log('warn', warning);
  const day = settings.startDay;
  if (day === undefined) {
    throw new UsageError('which day? Give --start-day, or startDay in the configuration, such as 2011-12-09 or 15317');
  }
  const output = await openStore(settings.outputPath);
  const activation = activationOf(job, client, day, output, settings, input);
  const standing = await standingNow(job, client, activation, input, openConfigRoot);

  const listing = await job.inputs({ client: client ?? undefined, day, settings, openStore });
  for (const warning of listing.warnings) log('warn', warning);
  const deciding = decidingSettings(job.settings, settings);
  const snapshots = Object.entries(listing.snapshots ?? {});
  const hashes = await Promise.all(
    snapshots.map(async ([name, body]) => [name, (await hashOfAll(body)).sha256] as const),
  );
  const id = runId(job, client, day, deciding, listing.objects, Object.fromEntries(hashes));
  const prefix = runPrefix(job.name, client, id);
  if (settings.maxCost !== undefined && !(await isPlanned(output, prefix))) {
    const request = { job, client, settings, input: inputSizeOf(listing.objects), shards: input.shards, output };
    await checkBudget(request, settings.maxCost);
  }
  // Before the plan: a run that has one is whole.
  for (const [name, body] of snapshots) {
    const key = prefix + snapshotKey(name);
    if (!(await output.head(key))) await putAbsent(output, key, body);
  }
  const plan = await fixPlan(output, prefix, {
    ...{ job: job.name, version: job.version, client, day, settings: deciding, shards: input.shards ?? null },
    inputs: listing.objects.map(({ key, size, etag }) => [key, size, etag] as const),
  });
  const ref: RunRef = {
    ...{ job: job.name, client, day, id, plan, input: listing.root, output: settings.outputPath },
    ...{ activation, live: standing?.named ?? null, notActivated: null, keepVersions: settings.keepVersions },
    ...{ requestedAt: input.requestedAt, published: false, done: false },
    gate: settings.gate,
    goesLive: job.judge?.goesLive?.(settings) ?? activation !== null,
  };
  const decision = activation && standing && decisionOn(ref, activation.location, standing, log);
  const published = await isPublished(job, await openRun(ref, openStore, 0, log));
  const ahead = await lookAhead(job, { ...ref, published }, settings, output, log);
  const notActivated = decision?.notActivated ?? ahead.notActivated;
  const done = published && ahead.isDone && (decision?.isSettled ?? true);
  if (done && notActivated !== null) log('warn', `not activated: ${notActivated}`);
  return { ...ref, live: ref.live ?? ahead.live, notActivated, published, done };
}

/** What follows the output, where anything does, is asked before the first step whether it can. */
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

function activationOf(
  job: AnyJob,
  client: string | null,
  day: number,
  output: Store,
  settings: ConfiguredSettings,
  { configRoot }: RunInput,
): RunRef['activation'] {
  if (!settings.activate || job.activates === undefined) return null;
  if (configRoot === undefined) {
    throw new UsageError('activate is true, but there is nothing to activate in: give --zookeeper or --config-root');
  }
  const location = readerLocation(output.root, mainFolder(job, client ?? undefined, day), settings.activationScheme);
  return { configRoot, location, registerClient: settings.registerClient };
}

function clientOf(job: AnyJob, { client }: RunInput): string | null {
  if (job.scope === 'logs') return null;
  if (client === undefined) throw new UsageError(`${job.name} runs for one client: give --client`);
  const reason = clientNameProblem(client);
  if (reason !== undefined) throw new UsageError(`no client can be called ${JSON.stringify(client)}: ${reason}`);
  return client;
}

/** What is live when a run is configured. */
interface Standing {
  readonly record: LiveRecord | undefined;
  /** What the runtime node names. */
  readonly named: LiveModel | null;
  /** Whether record and node agree. */
  readonly isAgreed: boolean;
}

/**
 * Undefined for a job without a runtime node, and where there is no root to look in.
 * @throws UnknownClientError, ConfigError for a client that cannot be activated
 */
async function standingNow(
  job: AnyJob,
  client: string | null,
  activation: RunRef['activation'],
  { configRoot }: RunInput,
  openConfigRoot: HandlerEnvironment['openConfigRoot'],
): Promise<Standing | undefined> {
  if (job.activates === undefined || client === null || configRoot === undefined) return undefined;
  await using root = await openConfigRoot(configRoot);
  if (activation !== null) await checkClient(root, client, activation.registerClient);
  const { standing, runtimeNode } = await readLive({ root, client, node: job.activates }, { now: new Date() });
  const record = standing.record;
  const location = runtimeNode?.data ?? '';
  const isRecorded = record?.live?.location === location;
  const named = isRecorded ? record.live : location === '' ? null : modelAt(location);
  return { record, named, isAgreed: standing.kind === 'agreed' };
}

/** The same decision as at the run's end, so that nothing is computed again for a model that may not go live. */
function decisionOn(
  { day, id, requestedAt }: RunRef,
  location: string,
  { record, isAgreed }: Standing,
  log: Log,
): { readonly notActivated: string | null; readonly isSettled: boolean } {
  const now = new Date();
  const state = { live: record?.live ?? null, hold: record?.hold ?? null };
  const warning = futureInWords(state.live, now);
  if (warning !== undefined) log('warn', warning);
  const decision = decide({ day, run: id, requestedAt, location }, state, now);
  if (!decision.goes) return { notActivated: decision.why, isSettled: true };
  return { notActivated: null, isSettled: decision.isSame && isAgreed };
}

/** The folder whose `_SUCCESS` speaks for the whole run. */
export const mainFolder = (job: AnyJob, client: string | undefined, day: number): string =>
  job.scope === 'logs' ? logsFolder(day) : dayFolder(client as string, job.writes, day);

/** Whether every output folder of this run is in place, whole: a damaged one is published again. */
export async function isPublished(job: AnyJob, run: Run): Promise<boolean> {
  const main = mainFolder(job, run.client, run.day);
  const manifest = await ownManifest(run, main);
  if (manifest === undefined) return false;
  for (const prefix of foldersIn(manifest)) if ((await ownManifest(run, prefix)) === undefined) return false;
  return true;
}

/** The manifest of a folder that this run published and that is whole; undefined for any other. */
async function ownManifest({ output, id }: Run, prefix: string): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(output, prefix);
    return manifest?.run === id && (await filesAreWhole(output, prefix, manifest)) ? manifest : undefined;
  } catch (error) {
    // Whose a damaged manifest is nobody knows; publishing replaces it.
    if (error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}

/** The other folders that a run over all clients published. */
export const foldersIn = (manifest: Manifest): readonly string[] =>
  (manifest.counts.folders as readonly string[] | undefined) ?? [];

/**
 * Whether the files that a manifest names are there as they were published: their sizes, and where the store can compare
 * contents (a disk can) their hashes, for which they are read.
 */
export async function filesAreWhole(output: Store, prefix: string, { files }: Manifest): Promise<boolean> {
  for (const { name, size, sha256 } of files) {
    const found = await output.head(prefix + name);
    if (found?.size !== size || (await output.holds?.(found, sha256)) === false) return false;
  }
  return true;
}
