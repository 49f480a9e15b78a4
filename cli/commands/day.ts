/** `offline day --client C --start-day N`: runs every enabled job of a client, each after the jobs whose outputs it reads. */
import { Command } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { configFolder } from '../../shared/activation/nodes.ts';
import { checkClient } from '../../shared/activation/register.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import { evaluatedDays } from '../../shared/evaluation/evaluated-days.ts';
import { type Quality, readQuality } from '../../shared/evaluation/quality.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { jobsOfDay } from '../../shared/job/day-order.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { modelRows } from '../../shared/live/models.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { exitStatusOf } from '../exit-status.ts';
import { runClientJobs } from '../local/client-jobs.ts';
import { WorkerPool } from '../local/pool.ts';
import { hasPublished, type Outcome } from '../local/run-day.ts';
import { dayOption, type RunOptions, runInput, withRunOptions } from '../options.ts';
import { writeResult } from '../report.ts';
import { dayReport } from '../report-day.ts';
import { checkSetKeys } from '../set-keys.ts';
import { warn } from '../warnings.ts';
import { largestMemory } from './run.ts';

interface Options extends RunOptions {
  readonly client: string;
  readonly startDay: string;
  readonly jobs?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

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
    const input = runInput(options.client, options, JOBS);
    const jobs = await enabledJobs(options, input);
    checkSetKeys(jobs, options.set);
    await using pool = new WorkerPool(options.workers, Math.max(...jobs.map(largestMemory)));
    const day = dayInWords(dayOption(options.startDay));
    const outcomes = await runClientJobs(jobs, input, pool, `day ${day} of ${options.client}`);
    if (options.json) writeResult(outcomes, true, () => '');
    else {
      const liveDays = await liveDaysOf(options.client, jobs, input);
      const qualities = await qualitiesOf(options.client, dayOption(options.startDay), outcomes);
      process.stdout.write(dayReport(outcomes, defined({ liveDays, qualities, isVerbose: options.verbose })));
      process.stdout.write(reportCommandOf(options, outcomes));
    }
    process.exitCode = statusOf(outcomes);
  });
}

/** Returns the line that names the command for the day's page; nothing when nothing was published. */
function reportCommandOf({ client, startDay, configRoot, zookeeper }: Options, outcomes: readonly Outcome[]): string {
  const root = outcomes.find(hasPublished)?.summary.root;
  if (root === undefined) return '';
  const nodes =
    configRoot === undefined
      ? zookeeper === undefined
        ? ''
        : ` --zookeeper ${zookeeper}`
      : ` --config-root ${configRoot}`;
  return `\nA page about this day: offline report --client ${client} --to ${startDay} --output-path ${root}${nodes}\n`;
}

/** Returns the day of each job's live model. Without a configuration root nothing is live. */
async function liveDaysOf(
  client: string,
  jobs: readonly AnyJob[],
  { configRoot, settings = {} }: RunInput,
): Promise<ReadonlyMap<string, number>> {
  if (configRoot === undefined) return new Map();
  await using root = await openConfigRoot(configRoot);
  const rows = await modelRows(root, client, { openStore, openConfigRoot, configRoot, settings, jobs }, warn);
  return new Map(rows.flatMap(({ job, live }) => (live === null || live.day === null ? [] : [[job, live.day]])));
}

/** Reads the day's evaluation of each job's model. A job whose model was not evaluated that day is missing. */
async function qualitiesOf(
  client: string,
  day: number,
  outcomes: readonly Outcome[],
): Promise<ReadonlyMap<string, Quality>> {
  const root = outcomes.find(hasPublished)?.summary.root;
  if (root === undefined) return new Map();
  const store = await openStore(root);
  const days = (await evaluatedDays(store, client)).filter((one) => one <= day);
  const found = new Map<string, Quality>();
  const warnings = new Set<string>();
  for (const { job } of outcomes) {
    const quality = await readQuality(store, client, job, days, (warning) => warnings.add(warning));
    if (quality?.day === day) found.set(job, quality);
  }
  for (const warning of warnings) warn(warning);
  return found;
}

/**
 * Returns the exit status of the day: 2 when every job that failed has a wrong request or configuration, 1 when any other job
 * failed. A model that is kept from going live is no failure of the day.
 */
function statusOf(outcomes: readonly Outcome[]): number {
  const failures = outcomes.flatMap((one) => (one.outcome === 'failed' ? [exitStatusOf(one.error)] : []));
  return failures.length === 0 ? 0 : Math.min(...failures);
}

/** Returns the jobs that the options name, or those of the client's day. @throws UsageError when there are none */
async function enabledJobs(options: Options, input: RunInput): Promise<readonly AnyJob[]> {
  if (options.jobs !== undefined) return [...new Set(options.jobs.split(',').map((name) => jobNamed(name.trim())))];
  if (input.configRoot === undefined) {
    throw new UsageError(
      'which jobs? Give --jobs; or give --zookeeper or --config-root, to run the jobs that have a node there',
    );
  }
  await using root = await openConfigRoot(input.configRoot);
  await checkClient(root, options.client, false);
  const nodes = new Set(await root.children(configFolder(options.client)));
  const jobs = jobsOfDay(JOBS, nodes);
  if (jobs.length > 0) return jobs;
  throw new UsageError(
    `${options.client} has no job's configuration under ${configFolder(options.client)} in ${root.describe}`,
  );
}
