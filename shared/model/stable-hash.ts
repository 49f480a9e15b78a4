/**
 * Hashes that decide where records go. They are part of the output's layout: never change them.
 */
const TWO_TO_21 = 2 ** 21;
const TWO_TO_32 = 2 ** 32;

/**
 * The finalizer of MurmurHash3 (Appleby) on 32 bits: each bit of the input changes each bit of the result with a probability
 * near one half.
 */
export function mixBits(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Returns a hash, 0 to 2^32 - 1, of both halves of an id from 0 to 2^53 - 1. */
export function hashId(id: number): number {
  const low = id >>> 0;
  const high = (id - low) / TWO_TO_32;
  return mixBits(mixBits(low + 0x9e3779b9) ^ Math.imul(high + 1, 0x85ebca77)) >>> 0;
}

/**
 * Returns a hash, 0 to 2^53 - 1, of an id of the same range. It mixes the halves of the id twice with 32 bits each. The hash
 * is part of the format of sketches, so it must not change.
 */
export function sketchHash(id: number): number {
  const low = id >>> 0;
  const high = (id - low) / TWO_TO_32;
  const first = mixBits((low + 0x9e3779b9) ^ Math.imul(high + 1, 0x85ebca77)) >>> 0;
  const second = mixBits(first ^ Math.imul(low + 0x27d4eb2f, 0x165667b1));
  return first * TWO_TO_21 + (second >>> 11);
}

/** Returns a hash, 0 to 2^32 - 1, of `bytes[start, end)`. It takes four bytes at a time. */
export function hashBytes(bytes: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = withWord(hash, bytes.getInt32(at, true));
  for (; at < end; at++) hash = withWord(hash, bytes.getUint8(at));
  return mixBits(hash) >>> 0;
}

function withWord(hash: number, word: number): number {
  return Math.imul((hash ^ word) + ((hash << 13) | (hash >>> 19)), 0x9e3779b1);
}

/** Returns the bucket of a hash, 0 to `buckets - 1`: the range of hashes is cut into `buckets` equal ranges, in order. */
export function bucketOf(hash: number, buckets: number): number {
  return Math.floor((hash * buckets) / TWO_TO_32);
}
