/**
 * DIMSUM: which pairs of a user's row are counted (Zadeh and Carlsson, "Dimension Independent Matrix Square using
 * MapReduce", 2013; Spark's `RowMatrix.columnSimilarities`).
 *
 * With γ = 10 ln(n) / threshold for n columns, a column of `c` ones (its norm is √c) is drawn with probability
 * min(1, √(γ / c)), and each of its ones counts 1 / min(√γ, √c). In a user's row the first item of a pair is drawn once for
 * all of its pairs; the second item is drawn again for each pair. A popular column therefore costs no more than one of γ
 * ones, and
 *
 *   estimate of the cosine of i and j = pairs counted / √(min(γ, cᵢ) min(γ, cⱼ))
 *
 * The number of pairs is an integer, so the order of summing does not change the estimate. An infinite γ gives the exact
 * cosine.
 *
 * A draw is a hash of (seed, user, first) or (seed, user, first, second). Its 30 bits are compared with 2^30 times the
 * probability.
 */
import { hashId, mixBits } from '../model/stable-hash.ts';
import { naturalLog } from './natural-log.ts';

/** Probability 1. */
export const ALWAYS = 2 ** 30;
/** Thresholds below this ask for the exact cosine. */
const EXACT_BELOW = 1e-6;
/** `DIMS` in ASCII. It keeps these draws apart from all others that come from the same ids. */
const PURPOSE = 0x44494d53;

/** Returns γ for a matrix of `items` columns; it is infinite when the threshold asks for the exact cosine. */
export function gammaOf(items: number, threshold: number): number {
  // A single column has no pairs, and ln 1 = 0 would draw none.
  return threshold < EXACT_BELOW || items < 2 ? Number.POSITIVE_INFINITY : (-10 * naturalLog(1 / items)) / threshold;
}

/** The weight of a column with `ones` ones. The similarity of i and j is their count over √(weight of i × weight of j). */
export const weightOf = (ones: number, gamma: number): number => Math.min(ones, gamma);

/** 2^30 times the probability with which a column with `ones` ones is drawn. */
export const chanceOf = (ones: number, gamma: number): number =>
  ones <= gamma ? ALWAYS : Math.round(ALWAYS * Math.sqrt(gamma / ones));

/** The terms of a draw's hash, from ids: one for the user, and one for each item in its role. Each has 32 bits. */
export const userTerm = (seed: number, user: number): number => mixBits(hashId(user) ^ mixBits(hashId(seed) + PURPOSE));
export const firstTerm = (item: number): number => Math.imul(hashId(item), 0x9e3779b1);
export const secondTerm = (item: number): number => Math.imul(hashId(item), 0x85ebca77);

/**
 * The draw of an item, 0 to 2^30 − 1, for all pairs of a user's row in which it is the first.
 *
 * @param both userTerm + firstTerm
 */
export const firstDraw = (both: number): number => mixBits(both ^ 0x5bd1e995) >>> 2;

/** The draw of a pair's second item, 0 to 2^30 − 1. @param all userTerm + firstTerm + secondTerm */
export const secondDraw = (all: number): number => mixBits(all) >>> 2;
