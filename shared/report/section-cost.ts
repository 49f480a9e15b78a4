/** The section on the cost so far, by the accounts of the runs. */
import { dollarsOf } from '../cost/prices.ts';
import type { SpentRun } from '../cost/read-spent.ts';
import { count, dateOf, inDollars } from '../in-words.ts';
import { barsByDay } from './charts.ts';
import type { Facts } from './facts.ts';
import { type Content, type Html, html } from './html.ts';
import { section, subsection } from './section.ts';
import { foldedTable, table } from './table.ts';
import { columnDollars, counted, longDate, percent, seconds, shortDate } from './words.ts';

export const dollars = (runs: readonly SpentRun[]): number => runs.reduce((sum, run) => sum + dollarsOf(run), 0);
const secondsOf = (runs: readonly SpentRun[]): number => runs.reduce((sum, run) => sum + run.seconds, 0);

export function costSection({ spent, from, to, unreadAccounts }: Facts): Html {
  if (spent.length === 0) {
    return section(
      'cost',
      'What it cost so far',
      'No run of this client has an account. Accounts are removed with the work areas, some days after their runs.',
      false,
    );
  }
  const total = dollars(spent);
  const days = Map.groupBy(spent, ({ day }) => day);
  const first = Math.min(...days.keys());
  return section('cost', 'What it cost so far', leadOf(total, spent, first, to), [
    days.size < 2 ? false : byDay(days, Math.max(from, first), to),
    subsection('By job', jobsTable(spent, total)),
    notes(spent, unreadAccounts),
  ]);
}

function leadOf(total: number, runs: readonly SpentRun[], first: number, to: number): Content {
  const span = first === to ? `of ${longDate(to)}` : `of the days from ${dateOf(first)} on`;
  const own = runs.every(({ onAws }) => !onAws);
  return html`${counted(runs.length, 'run')} ${span}: <strong>${inDollars(total)}</strong>${own ? ', if AWS had done the work. On a machine of your own AWS charges nothing.' : '.'}`;
}

function byDay(days: ReadonlyMap<number, readonly SpentRun[]>, from: number, to: number): Html {
  const all = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const bars = all.map((day) => {
    const runs = days.get(day);
    return { day, value: runs && dollars(runs), isMarked: day === to };
  });
  const known = bars.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const says = `Dollars for each day up to ${longDate(to)}: ${inDollars(Math.min(...known))} to ${inDollars(Math.max(...known))}.`;
  return subsection('Dollars a day', [
    barsByDay(says, bars, inDollars),
    foldedTable(
      'The dollars of every day',
      table(
        'Dollars of each day',
        [
          { title: 'Day', cell: ([day]: readonly [number, readonly SpentRun[]]) => shortDate(day) },
          { title: 'Runs', cell: ([, runs]) => count(runs.length), isNumber: true },
          { title: 'Seconds', cell: ([, runs]) => seconds(secondsOf(runs)), isNumber: true },
          { title: 'Dollars', cell: ([, runs]) => columnDollars(dollars(runs)), isNumber: true },
        ],
        [...days].sort(([a], [b]) => b - a),
      ),
    ),
  ]);
}

function jobsTable(spent: readonly SpentRun[], total: number): Html {
  const rows = [...Map.groupBy(spent, ({ job }) => job)].sort(
    ([a, m], [b, n]) => dollars(n) - dollars(m) || (a < b ? -1 : 1),
  );
  return table(
    'Cost of each job',
    [
      { title: 'Job', cell: ([job]: (typeof rows)[number]) => html`<strong>${job}</strong>` },
      { title: 'Runs', cell: ([, runs]) => count(runs.length), isNumber: true },
      { title: 'Seconds', cell: ([, runs]) => seconds(secondsOf(runs)), isNumber: true },
      { title: 'Dollars', cell: ([, runs]) => columnDollars(dollars(runs)), isNumber: true },
      { title: 'Share', cell: ([, runs]) => percent(total === 0 ? 0 : dollars(runs) / total), isNumber: true },
    ],
    rows,
  );
}

function notes(spent: readonly SpentRun[], unread: number): Html {
  const open = spent.filter(({ isFinished }) => !isFinished).length;
  const says = [
    'By list prices without the free tier, not by a bill.',
    'The grouping of the logs is done for all clients together and is not counted here; neither are uploads, retries, storage, and runs whose work area is gone.',
    ...(open === 0
      ? []
      : [
          `${counted(open, 'run')} ${open === 1 ? 'is' : 'are'} not finished, and counted as far as ${open === 1 ? 'it has' : 'they have'} come.`,
        ]),
    ...(unread === 0
      ? []
      : [`${counted(unread, 'run')} could not be read and ${unread === 1 ? 'is' : 'are'} left out.`]),
  ];
  return html`<p class="note">${says.join(' ')}</p>`;
}
