/** The parts of an output that is written by user: their number, and the users of each part. */
import { bucketOf, hashId } from '../model/stable-hash.ts';
import type { BucketRange } from './buckets.ts';

const RECORDS_A_PART = 2 ** 20;

/** Returns the number of parts of an output with so many records. */
export const partCount = (records: number): number => 1 + Math.floor(records / RECORDS_A_PART);

/** Returns the part that has a user's lines. */
export const partOf = (user: number, parts: number): number => bucketOf(hashId(user), parts);

/** Returns the buckets with the users of part `part`. The first and the last bucket may also have users of other parts. */
export const bucketsOfPart = (part: number, parts: number, buckets: number): BucketRange => ({
  from: Math.floor((part * buckets) / parts),
  to: Math.ceil(((part + 1) * buckets) / parts),
});
