/**
 * `offline daily --input-path-pattern P`: runs yesterday for all clients on this machine, as a deployment runs a day that has
 * arrived. `offline backfill` without `--env` is the same for a range of days.
 */
import { Command } from 'commander';
import { UsageError } from '../../shared/errors.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { type DaysOptions, daysBetween, withDaysOptions } from '../days-request.ts';
import { runDays } from '../local/run-days.ts';
import { dayOption, PATTERN } from '../options.ts';

interface Days {
  readonly day?: number;
  readonly from?: number;
  readonly to?: number;
}

export const dailyCommand = (): Command =>
  withDaysOptions(
    new Command('daily')
      .description('group a day of raw logs and run every enabled job of all clients, on this machine')
      .requiredOption('--input-path-pattern <pattern>', PATTERN)
      .option('--day <day>', 'the day: 2011-12-09, 20111209 or 15317 (default: yesterday, UTC)', dayOption)
      .option('--from <day>', 'first day of several', dayOption)
      .option('--to <day>', 'last day of several', dayOption),
  ).action(async (options: DaysOptions & Days) => runDays(daysAskedFor(options, new Date()), options));

/** Returns the days in their order: yesterday when none is named. @throws UsageError */
export function daysAskedFor({ day, from, to }: Days, now: Date): number[] {
  if (from === undefined && to === undefined) return [day ?? Math.floor(now.getTime() / MS_PER_DAY) - 1];
  if (day !== undefined)
    throw new UsageError('--day is one day, and --from and --to are several: leave one of them out');
  if (from === undefined || to === undefined) throw new UsageError('--from and --to belong together: give both');
  return daysBetween(from, to);
}
