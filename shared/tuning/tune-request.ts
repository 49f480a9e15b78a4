/** The request for a search, and what follows from it before anything is read. */
import { decidingSettings } from '../config/settings-readings.ts';
import { UsageError } from '../errors.ts';
import { EVALUATE } from '../evaluation/evaluate-variants.ts';
import { type JobConfig, jobIn } from '../evaluation/trainings.ts';
import type { AnyJob } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import type { Budget } from './budget.ts';
import type { Protocol } from './judge-trials.ts';
import type { ActionFiles } from './sample-root.ts';
import { searchId } from './search-state.ts';
import { type Dimension, pointOf, type SearchSpace } from './space.ts';
import { priceOf } from './trial-cost.ts';
import { defaultPoint, sharedSettings } from './trial-settings.ts';
import type { Drawing } from './trials.ts';

/** The length of the lists by which trials are ranked. */
export const CUTOFF = 100;

export interface TuneRequest {
  readonly job: AnyJob;
  /** All jobs that may be run. */
  readonly jobs: readonly AnyJob[];
  readonly client: string;
  /** The output root, below which the search has its folder. */
  readonly root: string;
  /** The root with the client's actions. */
  readonly actionsRoot: string;
  /** The last day of the second hold-out. */
  readonly startDay: number;
  /** The number of training days. */
  readonly days: number;
  readonly holdoutDays: number;
  readonly dimensions: readonly Dimension[];
  readonly known: SearchSpace['known'];
  /** The client's settings of the job. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Returns the configuration of the other jobs: those that the job reads from, and the evaluation. */
  readonly configOf: (job: AnyJob) => JobConfig;
  /** The number of trials. */
  readonly count: number;
  /** Undefined: all trials are judged. */
  readonly budget: Budget | undefined;
  readonly seed: number;
  /** The most users on whom the best trials are tested. */
  readonly testUsers: number;
  /** The number of users that the first rung has at least; 5,000 by default. */
  readonly leastUsers?: number;
  readonly skipUnfinishedDays: boolean;
  /** ISO-8601. */
  readonly requestedAt: string;
}

/** Returns what the outcomes of a search follow from. It has no secret. */
export function describe(request: TuneRequest, { objects, forgotten }: ActionFiles): JsonValue {
  const { job, jobs, client, startDay, days, holdoutDays, dimensions, settings, seed, testUsers } = request;
  const deciding = decidingSettings(job.settings, settings);
  const own = ['startDay', 'days'];
  return {
    job: job.name,
    versions: [job.version, jobIn(jobs, EVALUATE).version],
    client,
    startDay,
    days,
    holdoutDays,
    seed,
    testUsers,
    cutoff: CUTOFF,
    varied: dimensions.map(({ setting }) => setting),
    settings: Object.fromEntries(Object.entries(deciding).filter(([key]) => !own.includes(key))),
    inputs: searchId([
      ...objects.map(({ key, size, etag }) => [key, size, etag]),
      ...(forgotten === undefined ? [] : [[...forgotten]]),
    ]),
  };
}

/** Returns the part of every evaluation's request that is the same in all rungs. */
export function protocolOf(request: TuneRequest): Protocol {
  const { job, jobs, client, days, holdoutDays, dimensions, settings, seed, testUsers, requestedAt } = request;
  const text = JSON.stringify(sharedSettings(job, settings, dimensions));
  const config = { from: `the settings of ${job.name}`, text };
  return {
    client,
    days,
    holdoutDays,
    jobs,
    testUsers,
    seed,
    requestedAt,
    cutoff: CUTOFF,
    configOf: (one) => (one === job ? { config } : request.configOf(one)),
  };
}

export const drawingOf = ({ job, dimensions, known, settings, seed }: TuneRequest): Drawing => ({
  dimensions,
  known,
  seed,
  client: pointOf(dimensions, settings),
  defaults: defaultPoint(job, dimensions),
});

/** @throws UsageError when a budget in dollars is given and the price of a training is unknown */
export async function checkPrice({ job, settings, budget }: TuneRequest): Promise<void> {
  if (budget === undefined || 'minutes' in budget) return;
  if ((await priceOf(job, settings, { bytes: 1, objects: 1 })) !== null) return;
  throw new UsageError(
    `--max-cost needs the price of a training, and no run of ${job.name} was measured: give --minutes`,
  );
}
