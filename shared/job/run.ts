/**
 * What names a run, and how a handler gets from that name back to the run.
 *
 * Between states travels the RunRef alone (a few hundred bytes). The plan, the run's first object, holds the rest: the
 * settings that decide the output's bytes, and the input manifest.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../json.ts';
import type { LiveModel } from '../live/record.ts';
import { jobWorkFolder, planKey, planName, planOfKey, runFolder, USAGE_KEY } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import { sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import type { Gate } from '../verdict/verdict.ts';
import type { AnyJob, Log, Run } from './job.ts';
import { WorkArea } from './work-area.ts';

/** What travels between the states of a machine. */
export type RunRef = {
  readonly job: string;
  readonly client: string | null;
  readonly day: number;
  readonly id: string;
  /** Names the plan within the run. */
  readonly plan: string;
  /** The output root, where the work area lies. */
  readonly output: string;
  /** The input root. */
  readonly input: string;
  /** What the runtime node is to hold once the output is published; null: no activation. */
  readonly activation: {
    readonly configRoot: string;
    readonly location: string;
    readonly registerClient: boolean;
  } | null;
  /** What the runtime node named when the run was configured; null where it named nothing, or no root was given to look in. */
  readonly live: LiveModel | null;
  /** Why the output will not go live, as far as configuring could tell; null where it may. */
  readonly notActivated: string | null;
  /** How many versions that were live, and how many that were published, are kept. */
  readonly keepVersions: number;
  /** What a failed check of the verdict does. */
  readonly gate: Gate;
  /** True when the output goes in front of a server: it is activated, or fills the server's table. */
  readonly goesLive: boolean;
  /** A runtime node that the run could see names its day folder, which then stays as it is. */
  readonly dayFolderIsNamed: boolean;
  /** ISO-8601: when this was asked for. The later request wins over the same output. */
  readonly requestedAt: string;
  /** The output is there already, as a version or in the day folder: no step has anything to compute. */
  readonly published: boolean;
  /** It is published, and publishing has nothing left to do, neither for the version nor for the day folder. */
  readonly inPlace: boolean;
  /**
   * True when the output is published, its day folder is in place, no later step is pending, and its model is live or may
   * not go live.
   */
  readonly done: boolean;
};

/** The run's first object. */
export type Plan = {
  readonly job: string;
  readonly version: number;
  readonly client: string | null;
  readonly day: number;
  /** Those that decide the output's bytes. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly shards: number | null;
  /** Key, size in bytes, ETag of every object read. */
  readonly inputs: readonly (readonly [key: string, size: number, etag: string])[];
};

const hash = (value: JsonValue): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/**
 * 16 hex digits over all that decides the output's bytes: equal inputs and settings are the same run.
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
 * Fixes the plan of a run. The plan that is there already counts, so that a resume finds its shards again; only a
 * number of shards asked for by name (`shards`) makes another one. Resolves to the plan's name.
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

/** Whether a run has begun: what it will take has been agreed to. */
export async function isPlanned(store: Store, prefix: string): Promise<boolean> {
  for await (const { key } of store.list(`${prefix}plans/`)) if (planOfKey(key) !== undefined) return true;
  return false;
}

/**
 * The finished runs of a job and a client whose work areas are still there: id → keys of its objects. A run without
 * `usage.json` is going on or can be resumed.
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

/** Opens stores by location; a process keeps each one open. */
export type OpenStore = (location: string) => Promise<Store>;

export const workAreaOf = (ref: RunRef, output: Store): WorkArea =>
  new WorkArea(output, runPrefix(ref.job, ref.client, ref.id), ref.plan);

/** The run that a RunRef names, as a step sees it. */
export async function openRun(
  ref: RunRef,
  openStore: OpenStore,
  memoryMb: number,
  log: Log,
  onLoad?: Run['onLoad'],
): Promise<Run> {
  const output = await openStore(ref.output);
  const work = workAreaOf(ref, output);
  const plan = await work.json<Plan>(work.prefix + planKey(ref.plan));
  return {
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
    memoryMb,
    log,
    onLoad,
  };
}
