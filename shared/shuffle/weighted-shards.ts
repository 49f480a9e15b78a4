/** Cuts buckets into shards by weight. */
import type { Run } from '../job/job.ts';
import { shardCount } from '../job/shard-count.ts';
import { type BucketRange, cutBuckets } from './buckets.ts';

/**
 * Cuts buckets into contiguous ranges of about equal weight: as many as were asked for, else as many as hold `capacity` each.
 * Without buckets it returns one empty range.
 *
 * @param weights one for each bucket
 * @param growth as for `shardCount`
 */
export function shardsByWeight(
  run: Pick<Run, 'shards' | 'onLoad'>,
  weights: Float64Array,
  capacity: number,
  growth?: number,
): BucketRange[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const ranges = cutBuckets(weights, shardCount(run, total, capacity, growth));
  return ranges.length === 0 ? [{ from: 0, to: 0 }] : ranges;
}
