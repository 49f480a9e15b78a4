/** `offline day --client C --start-day N`: every enabled job of a client's day, in order of who reads whom. */
import { Command } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { configFolder } from '../../shared/activation/nodes.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { UsageError } from '../../shared/errors.ts';
import type { RunInput } from '../../shared/job/configure.ts';
import { dayOrder, readFrom } from '../../shared/job/day-order.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { exitStatusOf } from '../exit-status.ts';
import { WorkerPool } from '../local/pool.ts';
import { type RunSummary, runLocally } from '../local/run-job.ts';
import { type RunOptions, runInput, withRunOptions } from '../options.ts';
import { watchRun, withProgress } from '../progress.ts';
import { runReport, table } from '../report.ts';
import { largestMemory } from './run.ts';

interface Options extends RunOptions {
  readonly client: string;
  readonly startDay: string;
  readonly jobs?: string;
  readonly json?: boolean;
}

type Outcome =
  | { readonly job: string; readonly outcome: 'done'; readonly summary: RunSummary }
  | { readonly job: string; readonly outcome: 'failed' | 'skipped'; readonly error: { name: string; message: string } };

export function dayCommand(): Command {
  return withRunOptions(
    new Command('day')
      .description("run every enabled job of a client's day, in order")
      .requiredOption('--client <name>', 'the client')
      .option('--jobs <names>', 'these jobs only, separated by commas; needed without --zookeeper or --config-root'),
  ).action(async (options: Options) => {
    if (options.startDay === undefined) throw new UsageError('which day? Give --start-day');
    if (options.config !== undefined)
      throw new UsageError('--config is one job’s configuration: use `offline run <job>`');
    const input = runInput(options.client, options);
    const jobs = await enabledJobs(options, input);
    await using pool = new WorkerPool(options.workers, Math.max(...jobs.map(largestMemory)));
    const outcomes = await withProgress(`day ${options.startDay} of ${options.client}`, (progress) =>
      runDay(jobs, (job) =>
        runLocally(job, { ...input, requestedAt: new Date().toISOString() }, pool, watchRun(progress)),
      ),
    );
    if (options.json) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
    else process.stdout.write(report(outcomes));
    process.exitCode = statusOf(outcomes);
  });
}

/** As the jobs that failed would have ended by themselves: 2 only where all of them were asked for wrongly. */
function statusOf(outcomes: readonly Outcome[]): number {
  const failures = outcomes.flatMap((one) => (one.outcome === 'failed' ? [exitStatusOf(one.error)] : []));
  return failures.length === 0 ? 0 : Math.min(...failures);
}

/** The jobs named, or those with a node of their own. @throws UsageError when that is none */
async function enabledJobs(options: Options, input: RunInput): Promise<readonly AnyJob[]> {
  if (options.jobs !== undefined) return [...new Set(options.jobs.split(',').map((name) => jobNamed(name.trim())))];
  if (input.configRoot === undefined) {
    throw new UsageError('which jobs? Give --jobs, or --zookeeper or --config-root: then those with a node are run');
  }
  await using root = await openConfigRoot(input.configRoot);
  const nodes = new Set(await root.children(configFolder(options.client)));
  const jobs = JOBS.filter((job) => job.scope === 'client' && nodes.has(job.name));
  if (jobs.length > 0) return jobs;
  throw new UsageError(
    `${options.client} has no job's configuration under ${configFolder(options.client)} in ${root.describe}`,
  );
}

/** Every job once, after those it reads from; a job whose input failed is skipped, the others go on. */
async function runDay(jobs: readonly AnyJob[], run: (job: AnyJob) => Promise<RunSummary>): Promise<Outcome[]> {
  const outcomes = new Map<AnyJob, Outcome>();
  for (const wave of dayOrder(jobs)) {
    await Promise.all(
      wave.map(async (job) => {
        const missing = readFrom(job, jobs).find((source) => outcomes.get(source)?.outcome !== 'done');
        outcomes.set(job, missing === undefined ? await attempt(job, run) : skipped(job, missing));
      }),
    );
  }
  return [...outcomes.values()];
}

async function attempt(job: AnyJob, run: (job: AnyJob) => Promise<RunSummary>): Promise<Outcome> {
  try {
    return { job: job.name, outcome: 'done', summary: await run(job) };
  } catch (error) {
    // Reported at the end, beside what the other jobs came to.
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { job: job.name, outcome: 'failed', error: { name, message } };
  }
}

const skipped = (job: AnyJob, source: AnyJob): Outcome => ({
  ...{ job: job.name, outcome: 'skipped' },
  error: {
    name: 'MissingObjectError',
    message: `${job.name} reads what ${source.name} writes, and that did not run through`,
  },
});

function report(outcomes: readonly Outcome[]): string {
  const details = outcomes.map((one) =>
    one.outcome === 'done'
      ? runReport(one.summary)
      : `${one.job}: ${one.outcome}\n  ${one.error.name}: ${one.error.message}\n`,
  );
  const overview = table([['job', 'outcome'], ...outcomes.map(({ job, outcome }) => [job, outcome])]);
  return `${details.join('\n')}\n${overview}\n`;
}
