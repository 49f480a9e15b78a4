/**
 * Random words by Philox-4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", 2011).
 *
 * A block of four words follows from a key and a counter alone. With the seed as the key, and an id as part of the counter,
 * no two ids share a stream, and no shard and no order of drawing changes a word.
 */

/** The last word of the counter is the purpose of a draw, so that no two purposes draw the same words. */
export const PURPOSES = {
  alsStartVectors: 0,
  wordStartVectors: 1,
  windows: 2,
  sessions: 3,
} as const;

/** Writes to `words` (4) the Philox-4x32-10 block of a counter (c0…c3) and a key (k0,k1); all are 32-bit words. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  words: Uint32Array,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low0 = Math.imul(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** Returns the upper 32 bits of the 64-bit product of two unsigned words. With 16-bit halves no sum passes 2^32. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Returns the upper 32 bits of a safe integer; `value | 0` is the lower 32. */
export const upperWord = (value: number): number => Math.floor(value / 2 ** 32);

/** Returns a word, 0 to 2^32 - 1, as a number in (-1, 1) that is never 0. */
export const inOpenInterval = (word: number): number => (word + 0.5) / 2 ** 31 - 1;
