/**
 * Skip-gram with hierarchical softmax on typed arrays, with no idea of items, sessions, partitions or files.
 *
 * Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space" (2013), as in
 * `word2vec.c`. *V words, D vector size, Dp = D rounded up to a multiple of 8.* Each word of a sentence is the centre once;
 * the words around it are its contexts, as far as a window shrunk at random. The centre's path through the Huffman tree
 * trains each context's vector:
 *
 *     for each step (node n, code) of the path:  gain = (1 - code - sigmoid(x · n)) × rate;   x' += gain n;   n += gain x
 *     x = x + x'
 *
 * With `sharedPath` contexts take the path four at a time, and those that are left over one by one: each of the four meets
 * the nodes as they were before all four. `test/reference/word2vec.ts` is the obvious version that this one is raced against.
 */
import { type SkipGramExports, type SkipGramOptions, skipGramMemory } from './word2vec-memory.ts';

export { paddedSize, type SkipGramOptions, skipGramMemoryMb } from './word2vec-memory.ts';
export { sessionDraw, startWordVector, windowKey } from './word2vec-random.ts';
export { type HuffmanTree, huffmanTree } from './word2vec-tree.ts';

/** Added to the last word of a sentence. */
export const SENTENCE_END = 0x8000_0000;

/** How the learning rate falls, linearly with the words of the whole training, to 0.0001 of itself. */
export interface Pace {
  /** At the very beginning of the whole training. */
  readonly startRate: number;
  /** Words of the whole training, all epochs. */
  readonly totalWords: number;
  /** Those done before the first one that is trained at this pace. */
  readonly doneWords: number;
  /** How many words of the whole training one word trained here stands for. */
  readonly wordsEach: number;
}

export class SkipGram {
  readonly #kernel: SkipGramExports;
  /** (V,Dp), the padding 0: the words' vectors. */
  readonly input: Float32Array;
  /** (V,Dp), the padding 0: the inner nodes' vectors, the last row unused. */
  readonly inner: Float32Array;
  /** To be filled with whole sentences before `train`; each one's last word with SENTENCE_END added. */
  readonly words: Uint32Array;

  /** @throws LimitError where the model would pass `memoryMb` */
  static create(options: SkipGramOptions): SkipGram {
    return new SkipGram(options);
  }

  private constructor(options: SkipGramOptions) {
    const { kernel, input, inner, words } = skipGramMemory(options);
    this.#kernel = kernel;
    this.input = input;
    this.inner = inner;
    this.words = words;
  }

  setPace({ startRate, totalWords, doneWords, wordsEach }: Pace): void {
    this.#kernel.setPace(startRate, totalWords, doneWords, wordsEach);
  }

  /**
   * Trains the first `count` of `words`, which end a sentence.
   *
   * @param before words that were trained at this pace before
   * @param position of the first word: the window of a word follows from `key` and its position (modulo 2^32)
   */
  train(count: number, before: number, position: number, key: number): void {
    if (count === 0) return;
    if (this.words[count - 1]! < SENTENCE_END) throw new RangeError(`word ${count - 1} ends no sentence`);
    this.#kernel.train(count, before, position, key);
  }
}
