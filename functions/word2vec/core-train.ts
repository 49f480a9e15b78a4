/** Trains a stream of sentences that arrives in pieces of any length. */
import { SENTENCE_END, type SkipGram } from '../../shared/kernels/word2vec.ts';

/** The beginning of a stream of words. */
export interface StreamStart {
  /** The number of words that were trained at this pace before. */
  readonly before: number;
  /** The position of the first word among all words of the partition. */
  readonly position: number;
  /** The key of the random draws of the partition's windows in this epoch. */
  readonly key: number;
}

/**
 * Trains all words of a stream, whose end is the end of a sentence. The result does not depend on the pieces.
 * @returns the number of words
 */
export async function trainStream(
  trainer: SkipGram,
  pieces: AsyncIterable<Uint32Array>,
  { before, position, key }: StreamStart,
): Promise<number> {
  const { words } = trainer;
  let held = 0;
  let done = 0;
  /** Trains the whole sentences that are held, and keeps the beginning of the next one. */
  const flush = (): void => {
    const count = wholeSentences(words, held);
    const rest = words.slice(count, held);
    trainer.train(count, before + done, position + done, key);
    words.set(rest);
    done += count;
    held = rest.length;
  };
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const taken = Math.min(piece.length - at, words.length - held);
      words.set(piece.subarray(at, at + taken), held);
      held += taken;
      at += taken;
      if (held === words.length) flush();
    }
  }
  flush();
  return done;
}

/** Returns the number of words up to the last end of a sentence among the first `held` words. */
function wholeSentences(words: Uint32Array, held: number): number {
  let count = held;
  while (count > 0 && words[count - 1]! < SENTENCE_END) count--;
  return count;
}
