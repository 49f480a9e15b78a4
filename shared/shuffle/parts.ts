/** The parts of an output that is written by user: how many there are, and whose lines stand in which. */
import { bucketOf, hashId } from '../model/stable-hash.ts';
import type { BucketRange } from './buckets.ts';

const RECORDS_A_PART = 2 ** 20;

/** The number of parts of an output with so many records. */
export const partCount = (records: number): number => 1 + Math.floor(records / RECORDS_A_PART);

/** The part of a user. */
export const partOf = (user: number, parts: number): number => bucketOf(hashId(user), parts);

/** The buckets that hold the users of part `part`: `from` up to, not including, `to`; the first and last in part only. */
export const bucketsOfPart = (part: number, parts: number, buckets: number): BucketRange => ({
  from: Math.floor((part * buckets) / parts),
  to: Math.ceil(((part + 1) * buckets) / parts),
});
