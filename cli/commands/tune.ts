/** `offline tune <job> …`: searches the settings of a job that suit a client's data, by trainings on this machine. */
import { Command, InvalidArgumentError } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { commonSchema } from '../../shared/config/common-settings.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import type { JobConfig } from '../../shared/evaluation/trainings.ts';
import { clientOf, type RunInput, readNode, readSettings } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { applyPoint } from '../../shared/tuning/apply.ts';
import { type Finding, findingOf } from '../../shared/tuning/finding.ts';
import type { Dimension, SearchSpace } from '../../shared/tuning/space.ts';
import { sharedSettings } from '../../shared/tuning/trial-settings.ts';
import { tune } from '../../shared/tuning/tune.ts';
import { checkPrice, type TuneRequest } from '../../shared/tuning/tune-request.ts';
import { localRunner } from '../local/local-runner.ts';
import { WorkerPool } from '../local/pool.ts';
import { dayOption, type RunOptions, runInput, wholeNumber, withJobArgument, withRunOptions } from '../options.ts';
import { withProgress } from '../progress.ts';
import { writeResult } from '../report.ts';
import { tuneJson, tuneReport } from '../report-tune.ts';
import { checkSetKeys, settingsKnownTo } from '../set-keys.ts';
import { largestMemory } from './run.ts';

interface Options extends RunOptions {
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

/** As many trials that 95 of 100 random landscapes are searched to within 5 % of their best point (`trials.ts`). */
const TRIALS = 64;

export function tuneCommand(): Command {
  return withRunOptions(
    withJobArgument(new Command('tune').description('search the settings of a job that suit a client’s data'))
      .requiredOption('--client <name>', 'the client')
      .requiredOption('--holdout-days <n>', 'days of each of the two hold-outs', wholeNumber),
  )
    .option('--trials <n>', 'number of settings that are tried', wholeNumber, TRIALS)
    .option('--minutes <n>', 'minutes by the clock after which no further trial begins', aboveZero)
    .option(
      '--max-cost <dollars>',
      'predicted price of all trainings on AWS after which no further trial begins',
      aboveZero,
    )
    .option('--seed <n>', 'seed of the trials and of the samples of users', wholeNumber, 1)
    .option('--test-users <n>', 'most users on whom a trial is tested', wholeNumber, 20_000)
    .option('--tune-size', 'vary also a size that the serving system fixes, such as vectorSize')
    .option('--apply', 'write the winner’s settings into the client’s node')
    .option('--env <name>', 'a deployed pipeline; not possible yet')
    .action(run);
}

function aboveZero(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('a number above 0 is needed.');
}

async function run(name: string, options: Options): Promise<void> {
  const job = jobNamed(name);
  const space = checkedSpace(job, options);
  const input = runInput(options.client, options, [job]);
  checkSetKeys([job], options.set);
  clientOf(job, input);
  const { settings, warnings } = await readSettings(job, input, openConfigRoot);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const request = requestOf(job, space, settings, input, options);
  await checkPrice(request);
  // The node's text, for the JSON that is printed and for comparing before it is set.
  const text = (await readNode(job, input, openConfigRoot))?.text;
  await using pool = new WorkerPool(options.workers, Math.max(...JOBS.map(largestMemory)));
  const result = await withProgress(`tuning ${name} of ${options.client}`, (progress) =>
    tune(request, localRunner(pool), progress),
  );
  const finding = findingOf(job, request, result, text);
  const applied = options.apply === true && (await apply(job, input, finding, options, settings, text));
  writeResult({ ...tuneJson(finding), applied }, options.json, () => tuneReport(finding, applied));
}

/** Returns the dimensions and the known points. @throws UsageError for options that do not go together */
function checkedSpace(
  job: AnyJob,
  options: Options,
): { dimensions: readonly Dimension[]; known: SearchSpace['known'] } {
  if (options.env !== undefined) {
    throw new UsageError(
      '--env is not possible: a search runs on one machine. Leave it out; roots may be s3:// locations',
    );
  }
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
  if (options.apply && options.zookeeper === undefined && options.configRoot === undefined)
    throw new UsageError('--apply writes into the client’s node: give --zookeeper or --config-root');
  if (options.apply && options.config !== undefined)
    throw new UsageError('--apply writes into the client’s node, and --config is used in place of it: leave one out');
  if (!options.tuneSize) return { dimensions, known };
  if (fixedByServer === undefined)
    throw new UsageError(`--tune-size: ${job.name} has no size that the serving system fixes`);
  if (options.apply) throw new UsageError(`--tune-size and --apply exclude each other: ${fixedByServer.why}`);
  return { dimensions: [...dimensions, fixedByServer.dimension], known };
}

function requestOf(
  job: AnyJob,
  { dimensions, known }: ReturnType<typeof checkedSpace>,
  settings: Readonly<Record<string, unknown>>,
  input: RunInput,
  options: Options,
): TuneRequest {
  const { inputPath, outputPath, days, startDay, skipUnfinishedDays } = commonSchema.parse(settings);
  const shared = sharedSettings(job, settings, dimensions);
  /** What another job has in common with this one counts for both, such as the weights of the actions. */
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

/** Writes the winner's settings into the node. Returns false, with a warning, when there is nothing to write. */
async function apply(
  job: AnyJob,
  input: RunInput,
  finding: Finding,
  options: Options,
  settings: Readonly<Record<string, unknown>>,
  text: string | undefined,
): Promise<boolean> {
  const { verdict, winner, because } = finding;
  if (verdict === 'same' || verdict === 'worse') {
    process.stderr.write(`warning: nothing is applied: ${because}\n`);
    return false;
  }
  await using root = await openConfigRoot(input.configRoot!);
  const store = await openStore(commonSchema.parse(settings).outputPath);
  await applyPoint({ root, store, client: options.client, job, text, point: winner.point, because, when: new Date() });
  return true;
}
