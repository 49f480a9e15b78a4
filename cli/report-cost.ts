/** The report of `offline cost`: what days, clients and jobs have cost so far, and what is not known. */
import { dollarsOf, type Quantities } from '../shared/cost/prices.ts';
import type { Spent, SpentFilter, SpentRun } from '../shared/cost/read-spent.ts';
import { addedQuantities, NOTHING_SPENT } from '../shared/cost/spent.ts';
import { count, dayInWords, inDollars } from '../shared/in-words.ts';
import { table } from './table.ts';

/** The quantities that some runs have used together. */
export interface CostLine extends Quantities {
  /** The day, the client or the job that the runs share. */
  readonly name: string;
  readonly runs: number;
  readonly folded: number;
  /** By the list prices of `docs/deploy.md`. */
  readonly dollars: number;
}

export interface CostReport {
  readonly root: string;
  /** The client that was asked for; null for all. */
  readonly client: string | null;
  /** The first and the last day that were asked for; null for no limit. */
  readonly from: number | null;
  readonly to: number | null;
  readonly total: CostLine;
  readonly days: readonly CostLine[];
  /** The dearest first. */
  readonly clients: readonly CostLine[];
  readonly jobs: readonly CostLine[];
  /** Sentences. */
  readonly notKnown: readonly string[];
}

/** The runs over all clients, in the table of clients. */
const ALL_CLIENTS = '(all clients)';

export function costReport(
  { runs, unread }: Spent,
  { root, client, from, to }: { readonly root: string } & SpentFilter,
): CostReport {
  const byDollars = (a: CostLine, b: CostLine): number => b.dollars - a.dollars || (a.name < b.name ? -1 : 1);
  const days = linesBy(runs, ({ day }) => String(day)).sort((a, b) => Number(a.name) - Number(b.name));
  return {
    root,
    client: client ?? null,
    from: from ?? null,
    to: to ?? null,
    total: lineOf('in all', runs),
    days,
    clients: linesBy(runs, ({ client }) => client ?? ALL_CLIENTS).sort(byDollars),
    jobs: linesBy(runs, ({ job }) => job).sort(byDollars),
    notKnown: notKnownOf(runs, unread),
  };
}

function linesBy(runs: readonly SpentRun[], nameOf: (run: SpentRun) => string): CostLine[] {
  const groups = Map.groupBy(runs, nameOf);
  return [...groups].map(([name, of]) => lineOf(name, of));
}

function lineOf(name: string, runs: readonly SpentRun[]): CostLine {
  const quantities = runs.reduce<Quantities>(addedQuantities, NOTHING_SPENT);
  return {
    name,
    runs: runs.length,
    folded: runs.filter(({ folded }) => folded).length,
    dollars: dollarsOf(quantities),
    ...quantities,
  };
}

function notKnownOf(runs: readonly SpentRun[], unread: readonly string[]): string[] {
  const open = runs.filter(({ isFinished }) => !isFinished).length;
  const here = runs.filter(({ onAws }) => !onAws).length;
  return [
    'A run whose work area has expired or was removed is not counted, and neither is a job that this release does not have.',
    'Activation, uploads, retries, failed attempts, the states of the day itself, arrival, logs, metrics and stored bytes ' +
      'are not counted.',
    'The prices are list prices without the free tier (docs/deploy.md), not those of a bill.',
    ...(open > 0
      ? [`${runsInWords(open)} not finished: the invocations until now are counted, and the transitions are estimated.`]
      : []),
    ...(here > 0
      ? [
          `${runsInWords(here)} done on a machine of your own: the figures are what AWS would have charged for the same work.`,
        ]
      : []),
    ...(unread.length > 0
      ? [`${runsInWords(unread.length)} left out, because the plan or the account cannot be read: ${unread.join(', ')}`]
      : []),
  ];
}

const runsInWords = (runs: number): string => (runs === 1 ? '1 run is' : `${count(runs)} runs are`);

/** The most lines of the table of clients. With `--json` there are all of them. */
const CLIENTS_SHOWN = 20;

export function costText(report: CostReport): string {
  const { root, total, days, clients, jobs, notKnown } = report;
  if (total.runs === 0) return `no run under ${root}${spanInWords(report)} has an account\n`;
  const more = clients.length - CLIENTS_SHOWN;
  return [
    `under ${root}${spanInWords(report)}`,
    '',
    costTable('day', [...days.map((day) => ({ ...day, name: dayInWords(Number(day.name)) })), total]),
    '',
    costTable('client', clients.slice(0, CLIENTS_SHOWN)),
    ...(more > 0 ? [`and ${count(more)} clients that cost less (--json shows all)`] : []),
    '',
    costTable('job', jobs),
    '',
    ...notKnown,
    '',
  ].join('\n');
}

function spanInWords({ client, from, to }: CostReport): string {
  const first = `${client === null ? '' : ` of ${client}`}${from === null ? '' : ` from ${dayInWords(from)}`}`;
  return first + (to === null ? '' : ` to ${dayInWords(to)}`);
}

function costTable(head: string, lines: readonly CostLine[]): string {
  const rows = lines.map((line) => [
    line.name,
    count(line.runs),
    count(line.folded),
    line.gbSeconds.toFixed(1),
    count(line.transitions),
    count(line.gets + line.puts + line.lists),
    inDollars(line.dollars),
  ]);
  const titles = [head, 'runs', 'folded', 'GB-seconds', 'transitions', 'requests', 'dollars'];
  return table([titles, ...rows], [1, 2, 3, 4, 5, 6]);
}
