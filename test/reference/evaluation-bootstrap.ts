/**
 * The Poisson bootstrap in the obvious way: a table of the weights of all users, and for each resample a loop over the users.
 * The hash is that of `shared/evaluation/resampling.ts`, written down once more.
 */
import type { Estimate } from '../../shared/evaluation/intervals.ts';

const RESAMPLES = 1000;
const FEWEST_USERS = 50;

const choiceSalt = 0x3c6ef372;
const weightSalt = 0x7f4a7c15;
const golden = 0x9e3779b9;

/** The finalizer of MurmurHash3. */
function mixed(word: number): number {
  let hash = word >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hashOf(seed: number, user: number, salt: number): number {
  const words = [seed % 2 ** 32, Math.floor(seed / 2 ** 32), user % 2 ** 32, Math.floor(user / 2 ** 32)];
  return words.reduce((hash, word) => mixed(((hash ^ word) >>> 0) + golden), salt);
}

/** The first 32 bits of the choice of test users, and the 21 bits behind them. */
export function choiceHash(seed: number, user: number): number {
  const first = hashOf(seed, user, choiceSalt);
  return first * 2 ** 21 + Math.floor(hashOf(seed, user, first) / 2 ** 11);
}

/** Returns the number of events of a Poisson distribution of mean 1, whose distribution function passes `hash` / 2^32. */
function poisson(hash: number): number {
  let probability = 1 / Math.E;
  let sum = 2 ** 32 * probability;
  let events = 0;
  while (events < 11 && hash >= Math.floor(sum)) {
    events++;
    probability /= events;
    sum += 2 ** 32 * probability;
  }
  return events;
}

/** Returns the weights of a user in all resamples. */
export function weightsOf(seed: number, user: number): number[] {
  const first = hashOf(seed, user, weightSalt);
  const second = hashOf(seed, user, first);
  return Array.from({ length: RESAMPLES }, (_, at) => {
    const step = Math.imul(at + 1, golden) >>> 0;
    return poisson(mixed((mixed(first + step) ^ second) >>> 0));
  });
}

/** Returns the mean of the values, and the interval of its resamples. @param weights (users, resamples) */
export function estimatePlainly(values: readonly number[], weights: readonly (readonly number[])[]): Estimate {
  if (values.length === 0) return { mean: null, low: null, high: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < FEWEST_USERS) return { mean, low: null, high: null };
  const means: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let [sum, total] = [0, 0];
    for (const [user, value] of values.entries()) {
      sum += weights[user]![resample]! * value;
      total += weights[user]![resample]!;
    }
    if (total > 0) means.push(sum / total);
  }
  means.sort((a, b) => a - b);
  return { mean, low: percentilePlainly(means, 2.5), high: percentilePlainly(means, 97.5) };
}

/** The percentile of sorted values, between the two nearest ones in proportion. */
export function percentilePlainly(sorted: readonly number[], percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const part = place - Math.floor(place);
  return (1 - part) * sorted[Math.floor(place)]! + part * sorted[Math.ceil(place)]!;
}
