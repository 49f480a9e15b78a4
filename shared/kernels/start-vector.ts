/**
 * Start vectors of ALS: standard normal, scaled to unit length, from the seed and the id alone.
 *
 * Random words are Philox-4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", 2011)
 * with the seed as the key and (id, block) as the counter, so no two ids share a stream. Normals come from Marsaglia's
 * polar method with a logarithm in plain arithmetic: Math.log may differ in its last bit between platforms.
 */

/** Writes the Philox-4x32-10 block of a counter (c0…c3) and a key (k0,k1), 32-bit words all, to `words`. */
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

/** The upper 32 bits of the 64-bit product of two unsigned words, from 16-bit halves: no sum passes 2^32. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** 1/21, 1/19, …, 1: where |t| ≤ 0.172 the first term left out, t^22 / 23, is below 1e-18. */
const ODD_PARTS = Float64Array.from({ length: 11 }, (_, term) => 1 / (21 - 2 * term));

/** ln s for 0 < s < 1, by ln(m 2^e) = e ln 2 + 2 artanh((m - 1) / (m + 1)), √½ ≤ m < √2: within 1e-14 relative error. */
export function naturalLog(s: number): number {
  let exponent = 0;
  let m = s;
  for (; m < Math.SQRT1_2; m *= 2) exponent--;
  const t = (m - 1) / (m + 1);
  const square = t * t;
  let series = 0;
  for (let term = 0; term < ODD_PARTS.length; term++) series = series * square + ODD_PARTS[term]!;
  return exponent * Math.LN2 + 2 * t * series;
}

/**
 * Writes the start vector of `id` (0 to 2^53 - 1) at out[offset … offset + rank - 1], as float32. `seed` is any safe
 * integer; the same vector comes for the same (seed, id, rank) on every platform.
 */
export function startVector(seed: number, id: number, rank: number, out: Float32Array, offset: number): void {
  const vector = standardNormals(seed, id, rank);
  let squares = 0;
  for (let f = 0; f < rank; f++) squares += vector[f]! * vector[f]!;
  const length = Math.sqrt(squares);
  for (let f = 0; f < rank; f++) out[offset + f] = vector[f]! / length;
}

/** Those of the vector at hand, and more. */
let normals = new Float64Array(64);
const words = new Uint32Array(4);

/** The first `count` of what comes back, until it is called again. */
function standardNormals(seed: number, id: number, count: number): Float64Array {
  if (count > normals.length) normals = new Float64Array(count);
  const found = normals;
  const [idHigh, seedHigh] = [Math.floor(id / 2 ** 32), Math.floor(seed / 2 ** 32)];
  for (let block = 0, at = 0; at < count; block++) {
    philox(id | 0, idHigh, block, 0, seed | 0, seedHigh, words);
    for (let pair = 0; pair < 4 && at < count; pair += 2) {
      const u = symmetric(words[pair]!);
      const v = symmetric(words[pair + 1]!);
      const s = u * u + v * v;
      if (s >= 1) continue;
      const factor = Math.sqrt((-2 * naturalLog(s)) / s);
      found[at++] = u * factor;
      if (at < count) found[at++] = v * factor;
    }
  }
  return found;
}

/** A word as a number in (-1, 1), never 0. */
const symmetric = (word: number): number => (word + 0.5) / 2 ** 31 - 1;
