/**
 * The name of a run (`RunRef`), and the way from the name back to the run.
 *
 * States pass on only the RunRef, which has a few hundred bytes. The plan, the first object of the run, holds the rest: the
 * settings that decide the output's bytes, and the list of inputs.
 */
import { createHash } from 'node:crypto';
import { defined } from '../defined.ts';
import { canonicalJson, type JsonValue } from '../json.ts';
import type { LiveModel } from '../live/record.ts';
import { jobWorkFolder, planKey, planName, planOfKey, runFolder, USAGE_KEY } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import { sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import type { Gate, QualityGate } from '../verdict/verdict.ts';
import type { AnyJob, Log, Run } from './job.ts';
import { type CheckRead, WorkArea } from './work-area.ts';

/** The description of a run that the states of a machine pass on. */
export type RunRef = {
  readonly job: string;
  readonly client: string | null;
  readonly day: number;
  readonly id: string;
  /** The build with which the execution began. Every handler refuses a run of another build. */
  readonly build: string;
  /** The name of the plan in the run. */
  readonly plan: string;
  /** The output root, which also holds the work area. */
  readonly output: string;
  /** The input root. */
  readonly input: string;
  /** The location that the runtime node gets after publishing; null if the run does not activate its output. */
  readonly activation: {
    readonly configRoot: string;
    readonly location: string;
    readonly registerClient: boolean;
  } | null;
  /**
   * The model that the runtime node named when the run was configured; null if it named none, or if no config root was given.
   */
  readonly live: LiveModel | null;
  /** The reason why the output will not go live, known when the run was configured; null if it may. */
  readonly notActivated: string | null;
  /** The number of versions that are kept of those that were live, and of those that were published. */
  readonly keepVersions: number;
  /** The effect of a failed check of the verdict. */
  readonly gate: Gate;
  /** The gate of the check `quality`. Absent for a job whose models are not evaluated. */
  readonly gateQuality?: QualityGate;
  /** True when a server will read the output, because it is activated or fills the server's table. */
  readonly goesLive: boolean;
  /** True when a runtime node names the day folder, which therefore must not change. */
  readonly dayFolderIsNamed: boolean;
  /** ISO-8601, the time of the request. Of two requests for the same output, the later one wins. */
  readonly requestedAt: string;
  /** True when the output is published already, as a version or in the day folder, so that no step has anything to compute. */
  readonly published: boolean;
  /** True when the output is published, and publishing has nothing left to do for the version and for the day folder. */
  readonly inPlace: boolean;
  /**
   * True when the output is published, its day folder is in place, no later step is pending, and its model is live or may
   * not go live.
   */
  readonly done: boolean;
  /** True when one process is to do all steps up to publishing (`fold.ts`). */
  readonly folds: boolean;
};

/** The first object of a run. */
export type Plan = {
  readonly job: string;
  readonly version: number;
  readonly client: string | null;
  readonly day: number;
  /** The settings that decide the output's bytes. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** The number of shards that `--shards` asks for, or null. */
  readonly shards: number | null;
  /** Key, size in bytes and ETag of every object that the run reads. */
  readonly inputs: readonly (readonly [key: string, size: number, etag: string])[];
  /** True when the run has a snapshot of forgotten users; absent without one. */
  readonly forgets?: boolean;
};

const hash = (value: JsonValue): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/**
 * Returns the id of a run: 16 hexadecimal digits of a hash of everything that decides the output's bytes. Runs with equal
 * inputs and settings have the same id.
 *
 * @param snapshots name → hash of the content
 */
export function runId(
  job: AnyJob,
  client: string | null,
  day: number,
  bytesSettings: Readonly<Record<string, JsonValue>>,
  inputs: readonly ObjectInfo[],
  snapshots: Readonly<Record<string, string>> = {},
): string {
  const manifest = inputs.map(({ key, size, etag }) => [key, size, etag]);
  const read = Object.keys(snapshots).length === 0 ? [] : [snapshots];
  return hash([job.name, job.version, client, day, bytesSettings, manifest, ...read]).slice(0, 16);
}

export const runPrefix = (job: string, client: string | null, id: string): string => runFolder(job, client, id);

/**
 * Writes the plan of a run, and returns the plan's name. A plan that exists already counts, so that a resumed run finds its
 * shards again. Only another number of shards (`--shards`) makes another plan.
 */
export async function fixPlan(store: Store, prefix: string, plan: Plan): Promise<string> {
  const wanted = planName(plan.shards);
  if (plan.shards === null) {
    for await (const { key } of store.list(`${prefix}plans/`)) {
      const found = planOfKey(key);
      if (found !== undefined) return found;
    }
  }
  await putAbsent(store, prefix + planKey(wanted), sealed(plan));
  return wanted;
}

/** True when a run has a plan. Then it has begun, and its predicted cost has been accepted. */
export async function isPlanned(store: Store, prefix: string): Promise<boolean> {
  for await (const { key } of store.list(`${prefix}plans/`)) if (planOfKey(key) !== undefined) return true;
  return false;
}

/**
 * Returns the finished runs of a job and a client whose work areas still exist: id → keys of the objects. A run without
 * `usage.json` is not finished: it still runs, or it can be resumed.
 */
export async function finishedRuns(store: Store, job: string, client: string | null): Promise<Map<string, string[]>> {
  const folder = jobWorkFolder(job, client);
  const runs = new Map<string, string[]>();
  for await (const { key } of store.list(folder)) {
    const id = key.slice(folder.length).split('/')[0]!;
    const keys = runs.get(id);
    if (keys) keys.push(key);
    else runs.set(id, [key]);
  }
  return new Map([...runs].filter(([id, keys]) => keys.includes(runPrefix(job, client, id) + USAGE_KEY)));
}

/** Opens stores by location. A process keeps each store open. */
export type OpenStore = (location: string) => Promise<Store>;

export const workAreaOf = (ref: RunRef, output: Store, checkRead?: CheckRead): WorkArea =>
  new WorkArea(output, runPrefix(ref.job, ref.client, ref.id), ref.plan, checkRead);

/** Returns the run that a RunRef describes, as its steps see it. @throws DamagedObjectError when its plan is damaged or gone */
export async function openRun(
  ref: RunRef,
  openStore: OpenStore,
  memoryMb: number,
  log: Log,
  { onLoad, checkRead }: { readonly onLoad?: Run['onLoad']; readonly checkRead?: CheckRead } = {},
): Promise<Run> {
  const output = await openStore(ref.output);
  const work = workAreaOf(ref, output, checkRead);
  const plan = await work.json<Plan>(work.prefix + planKey(ref.plan));
  return defined<Run>({
    id: ref.id,
    job: ref.job,
    client: ref.client ?? undefined,
    day: ref.day,
    settings: plan.settings,
    inputs: plan.inputs.map(([key, size, etag]) => ({ key, size, etag })),
    input: await openStore(ref.input),
    output,
    work,
    shards: plan.shards ?? undefined,
    forgets: plan.forgets,
    memoryMb,
    log,
    onLoad,
  });
}
