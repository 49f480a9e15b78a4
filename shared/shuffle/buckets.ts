/**
 * Buckets: the grain of a shuffle by id. An id's bucket follows from its hash, so buckets are of like size whatever the
 * ids look like; their number follows from the input's size alone, so that any cut into shards finds the same buckets.
 *
 * *Layout order* is (bucket, id).
 */
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { bucketOf, hashId } from '../model/stable-hash.ts';

/** Text that one bucket of a large input stands for, bytes: thousands of records, so that its own costs do not show. */
const BUCKET_BYTES = 1 << 22;
const MAX_BUCKETS = 1 << 16;
/** A small input is cut finer, up to so many buckets: shards need buckets to be made of. */
const SMALL_BUCKET_BYTES = 1 << 17;
const SMALL_BUCKETS = 16;

/** Buckets `from` up to, not including, `to`. */
export type BucketRange = { readonly from: number; readonly to: number };

/** A power of two. `inputBytes`: the text to be read (`weightOfAll`). */
export function bucketCount(inputBytes: number): number {
  const fine = Math.min(SMALL_BUCKETS, powerOfTwoFrom(inputBytes / SMALL_BUCKET_BYTES));
  return Math.min(MAX_BUCKETS, Math.max(fine, powerOfTwoFrom(inputBytes / BUCKET_BYTES)));
}

function powerOfTwoFrom(least: number): number {
  let power = 1;
  while (power < least) power *= 2;
  return power;
}

/** 0 to buckets − 1. */
export const bucketOfId = (id: number, buckets: number): number => bucketOf(hashId(id), buckets);

/** Whether `a` stands before `b` in layout order. */
export function isBefore(a: number, b: number, buckets: number): boolean {
  const bucketA = bucketOfId(a, buckets);
  const bucketB = bucketOfId(b, buckets);
  return bucketA < bucketB || (bucketA === bucketB && a < b);
}

/** Distinct ids put in layout order, and where the ids of each bucket begin: `offsets` (buckets + 1). */
export function inLayoutOrder(
  ids: Float64Array,
  buckets: number,
): { ids: Float64Array; offsets: Uint32Array<ArrayBuffer> } {
  const ascending = Float64Array.from(ids).sort();
  const bucket = Uint32Array.from(ascending, (id) => bucketOfId(id, buckets));
  const offsets = offsetsOf(bucket, buckets);
  return { ids: permuted(ascending, orderBy(bucket, offsets)), offsets };
}

/** Cuts buckets into contiguous ranges of about equal weight: at most `count`, none empty of buckets. */
export function cutBuckets(weights: ArrayLike<number>, count: number): BucketRange[] {
  let total = 0;
  for (let bucket = 0; bucket < weights.length; bucket++) total += weights[bucket]!;
  const ranges: BucketRange[] = [];
  let from = 0;
  let seen = 0;
  for (let bucket = 0; bucket < weights.length; bucket++) {
    seen += weights[bucket]!;
    const left = weights.length - bucket - 1;
    const wanted = count - ranges.length - 1;
    // Close the range when it has its share, or when every bucket left is needed for a range of its own.
    if (wanted > 0 && (seen >= (total * (ranges.length + 1)) / count || left <= wanted)) {
      ranges.push({ from, to: bucket + 1 });
      from = bucket + 1;
    }
  }
  if (from < weights.length) ranges.push({ from, to: weights.length });
  return ranges;
}
