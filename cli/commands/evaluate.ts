/** `offline evaluate --client C …`: compares settings on days that come after the training, before any of them goes live. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { evaluateVariants } from '../../shared/evaluation/evaluate-variants.ts';
import { isTrained, type NotTrained } from '../../shared/evaluation/trainings.ts';
import { type EvaluateOptions, localRequest } from '../evaluation-request.ts';
import { exitStatusOf } from '../exit-status.ts';
import { localRunner } from '../local/local-runner.ts';
import { WorkerPool } from '../local/pool.ts';
import type { RunWatcher } from '../local/run-job.ts';
import { collect, dayOption, wholeNumber, withIgnoredOptions, withPlaceOptions } from '../options.ts';
import { watchRun, withProgress } from '../progress.ts';
import { writeResult } from '../report.ts';
import { evaluationReport, whereItLies } from '../report-evaluation.ts';
import { largestMemory } from './run.ts';

interface Options extends EvaluateOptions {
  readonly workers: number;
  readonly json?: boolean;
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
    .option('--shards <n>', 'number of shards of each step (default: planned by bytes)', wholeNumber)
    .option('--workers <n>', 'worker threads', wholeNumber, availableParallelism())
    .action(async (options: Options) => {
      const request = await localRequest(options, (text) => process.stderr.write(`warning: ${text}\n`));
      await using pool = new WorkerPool(options.workers, Math.max(...request.jobs.map(largestMemory)));
      const { metrics, trainings } = await withProgress(`evaluation of ${options.client}`, (progress) => {
        const sayOnce = once();
        return evaluateVariants(
          request,
          localRunner(pool, (name) => sayOnce(watchRun(progress, name))),
        );
      });
      const failed = trainings.filter((training): training is NotTrained => !isTrained(training));
      for (const { name, error } of failed) process.stderr.write(`${name}: ${error.name}: ${error.message}\n`);
      writeResult(metrics, options.json, () => `${evaluationReport(metrics)}\n${whereItLies(request.root)}`);
      if (failed.length > 0) process.exitCode = Math.min(...failed.map(({ error }) => exitStatusOf(error)));
    });
}

/** Returns a function that silences lines which another run has said: variants of one job have the same warnings. */
function once(): (watcher: RunWatcher) => RunWatcher {
  const said = new Set<string>();
  return (watcher) => ({
    ...watcher,
    log: (entry) => {
      if (said.has(entry.message)) return;
      said.add(entry.message);
      watcher.log?.(entry);
    },
  });
}
