/**
 * DIMSUM: which pairs of a user's row count (Zadeh and Carlsson, "Dimension Independent Matrix Square using MapReduce",
 * 2013; Spark's `RowMatrix.columnSimilarities`).
 *
 * With γ = 10 ln(n) / threshold for n columns, a column of `c` ones (its norm is √c) is drawn with probability
 * min(1, √(γ / c)), and its ones count 1 / min(√γ, √c) each. In a user's row the first item of a pair is drawn once for all
 * of its pairs, the second anew for each. So a popular column costs no more than one of γ ones, and
 *
 *   estimate of the cosine of i and j = pairs counted / √(min(γ, cᵢ) min(γ, cⱼ))
 *
 * The pairs counted are an integer: no order of summing changes the estimate. With an infinite γ it is the exact cosine.
 *
 * Draws are hashes of (seed, user, first) and (seed, user, first, second): 30 bits, compared with 2^30 times the
 * probability.
 */
import { hashId } from '../model/stable-hash.ts';
import { naturalLog } from './start-vector.ts';

/** Probability 1. */
export const ALWAYS = 2 ** 30;
/** Thresholds below this ask for the exact cosine. */
const EXACT_BELOW = 1e-6;
/** Makes these draws others than those that any other purpose takes from the same ids. */
const PURPOSE = 0x44494d53;

/** γ for a matrix of `items` columns; infinite where the threshold asks for the exact cosine. */
export function gammaOf(items: number, threshold: number): number {
  // A single column has no pairs, and ln 1 = 0 would draw none.
  return threshold < EXACT_BELOW || items < 2 ? Number.POSITIVE_INFINITY : (-10 * naturalLog(1 / items)) / threshold;
}

/** What a column of so many ones weighs: the similarity of i and j is their count over √(weight of i × weight of j). */
export const weightOf = (ones: number, gamma: number): number => Math.min(ones, gamma);

/** 2^30 times the probability with which a column of so many ones is drawn. */
export const chanceOf = (ones: number, gamma: number): number =>
  ones <= gamma ? ALWAYS : Math.round(ALWAYS * Math.sqrt(gamma / ones));

/** What the hash of a draw is made of, by id: one term for the user, one for each item in its role. 32 bits each. */
export const userTerm = (seed: number, user: number): number => mix(hashId(user) ^ mix(hashId(seed) + PURPOSE));
export const firstTerm = (item: number): number => Math.imul(hashId(item), 0x9e3779b1);
export const secondTerm = (item: number): number => Math.imul(hashId(item), 0x85ebca77);

/** The draw of an item for all its pairs as the first of a user's row, 0 to 2^30 − 1. @param both userTerm + firstTerm */
export const firstDraw = (both: number): number => mix(both ^ 0x5bd1e995) >>> 2;

/** The draw of a pair's second item, 0 to 2^30 − 1. @param all userTerm + firstTerm + secondTerm */
export const secondDraw = (all: number): number => mix(all) >>> 2;

/** The finalizer of MurmurHash3 (Appleby). */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
