/** Runs days of all clients on this machine, one after another, prints how they ended, and sets the exit status. */
import { JOBS } from '../../functions/index.ts';
import { count, inBytes } from '../../shared/in-words.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { largestMemory } from '../commands/run.ts';
import { type DaysOptions, daysRequest } from '../days-request.ts';
import { writeResult } from '../report.ts';
import { daysReport } from '../report-daily.ts';
import { warn } from '../warnings.ts';
import { type DayEnd, runClientsDay } from './clients-day.ts';
import { removeOldWork } from './old-work.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { WorkerPool } from './pool.ts';

/** A day that failed does not stop the days after it. When none has failed, old work areas are removed. */
export async function runDays(days: readonly number[], options: DaysOptions): Promise<void> {
  const request = await daysRequest(options);
  const store = await openStore(request.root);
  const ended = await oneAtATime(store, async () => {
    await using pool = new WorkerPool(options.workers, Math.max(...JOBS.map(largestMemory)));
    const all: DayEnd[] = [];
    for (const day of days) all.push(await runClientsDay(day, request, pool, warn));
    if (all.every(({ status }) => status !== 'FAILED')) tidy(store.root);
    return all;
  });
  writeResult(ended, options.json, () => daysReport(ended, { isVerbose: options.verbose === true }));
  process.exitCode = statusOf(ended);
}

/**
 * Returns 1 when a client's job or a grouping failed, and when no day has a log or was grouped before, because the pattern is wrong
 * or missing then.
 */
const statusOf = (days: readonly DayEnd[]): 0 | 1 =>
  days.some(({ status }) => status === 'FAILED') || days.every(({ status }) => WITHOUT_INPUT.has(status)) ? 1 : 0;

const WITHOUT_INPUT: ReadonlySet<DayEnd['status']> = new Set(['NO LOGS', 'NOT GROUPED']);

function tidy(root: string): void {
  const removed = removeOldWork(root, new Date());
  if (removed.length === 0) return;
  const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
  process.stderr.write(`removed ${count(removed.length)} old work areas and records (${inBytes(bytes)})\n`);
}
