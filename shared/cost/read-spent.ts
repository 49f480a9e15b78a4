/**
 * Reads what the runs of an output root have used, from their work areas: the account of a finished run, and the marks of an
 * unfinished one. A work area is removed some days after its run, and the run's account with it.
 */

import { atMost } from '../at-most.ts';
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { AnyJob } from '../job/job.ts';
import type { Plan } from '../job/run.ts';
import { jobWorkFolder, planOfKey, runFolder, USAGE_KEY } from '../store/keys.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import type { Quantities } from './prices.ts';
import { quantitiesOf } from './spent.ts';
import { readRunUsage } from './stored.ts';
import { accountFromMarks, type RunUsage } from './usage.ts';

/** The quantities that one run has used so far. */
export interface SpentRun extends Quantities {
  readonly job: string;
  /** Null for a job over all clients. */
  readonly client: string | null;
  readonly day: number;
  readonly run: string;
  /** False for a run whose account is not closed. Then the quantities are those of its invocations until now. */
  readonly isFinished: boolean;
  readonly folded: boolean;
  /** The largest number of shards of a step outside of loops; 1 for a run of one shard a step. */
  readonly shards: number;
  /** The time of all invocations together. */
  readonly seconds: number;
  /** False for a run on a machine of one's own, for which AWS charged nothing. */
  readonly onAws: boolean;
}

export interface Spent {
  readonly runs: readonly SpentRun[];
  /** The runs whose plan or account is damaged or of another release, as keys of their folders. */
  readonly unread: readonly string[];
}

/** Undefined selects all. Days are inclusive. */
export interface SpentFilter {
  readonly client?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A work area, as a listing of its keys shows it. */
interface Area {
  readonly job: AnyJob;
  readonly client: string | null;
  readonly run: string;
  readonly prefix: string;
  readonly planKey: string | undefined;
  readonly isFinished: boolean;
}

/** Runs that are read at the same time, with two or three requests each. */
const READ_AT_ONCE = 32;

/** Reads the runs of all clients and of the jobs over all clients, or those of one client. */
export async function readSpent(output: Store, jobs: readonly AnyJob[], filter: SpentFilter): Promise<Spent> {
  const areas: Area[] = [];
  for (const job of jobs) areas.push(...(await areasOf(output, job, filter.client)));
  const unread: string[] = [];
  const found = await atMost(READ_AT_ONCE, areas, async (area) => {
    const run = await readRun(output, area);
    if (run === undefined) unread.push(area.prefix);
    return run;
  });
  const isAsked = ({ day }: SpentRun): boolean => day >= (filter.from ?? day) && day <= (filter.to ?? day);
  return { runs: found.filter((run) => run !== undefined).filter(isAsked), unread: unread.sort() };
}

async function areasOf(output: Store, job: AnyJob, client: string | undefined): Promise<Area[]> {
  if (client !== undefined && job.scope === 'logs') return [];
  // `.work/<job>/`, without the client's part.
  const folder = jobWorkFolder(job.name, null).replace(/[^/]+\/$/, '');
  const areas = new Map<string, Area>();
  for await (const { key } of output.list(client === undefined ? folder : jobWorkFolder(job.name, client))) {
    const [, owner, run, rest] = /^([^/]+)\/([0-9a-f]{16})\/(.+)$/.exec(key.slice(folder.length)) ?? [];
    if (owner === undefined || run === undefined) continue;
    const of = job.scope === 'logs' ? null : owner;
    const prefix = runFolder(job.name, of, run);
    const known = areas.get(prefix);
    areas.set(prefix, {
      job,
      client: of,
      run,
      prefix,
      planKey: known?.planKey ?? (planOfKey(key) === undefined ? undefined : key),
      isFinished: known?.isFinished === true || rest === USAGE_KEY,
    });
  }
  return [...areas.values()];
}

/** Undefined for a run that cannot be read, because an object is damaged, of another release, or removed at this moment. */
async function readRun(output: Store, area: Area): Promise<SpentRun | undefined> {
  const { job, client, run, planKey, isFinished } = area;
  if (planKey === undefined) return undefined;
  try {
    const plan = openSealed<Plan>((await output.get(planKey)).bytes, `${output.root}/${planKey}`);
    const usage = await usageOf(output, area, plan);
    if (usage === undefined) return undefined;
    return {
      job: job.name,
      client,
      day: plan.day,
      run,
      isFinished,
      folded: usage.folded === true,
      shards: mostShardsOf(job, usage),
      seconds: usage.steps.reduce((total, step) => total + step.seconds, 0),
      onAws: usage.threads === null,
      ...quantitiesOf(job, usage),
    };
  } catch (error) {
    if (error instanceof DamagedObjectError || error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

function mostShardsOf({ steps }: AnyJob, usage: RunUsage): number {
  const maps = new Set(steps.filter(({ kind }) => kind === 'map').map(({ name }) => name));
  return Math.max(1, ...usage.steps.filter(({ step }) => maps.has(step)).map(({ invocations }) => invocations));
}

async function usageOf(output: Store, area: Area, plan: Plan): Promise<RunUsage | undefined> {
  if (area.isFinished) {
    const key = area.prefix + USAGE_KEY;
    return readRunUsage(openSealed((await output.get(key)).bytes, `${output.root}/${key}`));
  }
  const inputs = plan.inputs.map(([key, size, etag]) => ({ key, size, etag }));
  // Only invocations in the cloud leave marks.
  return (await accountFromMarks(area.job, output, area.prefix)).usage(
    { inputs, shards: plan.shards ?? undefined },
    null,
  );
}
