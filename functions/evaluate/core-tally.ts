/**
 * The statistics of the items that are known in training.
 *
 *     popularity = the number of distinct users with a positive action on the item
 *     recent popularity = Σ over its positive actions of 2^(−age / 7)      age in days, to the end of the last training day
 *
 * *I items.*
 */
import { powerOfHalf } from '../../shared/kernels/power-of-half.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import type { GroupedRuns } from '../../shared/shuffle/join-runs.ts';
import { FIRST_POSITIVE, type ItemColumn, MET } from './core-split.ts';

/** The days in which the weight of an action halves. */
const HALF_LIFE_DAYS = 7;

export interface Tally {
  /** (I) ids of the known items. */
  readonly ids: Float64Array;
  /** (I) */
  readonly popularity: Float64Array;
  /** (I) summed in float64 in order of time. */
  readonly recent: Float64Array;
}

/** @param endMs the end of the last training day, in milliseconds since 1970 */
export function tallyItems({ ids, starts, columns }: GroupedRuns<ItemColumn>, endMs: number): Tally {
  const popularity = new Float64Array(ids.length);
  const recent = new Float64Array(ids.length);
  const [times, kinds] = [columns.get('times'), columns.get('kinds')];
  for (let item = 0; item < ids.length; item++) {
    const own: number[] = [];
    for (let row = starts[item]!; row < starts[item + 1]!; row++) {
      const kind = kinds![row]!;
      if (kind === FIRST_POSITIVE) popularity[item]!++;
      if (kind !== MET) own.push(times![row]!);
    }
    recent[item] = recencyOf(
      own.sort((a, b) => a - b),
      endMs,
    );
  }
  return { ids, popularity, recent };
}

/** @param times ascending */
function recencyOf(times: readonly number[], endMs: number): number {
  let sum = 0;
  for (const time of times) sum += powerOfHalf(Math.max(0, endMs - time) / MS_PER_DAY / HALF_LIFE_DAYS);
  return sum;
}
