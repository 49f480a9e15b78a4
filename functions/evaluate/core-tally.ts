/**
 * The statistics of the items that are known in training.
 *
 *     popularity = the number of distinct users with a positive action on the item
 *     recent popularity: see `shared/evaluation/recent-popularity.ts`, up to the end of the last training day
 *
 * *I items.*
 */
import { recentPopularity } from '../../shared/evaluation/recent-popularity.ts';
import type { GroupedRuns } from '../../shared/shuffle/join-runs.ts';
import { FIRST_POSITIVE, type ItemColumn, MET } from './core-split.ts';

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
    recent[item] = recentPopularity(
      own.sort((a, b) => a - b),
      endMs,
    );
  }
  return { ids, popularity, recent };
}
