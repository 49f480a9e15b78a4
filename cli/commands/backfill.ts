/**
 * `offline backfill --from D --to D`: runs days again, or for the first time, in their order: on this machine, or with `--env`
 * those of a deployed pipeline, a few at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { type DaysOptions, daysBetween, namesIn, withDaysOptions } from '../days-request.ts';
import { runDays } from '../local/run-days.ts';
import { type ConfigOptions, dayOption, PATTERN, runInput, wholeNumber } from '../options.ts';
import { type BackfilledDay, backfill, wholeDay } from '../remote/backfill.ts';
import { dayOfJobs } from '../remote/backfill-jobs.ts';
import { refusePlaces } from '../remote/own-places.ts';
import type { Remote } from '../remote/remote.ts';
import { writeResult } from '../report.ts';
import { checkKeys, checkSetKeys } from '../set-keys.ts';
import { table } from '../table.ts';

/** The time between two looks at a day, which takes minutes. */
const PAUSE_MS = 5_000;
const pause = (): Promise<unknown> => sleep(PAUSE_MS);

interface Options extends DaysOptions {
  readonly env?: string;
  readonly from: number;
  readonly to: number;
  readonly concurrency?: number;
}

export const backfillCommand = (): Command =>
  withDaysOptions(
    new Command('backfill')
      .description('run days again, or for the first time, on this machine or (with --env) in a deployed pipeline')
      .option('--env <name>', 'the environment that is deployed; without it, the days are run on this machine')
      .requiredOption('--from <day>', 'first day: 2011-12-09, 20111209 or 15317', dayOption)
      .requiredOption('--to <day>', 'last day', dayOption)
      .option('--input-path-pattern <pattern>', `${PATTERN}; without it the days have been grouped before`)
      .option('--concurrency <n>', 'with --env: days that run at once (default: 1)', wholeNumber),
  ).action(async (options: Options) => {
    const days = daysBetween(options.from, options.to);
    if (options.env === undefined) {
      if (options.concurrency !== undefined) {
        throw new UsageError('--concurrency is for --env: on this machine the days run one after another');
      }
      await runDays(days, options);
      return;
    }
    await backfillRemotely(options.env, options);
  });

async function backfillRemotely(env: string, options: Options): Promise<void> {
  const { from, to, concurrency = 1, json, inputPathPattern, ids, shards } = options;
  refusePlaces(options);
  const own = { '--input-path-pattern': inputPathPattern, '--ids': ids, '--shards': shards };
  for (const [option, value] of Object.entries(own)) {
    if (value !== undefined) throw new UsageError(`${option} cannot be given with --env: the environment has its own`);
  }
  const { remoteOnAws } = await import('../remote/aws.ts');
  const ended = await backfill(await runnerOf(remoteOnAws(env), options), {
    from,
    to,
    concurrency,
    onDay: ({ day, status }) => process.stderr.write(`day ${dayInWords(day)}: ${status}\n`),
  });
  writeResult(ended, json, report);
  if (ended.some(isFailure)) process.exitCode = 1;
}

/** Returns what runs a day: the day's own machine, or the machines of some jobs when the options choose among them. */
async function runnerOf(remote: Remote, options: Options): Promise<(day: number) => Promise<BackfilledDay>> {
  const { client, set, days } = options;
  if ([client, options.jobs, set, days].every((option) => option === undefined)) return wholeDay(remote, pause);
  const jobs = namesIn(options.jobs)?.map(jobNamed) ?? JOBS.filter(({ scope }) => scope === 'client');
  checkSetKeys(jobs, set);
  if (days !== undefined) checkKeys(jobs, { days }, '--days');
  const { settings = {} } = runInput(undefined, defined<ConfigOptions>({ set, days }));
  const output = await openStore(await remote.outputRoot());
  return dayOfJobs(remote, { clients: namesIn(client), jobs, settings, output, pause });
}

const isFailure = ({ status }: BackfilledDay): boolean => ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status);

function report(days: readonly BackfilledDay[]): string {
  const overview = table([
    ['day', 'status', 'execution'],
    ...days.map((day) => [dayInWords(day.day), day.status, day.execution ?? '']),
  ]);
  const told = days.filter((day) => isFailure(day) || (day.execution === null && day.detail !== ''));
  const details = told.map(({ day, detail }) => `\nday ${dayInWords(day)}:\n${detail}\n`);
  return `${overview}\n${details.join('')}`;
}
