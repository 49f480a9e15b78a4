/** `offline evaluate --client C …`: compares settings on days that come after the training, before any of them goes live. */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { type Evaluation, evaluateVariants } from '../../shared/evaluation/evaluate-variants.ts';
import { isTrained, type NotTrained } from '../../shared/evaluation/trainings.ts';
import { type EvaluateOptions, localRequest } from '../evaluation-request.ts';
import { exitStatusOf } from '../exit-status.ts';
import { localRunner } from '../local/local-runner.ts';
import { removeOldTrainings } from '../local/old-trainings.ts';
import { WorkerPool } from '../local/pool.ts';
import { collect, dayOption, wholeNumber, withIgnoredOptions, withPlaceOptions } from '../options.ts';
import { watchRun, withProgress } from '../progress.ts';
import { writeResult } from '../report.ts';
import { evaluationReport, whereItLies } from '../report-evaluation.ts';
import { warn } from '../warnings.ts';
import { largestMemory } from './run.ts';

/** The time between two looks at an execution, which takes minutes. */
const PAUSE_MS = 2_000;

interface Options extends EvaluateOptions {
  readonly env?: string;
  readonly workers: number;
  readonly json?: boolean;
}

interface Evaluated extends Evaluation {
  /** The location of the models. */
  readonly root: string;
}

export function evaluateCommand(): Command {
  return withPlaceOptions(
    withIgnoredOptions(
      new Command('evaluate').description('train on earlier days, test on the days after, and compare settings'),
    )
      .requiredOption('--client <name>', 'the client')
      .requiredOption('--start-day <day>', 'last test day: 2011-12-09, 20111209 or 15317', dayOption)
      .requiredOption('--days <n>', 'number of training days, before the test days', wholeNumber)
      .requiredOption('--holdout-days <n>', 'number of test days', wholeNumber)
      .option('--jobs <names>', 'these jobs only, separated by commas (default: those of the variants, or with a node)')
      .option('--variant <name:key=value,…>', "settings to compare with the client's (repeatable)", collect)
      .option('--cutoff <n>', 'length of the lists that are judged', wholeNumber, 20)
      .option('--test-users <n>', 'most test users', wholeNumber, 20_000)
      .option('--seed <n>', 'seed of the choice of test users and of the intervals', wholeNumber, 1),
  )
    .option('--env <name>', 'a deployed pipeline, which does the work')
    .option('--shards <n>', 'number of shards of each step (default: planned by bytes)', wholeNumber)
    .option('--workers <n>', 'worker threads', wholeNumber, availableParallelism())
    .action(async (options: Options) => {
      const { metrics, trainings, root } = await (options.env === undefined
        ? evaluateHere(options)
        : evaluateIn(options.env, options));
      const failed = trainings.filter((training): training is NotTrained => !isTrained(training));
      for (const { name, error } of failed) process.stderr.write(`${name}: ${error.name}: ${error.message}\n`);
      writeResult(metrics, options.json, () => `${evaluationReport(metrics)}\n${whereItLies(root)}`);
      if (failed.length > 0) process.exitCode = Math.min(...failed.map(({ error }) => exitStatusOf(error)));
    });
}

async function evaluateHere(options: Options): Promise<Evaluated> {
  const { runs, ...request } = await localRequest(options, warn);
  removeOldTrainings(request.root, options.client, new Date());
  await using pool = new WorkerPool(options.workers, Math.max(...request.jobs.map(largestMemory)));
  const evaluation = await withProgress(
    `evaluation of ${options.client}`,
    (progress) => {
      const runner = localRunner(pool, (name) => watchRun(progress, name));
      return evaluateVariants({ ...request, onEnded: (name, outcome) => progress.ended(name, outcome) }, runner);
    },
    { jobs: runs },
  );
  return { ...evaluation, root: request.root };
}

async function evaluateIn(environment: string, options: Options): Promise<Evaluated> {
  const { remoteOnAws } = await import('../remote/aws.ts');
  const { remoteRequest } = await import('../remote/evaluate.ts');
  const { remoteRunner } = await import('../remote/remote-runner.ts');
  const remote = remoteOnAws(environment);
  const { request, enabled } = await remoteRequest(options, remote);
  const evaluation = await withProgress(`evaluation of ${options.client} in ${environment}`, (progress) => {
    const runner = remoteRunner(
      remote,
      enabled,
      () => sleep(PAUSE_MS),
      (name, execution) => progress.say(`${name}: execution ${execution}`),
    );
    return evaluateVariants({ ...request, onEnded: (name, outcome) => progress.say(`${name}: ${outcome}`) }, runner);
  });
  return { ...evaluation, root: request.root };
}
