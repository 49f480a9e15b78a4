/** The quality of a model as people read it: its newest evaluation, the change since the one before, and its standing. */
import { dateOf } from '../in-words.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import type { Store } from '../store/store.ts';
import { sumsOfDays } from './evaluated-days.ts';
import type { Estimate } from './intervals.ts';
import { type MetricsDocument, readMetrics, type ScorerMetrics } from './metrics-document.ts';
import { type Place, STANDING_DAYS, standingOf } from './pooled.ts';
import { BASELINES, type Baseline } from './resample-sums.ts';

/** *Days are days since 1970-01-01 UTC.* */
export type Quality = {
  /** The day that was evaluated, which is the last test day. */
  readonly day: number;
  /** The run whose model was evaluated. */
  readonly run: string | null;
  /** The largest length of a list. */
  readonly cutoff: number;
  readonly users: number;
  /** Over all test users. */
  readonly recall: Estimate;
  readonly baselines: Readonly<Record<Baseline, Estimate>>;
  /** The difference of the recall to that of the evaluated day before; null without one. */
  readonly change: { readonly since: number; readonly recall: number } | null;
  /** Null when the last 7 evaluated days have too few users. */
  readonly standing: Places | null;
  /** The standing on the evaluated day before. */
  readonly standingBefore: Places | null;
};

export type Places = Readonly<Record<Baseline, Place>>;

/**
 * Reads the quality of a scorer's models; undefined when none of the days has it.
 *
 * @param days evaluated days, newest first
 * @param warn hears of evaluations that are damaged, which are left out
 */
export async function readQuality(
  store: Store,
  client: string,
  scorer: string,
  days: readonly number[],
  warn: Warn,
): Promise<Quality | undefined> {
  const newest = await newestOf(store, client, scorer, days, warn);
  if (newest === undefined) return undefined;
  const { metrics, own } = newest;
  const older = days.filter((day) => day < metrics.day);
  const before = await newestOf(store, client, scorer, older, warn);
  const sums = await sumsOfDays(store, client, scorer, [metrics.day, ...older], STANDING_DAYS + 1, warn);
  const [popularity, recent] = BASELINES.map((name) => metrics.scorers.find((one) => one.name === name)?.recall);
  if (popularity === undefined || recent === undefined) return undefined;
  return {
    day: metrics.day,
    run: own.run,
    cutoff: metrics.cutoff,
    users: metrics.users,
    recall: own.recall,
    baselines: { popularity, 'recent-popularity': recent },
    change: before === undefined ? null : changeOf(newest, before),
    standing: standingOf(sums)?.places ?? null,
    standingBefore: standingOf(sums.slice(1))?.places ?? null,
  };
}

interface Found {
  readonly metrics: MetricsDocument;
  readonly own: ScorerMetrics;
}

/** Returns the newest evaluation that has the scorer. A day without a test user has none. */
async function newestOf(
  store: Store,
  client: string,
  scorer: string,
  days: readonly number[],
  warn: Warn,
): Promise<Found | undefined> {
  for (const day of days.slice(0, STANDING_DAYS)) {
    const metrics = await unlessDamaged(() => readMetrics(store, client, day), undefined, warn);
    const own = metrics?.scorers.find(({ name }) => name === scorer);
    if (metrics !== undefined && own !== undefined) return { metrics, own };
  }
  return undefined;
}

/** Returns null also for evaluations with another length of lists, whose recalls cannot be compared. */
function changeOf({ metrics, own }: Found, before: Found): Quality['change'] {
  const [recall, recallBefore] = [own.recall.mean, before.own.recall.mean];
  if (recall === null || recallBefore === null || metrics.cutoff !== before.metrics.cutoff) return null;
  return { since: before.metrics.day, recall: recall - recallBefore };
}

/** `0.123 (0.110 to 0.136)`. */
export function estimateInWords({ mean, low, high }: Estimate): string {
  if (mean === null) return 'none';
  return low === null || high === null ? digits(mean) : `${digits(mean)} (${digits(low)} to ${digits(high)})`;
}

/** `above popularity, within recent popularity`, or `above both popularities`. */
export function placesInWords(places: Places): string {
  const { popularity, 'recent-popularity': recent } = places;
  return popularity === recent
    ? `${popularity} both popularities`
    : `${popularity} popularity, ${recent} recent popularity`;
}

/**
 * Returns the change of the recall, for example `+0.004`, and the evaluated day before when it is not the day before:
 * `+0.004 (since 2011-12-02)`. It is empty without an evaluated day before.
 */
export function recallChangeInWords({ day, change }: Pick<Quality, 'day' | 'change'>): string {
  if (change === null) return '';
  const text = digits(change.recall);
  const signed = Number(text) === 0 ? `±${digits(0)}` : `${change.recall > 0 ? '+' : ''}${text}`;
  return change.since === day - 1 ? signed : `${signed} (since ${dateOf(change.since)})`;
}

const digits = (value: number): string => value.toFixed(3);
