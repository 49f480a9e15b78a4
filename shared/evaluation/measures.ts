/**
 * The four measures of one user's list of recommendations.
 *
 * For example, a user has 3 test items, and the list of at most 20 items holds two of them, at the ranks 2 and 5:
 *
 *   recall    2 / min(20, 3)                                                = 0.667
 *   ndcg      (1/log2(3) + 1/log2(6)) / (1/log2(2) + 1/log2(3) + 1/log2(4)) = 0.478
 *   mrr       1 / 2                                                         = 0.5
 *   hitRate   1, because there is a hit
 *
 * NDCG follows Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002, with gains of 0 and 1.
 */

/** The names of the measures, in the order of every table and of `metrics.json`. */
export const MEASURES = ['recall', 'ndcg', 'mrr', 'hitRate'] as const;

export type Measure = (typeof MEASURES)[number];

/** Each measure is between 0 (worst) and 1. */
export type Measures = Readonly<Record<Measure, number>>;

/** A user's measure is stored as an integer: a multiple of 2^-32. Sums of such integers are exact, in any order. */
export const UNITS = 2 ** 32;

/** Returns a measure between 0 and 1 in units of 2^-32, rounded to an integer. */
export const inUnits = (measure: number): number => Math.round(measure * UNITS);

/**
 * Returns the measures of one list.
 *
 * @param ranks the ranks of the hits in the list, ascending; the first item of the list has the rank 1
 * @param tests the number of the user's test items, at least 1
 * @param cutoff the largest length of a list
 */
export function measuresOf(ranks: readonly number[], tests: number, cutoff: number): Measures {
  const attainable = Math.min(cutoff, tests);
  const first = ranks[0];
  return {
    recall: ranks.length / attainable,
    ndcg: gainOf(ranks) / idealGain(attainable),
    mrr: first === undefined ? 0 : 1 / first,
    hitRate: first === undefined ? 0 : 1,
  };
}

const gainOf = (ranks: readonly number[]): number => ranks.reduce((sum, rank) => sum + 1 / Math.log2(rank + 1), 0);

/** Ideal gains by the number of hits. `measuresOf` is called for every user, and few numbers of hits occur. */
const idealGains: number[] = [0];

/** Returns the gain of a list that begins with `hits` hits. */
function idealGain(hits: number): number {
  for (let rank = idealGains.length; rank <= hits; rank++) {
    idealGains.push(idealGains[rank - 1]! + 1 / Math.log2(rank + 1));
  }
  return idealGains[hits]!;
}
