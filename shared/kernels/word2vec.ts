/**
 * Skip-gram with hierarchical softmax on typed arrays, independent of items, sessions, partitions and files.
 *
 * Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space" (2013), as in
 * `word2vec.c`. *V words, D vector size, Dp = D rounded up to a multiple of 8.* Each word of a sentence is the centre once.
 * The words around it, within a window that is shrunk at random, are its contexts. The centre's path through the Huffman
 * tree trains each context's vector:
 *
 *     for each step (node n, code) of the path:  gain = (1 - code - sigmoid(x · n)) × rate;   x' += gain n;   n += gain x
 *     x = x + x'
 *
 * With `sharedPath` four contexts at a time take the path together: each of the four reads the nodes as they were before all
 * four. The contexts that are left over take the path one by one. Tests compare this code with the plain version in
 * `test/reference/word2vec.ts`.
 */
import { type SkipGramExports, type SkipGramOptions, skipGramMemory } from './word2vec-memory.ts';

export { paddedSize, type SkipGramOptions, skipGramMemoryMb } from './word2vec-memory.ts';
export { sessionDraw, startWordVector, windowKey } from './word2vec-random.ts';
export { type HuffmanTree, huffmanTree } from './word2vec-tree.ts';

/** The mark that is added to the last word of a sentence. */
export const SENTENCE_END = 0x8000_0000;

/** The learning rate falls linearly with the words of the whole training, down to 0.0001 of its start. */
export interface Pace {
  /** The learning rate at the beginning of the whole training. */
  readonly startRate: number;
  /** The words of the whole training, over all epochs. */
  readonly totalWords: number;
  /** The words of the whole training that come before the first one trained at this pace. */
  readonly doneWords: number;
  /** The number of words of the whole training that each word trained here stands for. */
  readonly wordsEach: number;
}

export class SkipGram {
  readonly #kernel: SkipGramExports;
  /** (V,Dp), the padding 0: the words' vectors. */
  readonly input: Float32Array;
  /** (V,Dp), the padding 0: the inner nodes' vectors, the last row unused. */
  readonly inner: Float32Array;
  /** The caller fills this with whole sentences before `train`, and adds SENTENCE_END to the last word of each. */
  readonly words: Uint32Array;

  /** @throws LimitError when the model would pass `memoryMb` */
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
   * Trains the first `count` of `words`. The last of them must end a sentence.
   *
   * @param before the number of words that were already trained at this pace
   * @param position the position of the first word: `key` and a word's position (modulo 2^32) draw its window
   * @throws RangeError when the last word ends no sentence
   */
  train(count: number, before: number, position: number, key: number): void {
    if (count === 0) return;
    if (this.words[count - 1]! < SENTENCE_END) throw new RangeError(`word ${count - 1} ends no sentence`);
    this.#kernel.train(count, before, position, key);
  }
}
