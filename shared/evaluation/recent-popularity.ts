/**
 * The recent popularity of an item: Σ over its positive actions of 2^(−age / 7), with the age in days at the end of the days that
 * are read. An action on the last day weighs about as much as two actions a week before it.
 *
 * It is a baseline of `evaluate`, and the lists of `recommendations` for users whom the model does not know.
 */
import { powerOfHalf } from '../kernels/power-of-half.ts';
import { MS_PER_DAY } from '../model/time.ts';

/** The days in which the weight of an action halves. */
const HALF_LIFE_DAYS = 7;

/**
 * Returns the recent popularity of an item, summed in float64 in order of time.
 *
 * @param times of its positive actions, ascending, in milliseconds since 1970
 * @param endMs the end of the last day that is read, in milliseconds since 1970
 */
export function recentPopularity(times: readonly number[], endMs: number): number {
  let sum = 0;
  for (const time of times) sum += powerOfHalf(Math.max(0, endMs - time) / MS_PER_DAY / HALF_LIFE_DAYS);
  return sum;
}
