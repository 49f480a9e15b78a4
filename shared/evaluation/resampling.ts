/**
 * The Poisson bootstrap: in each resample a user counts as often as a draw from the Poisson distribution of mean 1 says.
 *
 * The draw is a hash of (seed, user, resample). It depends neither on the other users nor on an order, so shards may draw
 * separately, and a user has the same weights on every day. It approximates drawing users with replacement (Chamandy,
 * Muralidharan, Najmi and Naidu, Estimating uncertainty for massive data streams, 2012).
 */
import { mixBits } from '../model/stable-hash.ts';

/** The number of resamples of every evaluation. */
export const RESAMPLES = 1000;

const TWO_TO_32 = 2 ** 32;
const TWO_TO_21 = 2 ** 21;
/** The golden ratio in 32 bits: its multiples are far apart (Knuth, The art of computer programming, volume 3, 6.4). */
const GOLDEN = 0x9e3779b9;
/** Salts, so that the choice of users says nothing about their weights. The values are arbitrary. */
const CHOICE_SALT = 0x3c6ef372;
const WEIGHT_SALT = 0x7f4a7c15;

/** Returns a hash, 0 to 2^32 - 1, of two numbers from 0 to 2^53 - 1 and a salt. */
function hashOf(seed: number, user: number, salt: number): number {
  let hash = salt;
  for (const number of [seed, user]) {
    const low = number >>> 0;
    const high = (number - low) / TWO_TO_32;
    hash = mixBits((hash ^ low) + GOLDEN);
    hash = mixBits((hash ^ high) + GOLDEN);
  }
  return hash >>> 0;
}

/**
 * Returns a hash, 0 to 2^53 - 1, that decides which users are a sample: those with the smallest hashes, ties by smaller id.
 * @param seed 0 to 2^53 - 1
 * @param user the user's id, 0 to 2^53 - 1
 */
export function userHash(seed: number, user: number): number {
  const first = hashOf(seed, user, CHOICE_SALT);
  const second = hashOf(seed, user, first);
  return first * TWO_TO_21 + (second >>> 11);
}

/** Row k holds 2^32 times the probability of at most k events. A hash below row k, and not below row k - 1, means k. */
const UP_TO = poissonTable();

function poissonTable(): Float64Array {
  const rows: number[] = [];
  // 1/e as a literal: `Math.exp` may differ in its last digit from one platform to another.
  let probability = 0.36787944117144233;
  let sum = 0;
  for (let events = 0; Math.floor(sum) < TWO_TO_32 - 1; events++) {
    if (events > 0) probability /= events;
    sum += TWO_TO_32 * probability;
    rows.push(Math.floor(sum));
  }
  rows[rows.length - 1] = TWO_TO_32;
  return Float64Array.from(rows);
}

/**
 * Draws the weights of one user.
 *
 * @param weights (resamples + 1): the first weight becomes 1, which stands for the users as they are; weight r is the draw of
 *   resample r
 * @param seed 0 to 2^53 - 1
 * @param user the user's id, 0 to 2^53 - 1
 */
export function drawWeights(weights: Float64Array, seed: number, user: number): void {
  // Two hashes, because among a million users some have one hash of 32 bits in common.
  const first = hashOf(seed, user, WEIGHT_SALT);
  const second = hashOf(seed, user, first);
  weights[0] = 1;
  for (let resample = 1; resample < weights.length; resample++) {
    const hash = mixBits(mixBits(first + Math.imul(resample, GOLDEN)) ^ second) >>> 0;
    let events = 0;
    while (hash >= UP_TO[events]!) events++;
    weights[resample] = events;
  }
}
