/**
 * `offline tune <job> …`: searches the settings of a job that suit a client's data, by trainings on this machine or, with `--env`,
 * by the machines of a deployed pipeline.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { jobNamed } from '../../functions/index.ts';
import { clientOf, type RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { type Finding, findingOf } from '../../shared/tuning/finding.ts';
import { tune } from '../../shared/tuning/tune.ts';
import { checkPrice } from '../../shared/tuning/tune-request.ts';
import { runInput, wholeNumber, withJobArgument, withRunOptions } from '../options.ts';
import { withProgress } from '../progress.ts';
import { writeResult } from '../report.ts';
import { tuneJson, tuneReport } from '../report-tune.ts';
import { checkSetKeys } from '../set-keys.ts';
import { checkedSpace, type TuneOptions, tuneRequestOf } from '../tune-options.ts';
import { placeHere, type TunePlace } from '../tune-place.ts';

/** The time between two looks at an execution, which takes minutes. */
const PAUSE_MS = 2_000;

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
    .option('--env <name>', 'a deployed pipeline, whose machines do the trainings')
    .action(run);
}

function aboveZero(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('a number above 0 is needed.');
}

async function run(name: string, options: TuneOptions): Promise<void> {
  const job = jobNamed(name);
  const space = checkedSpace(job, options);
  const input = runInput(options.client, options, [job]);
  checkSetKeys([job], options.set);
  clientOf(job, input);
  const place = await placeOf(job, input, options);
  for (const warning of place.warnings) process.stderr.write(`warning: ${warning}\n`);
  const request = tuneRequestOf(job, space, place.settings, input, options);
  await checkPrice(request);
  const where = options.env === undefined ? '' : ` in ${options.env}`;
  const result = await withProgress(`tuning ${name} of ${options.client}${where}`, (progress) =>
    place.withRunner((runner) => tune(request, runner, progress)),
  );
  const finding = findingOf(job, request, result, place.text);
  const applied = options.apply === true && (await apply(place, finding));
  writeResult({ ...tuneJson(finding), applied }, options.json, () => tuneReport(finding, applied, options.env));
}

async function placeOf(job: AnyJob, input: RunInput, options: TuneOptions): Promise<TunePlace> {
  if (options.env === undefined) return placeHere(job, options.client, input, options.workers);
  const { refusePlaces } = await import('../remote/own-places.ts');
  refusePlaces(options);
  const { remoteOnAws } = await import('../remote/aws.ts');
  const { placeIn } = await import('../remote/tune.ts');
  return placeIn(remoteOnAws(options.env), job, options.client, input, () => sleep(PAUSE_MS));
}

/** Writes the winner's settings into the node. Returns false, with a warning, when there is nothing to write. */
async function apply(place: TunePlace, { verdict, winner, because }: Finding): Promise<boolean> {
  if (verdict === 'same' || verdict === 'worse') {
    process.stderr.write(`warning: nothing is applied: ${because}\n`);
    return false;
  }
  await place.apply(winner.point, because);
  return true;
}
