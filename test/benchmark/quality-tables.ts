/** The tables of the section `quality`. */
import type { Estimate } from '../../shared/evaluation/intervals.ts';
import type { MetricsDocument, ScorerMetrics } from '../../shared/evaluation/metrics-document.ts';
import { BASELINES } from '../../shared/evaluation/resample-sums.ts';
import type { NotTrained } from '../../shared/evaluation/trainings.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { Tuned } from './quality-models.ts';
import type { Table } from './section.ts';

const HEAD = [
  'model',
  'recall@20',
  'NDCG@20',
  'recall@20, users served',
  'recall − popularity',
  'NDCG − popularity',
  'recall − that of',
  'NDCG − that of',
];
const DIGITS = 4;

/** @param names of the rows in their order; the baselines come first */
export function qualityTable(metrics: MetricsDocument, names: readonly string[], failed: readonly NotTrained[]): Table {
  const { client, train, test, users, scorers: all } = metrics;
  const served = all[0]?.served.users ?? 0;
  const scorers = [...BASELINES, ...names].flatMap((name) => all.filter((one) => one.name === name));
  return {
    title:
      `${client}: trained on ${dayInWords(train.from)} to ${dayInWords(train.to)}, ` +
      `tested up to ${dayInWords(test.to)}, ${users} users, of whom all models serve ${served}`,
    head: HEAD,
    rows: [
      ...scorers.map(rowOf),
      ...failed.map(({ name, error }) => [name, `no model: ${error.message}`, ...HEAD.slice(2).map(() => '')]),
    ],
  };
}

function rowOf({ name, recall, ndcg, served, against }: ScorerMetrics): string[] {
  const popularity = against.popularity;
  const to = Object.keys(against).find((other) => !(BASELINES as readonly string[]).includes(other));
  const other = to === undefined ? undefined : against[to];
  return [
    name,
    level(recall),
    level(ndcg),
    fixed(served.recall.mean),
    popularity === undefined ? '' : difference(popularity.recall),
    popularity === undefined ? '' : difference(popularity.ndcg),
    other === undefined ? '' : `${to}: ${difference(other.recall)}`,
    other === undefined ? '' : difference(other.ndcg),
  ];
}

const level = ({ mean, low, high }: Estimate): string =>
  low === null || high === null ? fixed(mean) : `${fixed(mean)} (${fixed(low)} to ${fixed(high)})`;

/** A difference whose interval does not hold 0 is set in bold. */
function difference({ mean, low, high }: Estimate): string {
  if (low === null || high === null) return signed(mean);
  const text = `${signed(mean)} (${signed(low)} to ${signed(high)})`;
  return low > 0 || high < 0 ? `**${text}**` : text;
}

const fixed = (value: number | null): string => (value === null ? '–' : value.toFixed(DIGITS));
const signed = (value: number | null): string =>
  value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(DIGITS)}`;

/** Returns the settings that searches have found. */
export function tunedTable(client: string, tuned: Readonly<Record<string, Tuned>>): Table {
  return {
    title: `${client}: the tuned settings`,
    head: ['model', 'settings', 'trials', 'NDCG@100 on the earlier hold-out', 'found by', ''],
    rows: Object.entries(tuned).map(([name, { settings, trials, ndcg, command, commit, date }]) => [
      name,
      Object.entries(settings)
        .map(([key, value]) => `${key} ${value}`)
        .join(', '),
      String(trials),
      fixed(ndcg),
      `\`${command}\``,
      `commit ${commit}, ${date}`,
    ]),
  };
}
