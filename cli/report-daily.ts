/** The report of days of all clients: of one day each client's table of jobs, of several days a line for each client. */
import { count, dayInWords } from '../shared/in-words.ts';
import type { ClientEnd, DayEnd } from './local/clients-day.ts';
import type { Outcome } from './local/run-day.ts';
import { dayReport } from './report-day.ts';
import { paragraph, table } from './table.ts';

export interface DaysReportOptions {
  /** True to show the tables of jobs of several days, and each run with its files and steps. */
  readonly isVerbose: boolean;
}

export function daysReport(days: readonly DayEnd[], { isVerbose }: DaysReportOptions): string {
  if (days.length > 1 && !isVerbose) return `${overview(days)}${reasonsOf(days)}`;
  return days.map((day) => `${headOf(day)}\n${tablesOf(day, isVerbose)}`).join('\n');
}

/** Returns a line for each client's day, and one for each day without clients. */
function overview(days: readonly DayEnd[]): string {
  const rows = days.flatMap(({ day, status, clients }) =>
    clients.length === 0
      ? [[dayInWords(day), '', status === 'SUCCEEDED' ? 'nothing to run' : STATUSES[status]]]
      : clients.map((end) => [dayInWords(day), end.client, outcomesInWords(end.outcomes)]),
  );
  return `${table([['day', 'client', 'jobs'], ...rows])}\n`;
}

const STATUSES: Readonly<Record<DayEnd['status'], string>> = {
  SUCCEEDED: 'done',
  FAILED: 'failed',
  'NO LOGS': 'no logs',
  'NOT GROUPED': 'not grouped',
};

const WORDS: Readonly<Record<Outcome['outcome'], string>> = {
  done: 'done',
  notActivated: 'not activated',
  blocked: 'blocked',
  skipped: 'skipped',
  failed: 'failed',
};

/** Returns `7 done, 1 failed (word2vec)`. Jobs that are done are counted, and the others are named too. */
function outcomesInWords(outcomes: readonly Outcome[]): string {
  return Object.entries(WORDS)
    .flatMap(([outcome, words]) => {
      const jobs = outcomes.filter((one) => one.outcome === outcome).map(({ job }) => job);
      if (jobs.length === 0) return [];
      return outcome === 'done'
        ? [`${count(jobs.length)} ${words}`]
        : [`${count(jobs.length)} ${words} (${jobs.join(', ')})`];
    })
    .join(', ');
}

/** Returns the errors of several days, each once. */
function reasonsOf(days: readonly DayEnd[]): string {
  const places = new Map<string, string[]>();
  const note = (place: string, { name, message }: { readonly name: string; readonly message: string }): void => {
    const reason = `${name}: ${message.trimEnd()}`;
    places.set(reason, [...(places.get(reason) ?? []), place]);
  };
  for (const { day, error, clients, status } of days) {
    if (error !== null && status !== 'NO LOGS') note(dayInWords(day), error);
    for (const { client, outcomes } of clients) {
      for (const one of outcomes)
        if ('error' in one) note(`${dayInWords(day)}, ${client}, ${one.job}: ${one.outcome}`, one.error);
    }
  }
  return [...places].map(([reason, met]) => `\n${met.join('\n')}\n  ${reason}\n`).join('');
}

/** Returns `day 2011-12-09 (15317): 2 clients done, 1 failed`. */
function headOf({ day, status, error, clients }: DayEnd): string {
  const of = (kind: ClientEnd['kind']): number => clients.filter((end) => end.kind === kind).length;
  const counts = [
    [of('done'), 'done'],
    [of('kept'), 'done with models kept from going live'],
    [of('failed'), 'failed'],
  ] as const;
  const ended = counts.filter(([number]) => number > 0).map(([number, words]) => `${inClients(number)} ${words}`);
  const words = error === null ? ended.join(', ') || 'no client has a job to run' : STATUSES[status];
  const why = error === null ? '' : `\n${paragraph(`${error.name}: ${error.message}`, { indent: 2 })}`;
  return `day ${dayInWords(day)}: ${words}${why}`;
}

const inClients = (number: number): string => (number === 1 ? '1 client' : `${count(number)} clients`);

const tablesOf = ({ clients }: DayEnd, isVerbose: boolean): string =>
  clients
    .map(({ client, outcomes, report }) => {
      const page = report === null ? '' : `A page about this day: ${report}\n`;
      return `\n${client}\n${dayReport(outcomes, { isVerbose })}${page}`;
    })
    .join('');
