/**
 * The WebAssembly memory of one skip-gram trainer: its parts, its size, and the kernel that works on it.
 *
 * The size follows from the options alone and never grows. For V = 100,000 words of 200 dimensions: the two matrices of
 * (V,Dp) float32 take 153 MiB, the paths about 7 MiB, and a batch of words 1 MiB.
 */
import { instantiate } from './instantiate.ts';
import { FLOAT_BYTES, layOut, paddedLength, requireMemory } from './memory-layout.ts';
import { sigmoids } from './word2vec-sigmoids.ts';
import type { HuffmanTree } from './word2vec-tree.ts';

/** Byte offsets into the memory; see `assembly/word2vec.ts`. */
export interface SkipGramExports {
  place(
    rowBytes: number,
    window: number,
    sharedPath: boolean,
    input: number,
    inner: number,
    pathStarts: number,
    paths: number,
    words: number,
    sigmoids: number,
    contexts: number,
    scratch: number,
  ): void;
  setPace(rate: number, totalWords: number, doneWords: number, wordsEach: number): void;
  train(count: number, before: number, position: number, key: number): void;
  shrinkage(key: number, position: number): number;
}

export interface SkipGramOptions {
  /** The tree over the V words. */
  readonly tree: HuffmanTree;
  /** D. */
  readonly vectorSize: number;
  /** The words on each side of the centre that are its contexts, before the window is shrunk. */
  readonly window: number;
  /** True when four contexts at a time take the centre's path together. */
  readonly sharedPath: boolean;
  /** The most that this memory may take, in MiB. */
  readonly memoryMb: number;
}

export interface SkipGramMemory {
  readonly kernel: SkipGramExports;
  readonly input: Float32Array;
  readonly inner: Float32Array;
  readonly words: Uint32Array;
}

/** The most words that `train` takes at a time. */
const BATCH_WORDS = 1 << 18;

/** Dp: the number of floats in a stored row. */
export const paddedSize: (vectorSize: number) => number = paddedLength;

/** The memory that a trainer takes, in MiB. */
export const skipGramMemoryMb = (options: Omit<SkipGramOptions, 'memoryMb'>): number => layoutOf(options).sizeMb;

function layoutOf({ tree, vectorSize, window }: Omit<SkipGramOptions, 'memoryMb'>) {
  const row = paddedSize(vectorSize);
  const vocabulary = tree.starts.length - 1;
  return layOut({
    input: vocabulary * row,
    inner: vocabulary * row,
    pathStarts: vocabulary + 1,
    paths: tree.steps.length,
    words: BATCH_WORDS,
    sigmoids: sigmoids().length,
    contexts: 2 * window,
    scratch: 4 * tree.depth,
  });
}

/** @throws LimitError when the memory would pass `memoryMb` */
export function skipGramMemory(options: SkipGramOptions): SkipGramMemory {
  const { tree, vectorSize, window, sharedPath } = options;
  const { at, pages, sizeMb } = layoutOf(options);
  const vocabulary = tree.starts.length - 1;
  requireMemory(sizeMb, options.memoryMb, {
    need: `word2vec: a vocabulary of ${vocabulary} words at vector size ${vectorSize} needs`,
    owner: 'a trainer',
    cure: 'raise minWordCount or lower vectorSize',
  });
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const kernel = instantiate<SkipGramExports>('word2vec', memory);
  const row = paddedSize(vectorSize);
  const { input, inner, pathStarts, paths, words, contexts, scratch } = at;
  new Uint32Array(memory.buffer, pathStarts).set(tree.starts);
  new Uint32Array(memory.buffer, paths).set(tree.steps);
  new Float32Array(memory.buffer, at.sigmoids).set(sigmoids());
  kernel.place(
    row * FLOAT_BYTES,
    window,
    sharedPath,
    input,
    inner,
    pathStarts,
    paths,
    words,
    at.sigmoids,
    contexts,
    scratch,
  );
  return {
    kernel,
    input: new Float32Array(memory.buffer, input, vocabulary * row),
    inner: new Float32Array(memory.buffer, inner, vocabulary * row),
    words: new Uint32Array(memory.buffer, words, BATCH_WORDS),
  };
}
