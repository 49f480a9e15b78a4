/**
 * The WebAssembly memory of one skip-gram trainer: what lies in it, how much it takes, and the kernel set to work on it.
 *
 * Its size follows from the options alone and never grows. For V = 100,000 words of 200 dimensions: the two matrices of
 * (V,Dp) float32 153 MiB, the paths about 7 MiB, the words under way 1 MiB.
 */
import { LimitError } from '../errors.ts';
import { ADDRESSABLE_MB, type Layout, layOut } from './memory-layout.ts';
import { wasmModule } from './wasm.ts';
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
  /** Of V words. */
  readonly tree: HuffmanTree;
  /** D. */
  readonly vectorSize: number;
  /** Words on each side of the centre that are its contexts, before shrinking. */
  readonly window: number;
  readonly sharedPath: boolean;
  /** Cap on this memory, in MiB. */
  readonly memoryMb: number;
}

export interface SkipGramMemory {
  readonly kernel: SkipGramExports;
  readonly input: Float32Array;
  readonly inner: Float32Array;
  readonly words: Uint32Array;
}

/** Words handed over at a time. */
const BATCH_WORDS = 1 << 18;
const FLOAT_BYTES = 4;

/** Dp: floats in a stored row, two vectors of the processor at a time. */
export const paddedSize = (vectorSize: number): number => Math.ceil(vectorSize / 8) * 8;

/** MiB that a trainer takes. */
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

/** @throws LimitError where the memory would pass `memoryMb` */
export function skipGramMemory(options: SkipGramOptions): SkipGramMemory {
  const { tree, vectorSize, window, sharedPath } = options;
  const layout = layoutOf(options);
  refuseBeyond(options, layout);
  const { at, pages } = layout;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const kernel = new WebAssembly.Instance(wasmModule('word2vec'), { env: { memory } })
    .exports as unknown as SkipGramExports;
  const row = paddedSize(vectorSize);
  const vocabulary = tree.starts.length - 1;
  const { input, inner, pathStarts, paths, words, contexts, scratch } = at;
  new Uint32Array(memory.buffer, pathStarts).set(tree.starts);
  new Uint32Array(memory.buffer, paths).set(tree.steps);
  const table = sigmoids();
  new Float32Array(memory.buffer, at.sigmoids).set(table);
  kernel.place(
    ...([row * FLOAT_BYTES, window, sharedPath] as const),
    ...([input, inner, pathStarts, paths, words, at.sigmoids, contexts, scratch] as const),
  );
  return {
    kernel,
    input: new Float32Array(memory.buffer, input, vocabulary * row),
    inner: new Float32Array(memory.buffer, inner, vocabulary * row),
    words: new Uint32Array(memory.buffer, words, BATCH_WORDS),
  };
}

function refuseBeyond({ tree, vectorSize, memoryMb }: SkipGramOptions, { sizeMb }: Layout<string>): void {
  if (sizeMb <= memoryMb && sizeMb < ADDRESSABLE_MB) return;
  const what = `a vocabulary of ${tree.starts.length - 1} words at vector size ${vectorSize} needs ${sizeMb} MiB`;
  throw new LimitError(
    sizeMb < ADDRESSABLE_MB
      ? `word2vec: ${what}, and a trainer may use ${memoryMb}: raise minWordCount or lower vectorSize`
      : `word2vec: ${what}, a trainer can address less than ${ADDRESSABLE_MB}: raise minWordCount or lower vectorSize`,
  );
}
