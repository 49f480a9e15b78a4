/** `offline backfill --env E --from D --to D`: runs days of a deployed pipeline, a few at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { dayOption, wholeNumber } from '../options.ts';
import { type BackfilledDay, backfill } from '../remote/backfill.ts';
import { writeResult } from '../report.ts';
import { table } from '../table.ts';

/** The time between two looks at a day, which takes minutes. */
const PAUSE_MS = 5_000;

interface Options {
  readonly env: string;
  readonly from: number;
  readonly to: number;
  readonly concurrency: number;
  readonly json?: boolean;
}

export function backfillCommand(): Command {
  return new Command('backfill')
    .description('run days of a deployed pipeline again, or for the first time, and wait for them')
    .requiredOption('--env <name>', 'the environment that is deployed')
    .requiredOption('--from <day>', 'first day: 2011-12-09, 20111209 or 15317', dayOption)
    .requiredOption('--to <day>', 'last day', dayOption)
    .option('--concurrency <n>', 'days that run at once', wholeNumber, 1)
    .action(async ({ env, from, to, concurrency, json }: Options) => {
      if (to < from) throw new UsageError(`--to ${dayInWords(to)} is before --from ${dayInWords(from)}`);
      const { remoteOnAws } = await import('../remote/aws.ts');
      const days = await backfill(remoteOnAws(env), {
        from,
        to,
        concurrency,
        pause: () => sleep(PAUSE_MS),
        onDay: (day) => process.stderr.write(`day ${dayInWords(day.day)}: ${day.status}\n`),
      });
      writeResult(days, json, report);
      if (days.some(isFailure)) process.exitCode = 1;
    });
}

const isFailure = ({ status }: BackfilledDay): boolean => ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status);

function report(days: readonly BackfilledDay[]): string {
  const overview = table([
    ['day', 'status', 'execution'],
    ...days.map((day) => [dayInWords(day.day), day.status, day.execution ?? '']),
  ]);
  const details = days.filter(isFailure).map(({ day, detail }) => `\nday ${dayInWords(day)}:\n${detail}\n`);
  return `${overview}\n${details.join('')}`;
}
