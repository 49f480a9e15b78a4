/** The section on the models that were made: each job's output of the day with its size, time, dollars and verdict, and the checks behind the verdicts. */

import { dollarsOf } from '../cost/prices.ts';
import { count } from '../in-words.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Facts } from './facts.ts';
import { type Content, type Html, html } from './html.ts';
import type { MadeJob } from './read-made.ts';
import { badge, missing, section, subsection } from './section.ts';
import { foldedTable, table } from './table.ts';
import { columnDollars, counted, longDate, seconds } from './words.ts';

export function madeSection({ made, to }: Facts): Html {
  const judged = made.filter(({ verdict }) => verdict !== undefined);
  return section('made', 'What was made', leadOf(made, to), [
    made.length === 0 ? false : jobsTable(made),
    made.some(({ spent }) => spent?.onAws === false)
      ? html`<p class="note">Computed on a machine of your own: the dollars are what AWS would have charged for the same work.</p>`
      : false,
    judged.length === 0 ? false : subsection('Checks before a model goes live', judged.map(checksOf)),
  ]);
}

function leadOf(made: readonly MadeJob[], to: number): Content {
  if (made.length === 0) return `No job has an output of ${longDate(to)}.`;
  const of = (outcome: MadeJob['outcome']) => made.filter((one) => one.outcome === outcome).length;
  const parts = [
    of('made') === made.length
      ? `All ${counted(made.length, 'job')} made their output`
      : `${of('made')} of ${counted(made.length, 'job')} made their output`,
    ...(of('blocked') === 0 ? [] : [`${counted(of('blocked'), 'model')} did not pass the checks`]),
    ...(of('missing') === 0
      ? []
      : [`${counted(of('missing'), 'output')} ${of('missing') === 1 ? 'is' : 'are'} missing`]),
  ];
  return `${parts.join(', ')}.`;
}

const NOT_KNOWN = '–';

const jobsTable = (made: readonly MadeJob[]): Html =>
  table(
    'Jobs of the day',
    [
      {
        title: 'Job',
        cell: ({ job, summary }: MadeJob) => html`<strong>${job}</strong><span class="under">${summary}</span>`,
      },
      { title: 'Holds', cell: ({ counts }) => sizes(counts) },
      { title: 'Shards', cell: ({ spent }) => (spent === undefined ? NOT_KNOWN : count(spent.shards)), isNumber: true },
      {
        title: 'Seconds',
        cell: ({ spent }) => (spent === undefined ? NOT_KNOWN : seconds(spent.seconds)),
        isNumber: true,
      },
      {
        title: 'Dollars',
        cell: ({ spent }) => (spent === undefined ? NOT_KNOWN : columnDollars(dollarsOf(spent))),
        isNumber: true,
      },
      { title: 'Verdict', cell: verdictWord },
    ],
    made,
  );

const sizes = (counts: Readonly<Record<string, number>>): Content =>
  Object.entries(counts).map(([name, value]) => html`<span class="size">${count(value)} ${name}</span>`);

function verdictWord({ outcome, verdict }: MadeJob): Html {
  if (outcome === 'blocked') return badge('bad', 'blocked');
  if (outcome === 'missing') return badge('bad', 'no output');
  if (verdict === undefined) return badge('plain', 'not judged');
  if (verdict.verdict === null) return badge('warn', 'gate off');
  return verdict.verdict === 'warned'
    ? badge('warn', 'warned')
    : badge(verdict.verdict === 'passed' ? 'good' : 'bad', verdict.verdict);
}

/** Returns the checks of one model. They are open where one of them did not pass. */
function checksOf(made: MadeJob): Html {
  const { job, verdict } = made;
  const checks = verdict?.checks ?? [];
  if (checks.length === 0) return missing(`${job}: nothing was checked, because its gate is off.`);
  const failed = checks.filter((check) => check.verdict === 'warned' || check.verdict === 'blocked');
  const passed = checks.filter((check) => check.verdict === 'passed').length;
  const title =
    failed.length > 0
      ? `${job}: ${failed.map(({ check }) => check).join(', ')} did not pass`
      : `${job}: ${counted(passed, 'check')} passed`;
  const rows = table(
    `Checks of ${job}`,
    [
      { title: 'Check', cell: ({ check }: Check) => check },
      { title: 'Result', cell: resultWord },
      { title: 'In words', isLong: true, cell: ({ says }) => says },
    ],
    checks,
  );
  return failed.length > 0 ? html`<h4>${title}</h4>${rows}` : foldedTable(title, rows);
}

function resultWord({ verdict }: Check): Html {
  if (verdict === 'passed') return badge('good', 'passed');
  return verdict === 'notApplicable'
    ? badge('plain', 'does not apply')
    : badge(verdict === 'warned' ? 'warn' : 'bad', verdict);
}
