/** The report of a client's day: one table of all jobs, and below it the reasons of what did not go as planned. */
import { JOBS } from '../functions/index.ts';
import { estimateInWords, type Quality, recallChangeInWords } from '../shared/evaluation/quality.ts';
import { count, dateOf, dayInWords } from '../shared/in-words.ts';
import { hasPublished, type Outcome, type PublishedOutcome, type UnpublishedOutcome } from './local/run-day.ts';
import { seconds } from './progress.ts';
import { nameInWords, runReport, sizesIn } from './report.ts';
import { table } from './table.ts';

/** The part of a model's evaluation that the table shows. */
export type DayQuality = Pick<Quality, 'day' | 'cutoff' | 'recall' | 'baselines' | 'change'>;

export interface DayReportOptions {
  /** Job → the day of its live model, for the jobs that have one. */
  readonly liveDays?: ReadonlyMap<string, number>;
  /** Job → the day's evaluation of its model that stood the day before, for the jobs that have one. */
  readonly qualities?: ReadonlyMap<string, DayQuality>;
  /** True to show each run with its files and steps, too. */
  readonly isVerbose?: boolean;
}

/** A column of the table, and its cell for each outcome. */
type Column = readonly [head: string, cell: (outcome: Outcome) => string];

/** Reports a day. A column without any entry is left out. */
export function dayReport(outcomes: readonly Outcome[], options: DayReportOptions = {}): string {
  const { liveDays = new Map(), qualities = new Map(), isVerbose = false } = options;
  const live = (job: string): string => {
    const day = liveDays.get(job);
    return day === undefined ? '' : dayInWords(day);
  };
  const columns: readonly Column[] = [
    ['job', ({ job }) => job],
    ['outcome', outcomeInWords],
    ['counts', (one) => (hasPublished(one) ? countsOf(one) : '')],
    ['change since the last day', (one) => changesOf(one, qualities.get(one.job))],
    ['live day', ({ job }) => live(job)],
    [`recall@${[...qualities.values()][0]?.cutoff}`, ({ job }) => recallOf(qualities.get(job))],
    ['warnings', (one) => (hasPublished(one) ? warningsOf(one) : '')],
  ];
  const filled = columns
    .map(([head, cell]) => [head, ...outcomes.map(cell)])
    .filter(([_, ...cells]) => cells.some((cell) => cell !== ''));
  const rows = [0, ...outcomes.map((_, at) => at + 1)].map((at) => filled.map((column) => column[at]!));
  const numbers = filled.flatMap(([head], at) => (head === 'warnings' ? [at] : []));
  const runs = isVerbose ? outcomes.filter(hasPublished).map(({ summary }) => runReport(summary)) : [];
  return [...runs, `${table(rows, numbers)}\n`, ...reasons(outcomes)].join('\n');
}

const OUTCOMES: Readonly<Record<Outcome['outcome'], string>> = {
  done: 'done',
  notActivated: 'not activated',
  failed: 'failed',
  skipped: 'skipped',
  blocked: 'blocked',
};

/** Returns the outcome, for a run with the time that it took: `done in 3.2 s`. */
export function outcomeInWords(one: Outcome): string {
  if (!hasPublished(one)) return OUTCOMES[one.outcome];
  if (one.summary.alreadyDone && one.outcome === 'done') return 'already there';
  return one.outcome === 'done' ? `done in ${seconds(one.summary.seconds)}` : OUTCOMES[one.outcome];
}

/** The sizes that the table shows, in this order: what an output holds, before what it was made of. */
const MAIN_SIZES = ['users', 'items', 'vocabulary', 'similarities', 'rules', 'sessions', 'baskets', 'written'];
/** The most sizes in a cell. A run's own report shows all. */
const MOST_SIZES = 2;

/** Returns the main sizes of an output, for example `238 users, 219 items`. */
function countsOf({ summary }: PublishedOutcome): string {
  const sizes = new Map(sizesIn(summary.manifest.counts));
  return MAIN_SIZES.filter((name) => sizes.has(name))
    .slice(0, MOST_SIZES)
    .map((name) => `${count(sizes.get(name)!)} ${nameInWords(name)}`)
    .join(', ');
}

/** Returns how the sizes of a job's output and the recall of its model have changed. */
const changesOf = (one: Outcome, quality: DayQuality | undefined): string =>
  [
    hasPublished(one) && !isAside(one.job) ? changeOf(one) : '',
    quality?.change ? `recall ${recallChangeInWords(quality)}` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');

/** A job that accompanies others makes no model. Its sizes, such as the number of test users, change by chance. */
const isAside = (job: string): boolean =>
  JOBS.some(({ name, accompanies }) => name === job && accompanies !== undefined);

/** Returns how sizes differ from those of the newest earlier day, for example `users +1.2 %, items -0.3 %`. */
function changeOf({ summary }: PublishedOutcome): string {
  const { before, day, manifest } = summary;
  if (before === null) return '';
  const sizes = new Map(sizesIn(manifest.counts));
  const earlier = new Map(sizesIn(before.counts));
  const changes = MAIN_SIZES.flatMap((name) => {
    const [now, was] = [sizes.get(name), earlier.get(name)];
    return now === undefined || was === undefined || was === 0 ? [] : [`${name} ${percent(now / was - 1)}`];
  });
  const since = before.day === day - 1 ? '' : ` (since ${dateOf(before.day)})`;
  return changes.length === 0 ? '' : changes.slice(0, MOST_SIZES).join(', ') + since;
}

const percent = (share: number): string => {
  const text = (100 * share).toFixed(1);
  return Number(text) === 0 ? '±0 %' : `${share > 0 ? '+' : ''}${text} %`;
};

/** Returns a model's recall with its interval beside both popularities: `0.123 (0.110 to 0.136), popularity 0.045, recent 0.041`. */
function recallOf(quality: DayQuality | undefined): string {
  if (quality === undefined || quality.recall.mean === null) return '';
  const { popularity, 'recent-popularity': recent } = quality.baselines;
  const beside = [
    ['popularity', popularity.mean],
    ['recent', recent.mean],
  ] as const;
  return [
    estimateInWords(quality.recall),
    ...beside.flatMap(([name, mean]) => (mean === null ? [] : [`${name} ${mean.toFixed(3)}`])),
  ].join(', ');
}

const warningsOf = ({ summary: { warnings } }: PublishedOutcome): string =>
  warnings.length === 0 ? '' : count(warnings.length);

/**
 * Returns the errors of the day. An error of several jobs is said once: a day without input fails every job that reads it. A
 * model that was not activated has a warning, which says why.
 */
function reasons(outcomes: readonly Outcome[]): string[] {
  const failures = outcomes.filter((one) => !hasPublished(one));
  return [...Map.groupBy(failures, (one) => `${one.outcome} ${causeOf(one)}`).values()].map((alike) => {
    const { outcome, error } = alike[0]!;
    return `${alike.map(({ job }) => job).join(', ')}: ${outcome}\n  ${error.name}: ${error.message.trimEnd()}\n`;
  });
}

/** Returns an error's text without its place and its days, which differ between jobs that failed for the same reason. */
function causeOf({ job, outcome, error: { name, message } }: UnpublishedOutcome): string {
  const text = outcome !== 'skipped' && message.startsWith(`${job}, `) ? message.replace(/^[^:]*: /, '') : message;
  return `${name} ${text.replace(/ for days? [^:]*: /, ': ')}`;
}
