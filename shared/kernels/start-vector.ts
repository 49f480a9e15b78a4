/**
 * Start vectors of ALS: standard normal, scaled to unit length, from the seed and the id alone.
 *
 * The random words come from Philox, and the normals from Marsaglia's polar method.
 */
import { naturalLog } from './natural-log.ts';
import { inOpenInterval, PURPOSES, philox, upperWord } from './philox.ts';

/**
 * Writes the start vector of `id` (0 to 2^53 - 1) to out[offset … offset + rank - 1], as float32. `seed` is any safe
 * integer. The same (seed, id, rank) gives the same vector on every platform.
 */
export function startVector(seed: number, id: number, rank: number, out: Float32Array, offset: number): void {
  const vector = standardNormals(seed, id, rank);
  let squares = 0;
  for (let f = 0; f < rank; f++) squares += vector[f]! * vector[f]!;
  const length = Math.sqrt(squares);
  for (let f = 0; f < rank; f++) out[offset + f] = vector[f]! / length;
}

/** The array that `standardNormals` returns and overwrites. */
let normals = new Float64Array(64);
const words = new Uint32Array(4);

/** Returns an array whose first `count` numbers are standard normal. The next call overwrites it. */
function standardNormals(seed: number, id: number, count: number): Float64Array {
  if (count > normals.length) normals = new Float64Array(count);
  const found = normals;
  const [idHigh, seedHigh] = [upperWord(id), upperWord(seed)];
  for (let block = 0, at = 0; at < count; block++) {
    philox(id | 0, idHigh, block, PURPOSES.alsStartVectors, seed | 0, seedHigh, words);
    for (let pair = 0; pair < 4 && at < count; pair += 2) {
      const u = inOpenInterval(words[pair]!);
      const v = inOpenInterval(words[pair + 1]!);
      const s = u * u + v * v;
      if (s >= 1) continue;
      const factor = Math.sqrt((-2 * naturalLog(s)) / s);
      found[at++] = u * factor;
      if (at < count) found[at++] = v * factor;
    }
  }
  return found;
}
