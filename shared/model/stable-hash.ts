/**
 * Hashes that decide where records go. They are part of the output's layout: never change them.
 *
 * The mixing step is the finalizer of MurmurHash3 (Appleby): each bit of the input changes each bit of the result with a
 * chance near one half.
 */
const TWO_TO_32 = 2 ** 32;

function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** A hash, 0 to 2^32 - 1, of both halves of an id from 0 to 2^53 - 1. */
export function hashId(id: number): number {
  const low = id >>> 0;
  const high = (id - low) / TWO_TO_32;
  return mix(mix(low + 0x9e3779b9) ^ Math.imul(high + 1, 0x85ebca77)) >>> 0;
}

/** A hash, 0 to 2^32 - 1, of `bytes[start, end)`, four bytes at a time. */
export function hashBytes(bytes: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = turned(hash, bytes.getInt32(at, true));
  for (; at < end; at++) hash = turned(hash, bytes.getUint8(at));
  return mix(hash) >>> 0;
}

function turned(hash: number, word: number): number {
  return Math.imul((hash ^ word) + ((hash << 13) | (hash >>> 19)), 0x9e3779b1);
}

/** The bucket of a hash: its place when the range of hashes is cut into `buckets` equal ones, in order. */
export function bucketOf(hash: number, buckets: number): number {
  return Math.floor((hash * buckets) / TWO_TO_32);
}
