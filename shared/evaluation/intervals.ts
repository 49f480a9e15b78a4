/** Means with 95 % intervals from the sums of resamples. */

/** With fewer users than this, resamples say little about other users, and there is no interval. */
export const FEWEST_USERS = 50;

/** The percentiles of a 95 % interval, as shares. */
const LOW = 0.025;
const HIGH = 0.975;

/** A mean and its 95 % interval. The mean of no user is null, and with few users there is no interval. */
export type Estimate = { readonly mean: number | null; readonly low: number | null; readonly high: number | null };

export const NO_ESTIMATE: Estimate = { mean: null, low: null, high: null };

/**
 * Returns the estimate of a value that each resample has.
 *
 * @param users the number of users behind the values
 * @param values the values of the resamples (resamples + 1): first the value of the users as they are. Resamples that give
 *   no value, because no user has a weight, are NaN
 */
export function estimateOf(users: number, values: Float64Array): Estimate {
  const mean = values[0]!;
  if (Number.isNaN(mean)) return NO_ESTIMATE;
  if (users < FEWEST_USERS) return { mean, low: null, high: null };
  const resampled = values.subarray(1).filter((value) => !Number.isNaN(value));
  resampled.sort();
  return { mean, low: percentile(resampled, LOW), high: percentile(resampled, HIGH) };
}

/** Returns a percentile by linear interpolation between the two nearest values, as numpy does; null of no values. */
function percentile(sorted: Float64Array, share: number): number | null {
  if (sorted.length === 0) return null;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const value = sorted[below]!;
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return value + (next - value) * (place - below);
}
