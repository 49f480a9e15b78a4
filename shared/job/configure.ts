/**
 * The first state of every machine. It makes a run with a plan from a request: it reads the configuration, lists the inputs,
 * names the run, and finds out whether there is anything left to do.
 */

import { type CommonSettings, commonSchema } from '../config/common-settings.ts';
import { decidingSettings, settingsOfSteps } from '../config/settings-readings.ts';
import { checkBudget } from '../cost/estimate.ts';
import type { FoldDecision } from '../cost/predict-folded.ts';
import { inputSizeOf } from '../cost/usage.ts';
import { defined } from '../defined.ts';
import { FORGOTTEN_SNAPSHOT } from '../forget/forgotten-of-run.ts';
import { hashOfAll } from '../store/body.ts';
import { snapshotKey, versionFolder } from '../store/keys.ts';
import { readerLocation } from '../store/location.ts';
import { putAbsent } from '../store/put-absent.ts';
import type { Store } from '../store/store.ts';
import { qualityGateOf } from '../verdict/quality-settings.ts';
import { decideFold } from './fold-decision.ts';
import {
  clientOf,
  dayOf,
  type Gathered,
  gather,
  type OpenConfigRoot,
  rootToActivateIn,
  type TimedInput,
} from './gather.ts';
import type { Ahead, AnyJob, Log, Run } from './job.ts';
import { decisionOn, isDayFolder } from './live-at-configure.ts';
import { isInPlace, mainFolder, publishedParts } from './output-places.ts';
import { fixPlan, isPlanned, type OpenStore, openRun, type Plan, type RunRef, runId, runPrefix } from './run.ts';

/** The functions through which a handler reaches stores, configuration and log. */
export interface HandlerEnvironment {
  readonly openStore: OpenStore;
  readonly openConfigRoot: OpenConfigRoot;
  readonly log: Log;
  /** The build of this code (`build.ts`). */
  readonly build: string;
  readonly onLoad?: Run['onLoad'];
  /** Returns the time that the process has left. Without it the time has no limit. Milliseconds */
  readonly remainingMs?: () => number;
  /** True where a function can fold a run. A local run has processes of its own, and never folds. */
  readonly mayFold?: boolean;
}

export async function configure(job: AnyJob, request: TimedInput, environment: HandlerEnvironment): Promise<RunRef> {
  return configureWith(job, request, await gather(job, request, environment), environment);
}

/**
 * Makes a run from a request whose configuration has been read already. It opens no configuration root, and it opens a
 * database only for a job whose settings name one.
 */
export async function configureWith(
  job: AnyJob,
  input: TimedInput,
  { settings, live: liveNow }: Gathered,
  { openStore, log, build, mayFold = false }: Pick<HandlerEnvironment, 'openStore' | 'log' | 'build' | 'mayFold'>,
): Promise<RunRef> {
  const client = clientOf(job, input);
  const common = commonSchema.parse(settings);
  const day = dayOf(common);
  const output = await openStore(common.outputPath);
  const configRoot = rootToActivateIn(job, common, input);
  const listing = await job.inputs.list({ client: client ?? undefined, day, settings, openStore });
  for (const warning of listing.warnings) log('warn', warning);
  const deciding = decidingSettings(job.settings, settings);
  const snapshots = Object.entries(listing.snapshots ?? {});
  const hashes = await Promise.all(
    snapshots.map(async ([name, body]) => [name, (await hashOfAll(body)).sha256] as const),
  );
  const id = runId(job, client, day, deciding, listing.objects, Object.fromEntries(hashes));
  const prefix = runPrefix(job.name, client, id);
  const size = { job, client, settings, input: inputSizeOf(listing.objects), shards: input.shards, output };
  let decided: Promise<FoldDecision> | undefined;
  const decide = (): Promise<FoldDecision> => {
    decided ??= decideFold({ ...size, run: id }, common, Date.now());
    return decided;
  };
  if (common.maxCost !== undefined && !(await isPlanned(output, prefix))) {
    await checkBudget(size, common.maxCost, mayFold && (await decide()).folds);
  }
  // Snapshots are written before the plan, because a run with a plan must have all of them.
  for (const [name, body] of snapshots) {
    const key = prefix + snapshotKey(name);
    if (!(await output.head(key))) await putAbsent(output, key, body);
  }
  const planned = defined<Plan>({
    job: job.name,
    version: job.version,
    client,
    day,
    settings: settingsOfSteps(job.settings, settings),
    shards: input.shards ?? null,
    inputs: listing.objects.map(({ key, size, etag }) => [key, size, etag] as const),
    forgets: listing.snapshots?.[FORGOTTEN_SNAPSHOT] === undefined ? undefined : true,
  });
  const plan = await fixPlan(output, prefix, planned);
  const ref = defined<RunRef>({
    job: job.name,
    client,
    day,
    id,
    build,
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
    folds: false,
    gate: common.gate,
    gateQuality: qualityGateOf(settings),
    goesLive: job.judge?.goesLive?.(settings) ?? configRoot !== null,
  });
  const decision = ref.activation && liveNow && decisionOn(ref, ref.activation.location, liveNow, log);
  const run = await openRun(ref, openStore, 0, log);
  const parts = await publishedParts(job, run);
  const published = parts.version || parts.day;
  const inPlace = await isInPlace(job, run, parts, ref);
  const ahead = await lookAhead(job, { ...ref, published }, settings, output, log);
  const notActivated = decision?.notActivated ?? ahead.notActivated;
  const done = inPlace && ahead.isDone && (decision?.isSettled ?? true);
  if (done && notActivated !== null) log('warn', `not activated: ${notActivated}`);
  const configured = { ...ref, live: ref.live ?? ahead.live, notActivated, published, inPlace, done };
  // A run that is published has hardly anything left to do.
  if (!mayFold || done || published) return configured;
  const { folds, why } = await decide();
  log('info', `the run ${folds ? 'folds into one process' : 'fans out'}: ${why}`);
  return { ...configured, folds };
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
