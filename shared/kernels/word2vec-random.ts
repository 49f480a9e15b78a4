/**
 * The random draws of word2vec. A draw follows from the seed and its own purpose alone, so shards and order do not matter.
 * Every `seed` is a safe integer.
 */
import { inOpenInterval, PURPOSES, philox, upperWord } from './philox.ts';

/**
 * Writes the start vector of item `id` to out[offset … offset + size - 1]: float32, uniform in (-1, 1) / size, as in
 * gensim. The range of `word2vec.c` is half as wide, which learns more slowly.
 */
export function startWordVector(seed: number, id: number, size: number, out: Float32Array, offset: number): void {
  const words = new Uint32Array(4);
  for (let f = 0; f < size; f++) {
    if (f % 4 === 0)
      philox(id | 0, upperWord(id), f >>> 2, PURPOSES.wordStartVectors, seed | 0, upperWord(seed), words);
    out[offset + f] = inOpenInterval(words[f % 4]!) / size;
  }
}

/** Returns the key of all windows that one partition draws in one epoch, 0 to 2^32 - 1. */
export function windowKey(seed: number, epoch: number, partition: number): number {
  const words = new Uint32Array(4);
  philox(epoch, partition, 0, PURPOSES.windows, seed | 0, upperWord(seed), words);
  return words[0]!;
}

/** Returns a number, uniform in [0, 1), that decides when session number `session` is trained. */
export function sessionDraw(seed: number, session: number): number {
  const words = new Uint32Array(4);
  philox(session | 0, upperWord(session), 0, PURPOSES.sessions, seed | 0, upperWord(seed), words);
  return words[0]! / 2 ** 32;
}
