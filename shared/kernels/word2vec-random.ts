/** What word2vec draws at random: from the seed and what it is drawn for alone, so that no shard and no order matters. */
import { philox } from './start-vector.ts';

/** The last word of Philox's counter says what is drawn; 0 are the start vectors of ALS. */
const START_VECTORS = 1;
const WINDOWS = 2;
const SESSIONS = 3;

const upper = (value: number): number => Math.floor(value / 2 ** 32);

/**
 * Writes the start vector of item `id` at out[offset … offset + size - 1]: float32, even in (-1, 1) / size, as gensim
 * has it (`word2vec.c`: half of that, which learns more slowly). `seed` is any safe integer.
 */
export function startWordVector(seed: number, id: number, size: number, out: Float32Array, offset: number): void {
  const words = new Uint32Array(4);
  for (let f = 0; f < size; f++) {
    if (f % 4 === 0) philox(id | 0, upper(id), f >>> 2, START_VECTORS, seed | 0, upper(seed), words);
    out[offset + f] = ((words[f % 4]! + 0.5) / 2 ** 31 - 1) / size;
  }
}

/** The key of all windows that one partition draws in one epoch, 0 to 2^32 - 1. */
export function windowKey(seed: number, epoch: number, partition: number): number {
  const words = new Uint32Array(4);
  philox(epoch, partition, 0, WINDOWS, seed | 0, upper(seed), words);
  return words[0]!;
}

/** Even in [0, 1): what decides when session number `session` is trained. */
export function sessionDraw(seed: number, session: number): number {
  const words = new Uint32Array(4);
  philox(session | 0, upper(session), 0, SESSIONS, seed | 0, upper(seed), words);
  return words[0]! / 2 ** 32;
}
