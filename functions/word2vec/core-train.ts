/** Trains a stream of sentences, whatever pieces they come in. */
import { SENTENCE_END, type SkipGram } from '../../shared/kernels/word2vec.ts';

/** Where a stream of words begins. */
export interface StreamStart {
  /** Words trained at this pace before. */
  readonly before: number;
  /** Of the first word among the partition's. */
  readonly position: number;
  /** Of the partition's windows in this epoch. */
  readonly key: number;
}

/**
 * Trains all words of a stream; its end is a sentence's end. The bytes do not depend on the pieces.
 * @returns how many there were
 */
export async function trainStream(
  trainer: SkipGram,
  pieces: AsyncIterable<Uint32Array>,
  { before, position, key }: StreamStart,
): Promise<number> {
  const { words } = trainer;
  let held = 0;
  let done = 0;
  /** Trains the whole sentences that are held, and keeps the beginning of another. */
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

/** Words up to the last sentence's end among the first `held`. */
function wholeSentences(words: Uint32Array, held: number): number {
  let count = held;
  while (count > 0 && words[count - 1]! < SENTENCE_END) count--;
  return count;
}
