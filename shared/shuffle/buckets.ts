/**
 * Buckets are the units of a shuffle by id. An id's bucket follows from its hash, so buckets have similar sizes for any ids.
 * The number of buckets follows from the input's size alone, so it is the same for any number of shards.
 *
 * *Layout order* is the order by bucket, then by id.
 */
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { bucketOf, hashId } from '../model/stable-hash.ts';

/** The bytes of text for each bucket of a large input: thousands of records, so that the cost of a bucket itself is small. */
const BUCKET_BYTES = 1 << 22;
const MAX_BUCKETS = 1 << 16;
/** A small input is cut finer, into at most SMALL_BUCKETS buckets, because shards consist of buckets. */
const SMALL_BUCKET_BYTES = 1 << 17;
const SMALL_BUCKETS = 16;

/** The buckets `from` (inclusive) to `to` (exclusive). */
export type BucketRange = { readonly from: number; readonly to: number };

/** Returns the number of buckets, a power of two. @param inputBytes the text to read (`weightOfAll`) */
export function bucketCount(inputBytes: number): number {
  const fine = Math.min(SMALL_BUCKETS, powerOfTwoFrom(inputBytes / SMALL_BUCKET_BYTES));
  return Math.min(MAX_BUCKETS, Math.max(fine, powerOfTwoFrom(inputBytes / BUCKET_BYTES)));
}

function powerOfTwoFrom(least: number): number {
  let power = 1;
  while (power < least) power *= 2;
  return power;
}

/** Returns the bucket of an id, 0 to buckets − 1. */
export const bucketOfId = (id: number, buckets: number): number => bucketOf(hashId(id), buckets);

/** True when `a` is before `b` in layout order. */
export function isBefore(a: number, b: number, buckets: number): boolean {
  const bucketA = bucketOfId(a, buckets);
  const bucketB = bucketOfId(b, buckets);
  return bucketA < bucketB || (bucketA === bucketB && a < b);
}

/** Sorts distinct ids in layout order. The ids of bucket b are `ids[offsets[b], offsets[b + 1])`. */
export function inLayoutOrder(
  ids: Float64Array,
  buckets: number,
): { ids: Float64Array; offsets: Uint32Array<ArrayBuffer> } {
  const ascending = Float64Array.from(ids).sort();
  const bucket = Uint32Array.from(ascending, (id) => bucketOfId(id, buckets));
  const offsets = offsetsOf(bucket, buckets);
  return { ids: permuted(ascending, orderBy(bucket, offsets)), offsets };
}

/** Cuts buckets into at most `count` contiguous ranges of about equal weight. No range is empty. */
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
    // The range ends when it has its share, or when each of the remaining buckets is needed for its own range.
    if (wanted > 0 && (seen >= (total * (ranges.length + 1)) / count || left <= wanted)) {
      ranges.push({ from, to: bucket + 1 });
      from = bucket + 1;
    }
  }
  if (from < weights.length) ranges.push({ from, to: weights.length });
  return ranges;
}
