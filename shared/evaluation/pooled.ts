/**
 * Two readings of the last evaluated days of one scorer: its standing beside the baselines, and a drop of its recall.
 *
 * A single day's comparison says little: on real shops the recall of a good model is below that of popularity on up to 85 % of
 * the days. Both readings therefore pool several days, over the users whom the scorer serves.
 */
import { type Estimate, estimateOf } from './intervals.ts';
import { UNITS } from './measures.ts';
import { BASELINES, type Baseline } from './resample-sums.ts';
import type { DaySums, OwnSums } from './resamples-file.ts';

/** The number of evaluated days of the standing. */
export const STANDING_DAYS = 7;
/** The numbers of evaluated days that are compared for a drop: the last ones, and those before them. */
export const DROP_DAYS = 3;
export const DROP_DAYS_BEFORE = 28;
/** With fewer days before, some weekdays are missing, and weekdays differ. */
export const FEWEST_DAYS_BEFORE = 7;
/** A drop is reported when more than this share of the recall is lost. */
export const LARGEST_LOSS = 0.25;

/** `above`: the 95 % interval of the difference of recalls lies above 0. `within`: it holds 0. `below`: it lies below 0. */
export type Place = 'above' | 'within' | 'below';

export interface Standing {
  /** The evaluated days, ascending. */
  readonly days: readonly number[];
  /** The number of users served, counted once for each of their days. */
  readonly users: number;
  readonly recall: Estimate;
  /** Recall of each baseline over the same users. */
  readonly baselines: Readonly<Record<Baseline, Estimate>>;
  /** Null with fewer than 50 users. */
  readonly places: Readonly<Record<Baseline, Place>> | null;
}

/**
 * Returns the standing of a scorer; undefined without an evaluated day.
 * @param sums of the scorer's last days, newest first; only the first 7 are used
 */
export function standingOf(sums: readonly DaySums[]): Standing | undefined {
  const used = sums.slice(0, STANDING_DAYS);
  if (used.length === 0) return undefined;
  const pooled = pool(used);
  const users = pooled.weights[0]!;
  const ofBaseline = { popularity: pooled.popularity, 'recent-popularity': pooled.recentPopularity };
  const [popularity, recent] = BASELINES.map((name) =>
    placeOf(
      estimateOf(
        users,
        means(pooled, (place) => pooled.recall[place]! - ofBaseline[name][place]!),
      ),
    ),
  );
  return {
    days: used.map(({ day }) => day).toSorted((a, b) => a - b),
    users,
    recall: estimateOf(
      users,
      means(pooled, (place) => pooled.recall[place]!),
    ),
    baselines: {
      popularity: estimateOf(
        users,
        means(pooled, (place) => pooled.popularity[place]!),
      ),
      'recent-popularity': estimateOf(
        users,
        means(pooled, (place) => pooled.recentPopularity[place]!),
      ),
    },
    places: popularity && recent ? { popularity, 'recent-popularity': recent } : null,
  };
}

function placeOf({ low, high }: Estimate): Place | undefined {
  if (low === null || high === null) return undefined;
  return low > 0 ? 'above' : high < 0 ? 'below' : 'within';
}

export interface Drop {
  /** The last days and those before, each ascending. */
  readonly last: readonly number[];
  readonly before: readonly number[];
  /** The mean recall over the users served in the last days, and in the days before. */
  readonly recall: number;
  readonly recallBefore: number;
  /** `recall` less `recallBefore`, with its interval. */
  readonly difference: Estimate;
  /** True when the interval lies below 0 and more than a quarter of the recall is lost. */
  readonly isDrop: boolean;
}

/**
 * Compares the recall of the last 3 days with that of the 28 days before. Returns a text, which says what is missing, when
 * there are too few days or users.
 * @param sums of the scorer's last days, newest first; only the first 31 are used
 */
export function dropOf(sums: readonly DaySums[]): Drop | string {
  const last = sums.slice(0, DROP_DAYS);
  const before = sums.slice(DROP_DAYS, DROP_DAYS + DROP_DAYS_BEFORE);
  if (before.length < FEWEST_DAYS_BEFORE) {
    return `${inDays(sums.length)} were evaluated, and ${DROP_DAYS + FEWEST_DAYS_BEFORE} are needed`;
  }
  const [now, then] = [pool(last), pool(before)];
  const users = Math.min(now.weights[0]!, then.weights[0]!);
  const [recalls, recallsBefore] = [now, then].map((pooled) => means(pooled, (place) => pooled.recall[place]!));
  const difference = estimateOf(
    users,
    recalls!.map((recall, place) => recall - recallsBefore![place]!),
  );
  if (difference.high === null) return `too few users were served in the last ${DROP_DAYS} days, or before: ${users}`;
  const [recall, recallBefore] = [recalls![0]!, recallsBefore![0]!];
  return {
    last: daysOf(last),
    before: daysOf(before),
    recall,
    recallBefore,
    difference,
    isDrop: difference.high < 0 && recall < (1 - LARGEST_LOSS) * recallBefore,
  };
}

const inDays = (days: number): string => (days === 1 ? 'one day' : `${days} days`);

const daysOf = (sums: readonly DaySums[]): number[] => sums.map(({ day }) => day).toSorted((a, b) => a - b);

/** Adds the sums of several days, which have the same number of resamples. */
function pool(days: readonly DaySums[]): OwnSums {
  const sum = (name: keyof OwnSums): Float64Array =>
    days[0]![name].map((_, place) => days.reduce((total, day) => total + day[name][place]!, 0));
  return {
    weights: sum('weights'),
    recall: sum('recall'),
    popularity: sum('popularity'),
    recentPopularity: sum('recentPopularity'),
  };
}

/** Returns, for each resample, a sum divided by the weights: NaN in a resample without users. */
const means = ({ weights }: OwnSums, sum: (place: number) => number): Float64Array =>
  weights.map((weight, place) => sum(place) / (weight * UNITS));
