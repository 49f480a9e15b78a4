/** The options of `offline tune`, the request that they make, and what is refused before anything is computed. */
import { JOBS } from '../functions/index.ts';
import { commonSchema } from '../shared/config/common-settings.ts';
import { defined } from '../shared/defined.ts';
import { UsageError } from '../shared/errors.ts';
import type { JobConfig } from '../shared/evaluation/trainings.ts';
import type { RunInput } from '../shared/job/gather.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { JsonValue } from '../shared/json.ts';
import type { Dimension, SearchSpace } from '../shared/tuning/space.ts';
import { sharedSettings } from '../shared/tuning/trial-settings.ts';
import type { TuneRequest } from '../shared/tuning/tune-request.ts';
import { dayOption, type RunOptions } from './options.ts';
import { settingsKnownTo } from './set-keys.ts';

export interface TuneOptions extends RunOptions {
  readonly client: string;
  readonly startDay: string;
  readonly days: string;
  readonly holdoutDays: number;
  readonly trials: number;
  readonly minutes?: number;
  readonly maxCost?: number;
  readonly seed: number;
  readonly testUsers: number;
  readonly tuneSize?: boolean;
  readonly apply?: boolean;
  readonly env?: string;
  readonly json?: boolean;
}

/** Returns the dimensions and the known points. @throws UsageError for options that do not go together */
export function checkedSpace(
  job: AnyJob,
  options: TuneOptions,
): { dimensions: readonly Dimension[]; known: SearchSpace['known'] } {
  if (job.space === undefined) {
    const tuned = JOBS.filter(({ space }) => space !== undefined).map(({ name }) => name);
    throw new UsageError(`${job.name} has no settings to search. Jobs that have: ${tuned.join(', ')}`);
  }
  const { dimensions, known, fixedByServer } = job.space;
  for (const option of ['startDay', 'days'] as const) {
    if (options[option] === undefined)
      throw new UsageError(
        option === 'startDay' ? 'which day? Give --start-day' : 'how many training days? Give --days',
      );
  }
  dayOption(options.startDay);
  if (options.minutes !== undefined && options.maxCost !== undefined)
    throw new UsageError('--minutes and --max-cost exclude each other: give one budget');
  if (options.apply && options.env === undefined && options.zookeeper === undefined && options.configRoot === undefined)
    throw new UsageError('--apply writes into the client’s node: give --zookeeper, --config-root or --env');
  if (options.apply && options.config !== undefined)
    throw new UsageError('--apply writes into the client’s node, and --config is used in place of it: leave one out');
  if (!options.tuneSize) return { dimensions, known };
  if (fixedByServer === undefined)
    throw new UsageError(`--tune-size: ${job.name} has no size that the serving system fixes`);
  if (options.apply) throw new UsageError(`--tune-size and --apply exclude each other: ${fixedByServer.why}`);
  return { dimensions: [...dimensions, fixedByServer.dimension], known };
}

/** @param settings the client's @param input the options as those of a run */
export function tuneRequestOf(
  job: AnyJob,
  { dimensions, known }: ReturnType<typeof checkedSpace>,
  settings: Readonly<Record<string, unknown>>,
  input: RunInput,
  options: TuneOptions,
): TuneRequest {
  const { inputPath, outputPath, days, startDay, skipUnfinishedDays } = commonSchema.parse(settings);
  const shared = sharedSettings(job, settings, dimensions);
  /** Settings that another job shares with this one count for both, such as the weights of the actions. */
  const configOf = (other: AnyJob): JobConfig =>
    defined({
      configRoot: input.configRoot,
      settings: withoutCommon({ ...settingsKnownTo(other, shared), ...settingsKnownTo(other, input.settings ?? {}) }),
    });
  return {
    job,
    jobs: JOBS,
    client: options.client,
    root: outputPath,
    actionsRoot: inputPath,
    startDay: startDay!,
    days,
    holdoutDays: options.holdoutDays,
    dimensions,
    known,
    settings,
    configOf,
    count: options.trials,
    budget:
      options.minutes !== undefined
        ? { minutes: options.minutes }
        : options.maxCost !== undefined
          ? { dollars: options.maxCost }
          : undefined,
    seed: options.seed,
    testUsers: options.testUsers,
    skipUnfinishedDays,
    requestedAt: new Date().toISOString(),
  };
}

/** Leaves out the settings that every job has: days, roots and activation are the search's own. */
const withoutCommon = (settings: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => !Object.hasOwn(commonSchema.shape, key)));
