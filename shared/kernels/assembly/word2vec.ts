/**
 * Kernels of word2vec (Mikolov, Chen, Corrado and Dean 2013): skip-gram with hierarchical softmax.
 * `shared/kernels/word2vec.ts` calls them.
 *
 * Every word of a sentence is the centre once. The words around it, within a window that is shrunk at random for each centre,
 * are its contexts. The centre's path through the Huffman tree, root first, trains the contexts' vectors from left to right.
 */
import { learnFour, learnOne, placeNodes } from './word2vec-path';

/** Set on the last word of a sentence. */
const SENTENCE_END: u32 = 0x80000000;
/** The learning rate never falls below this share of its start. */
const LOWEST_RATE: f64 = 0.0001;

let words: usize = 0;
let input: usize = 0;
let stride: usize = 0;
let pathStarts: usize = 0;
let paths: usize = 0;
let contexts: usize = 0;
let window: i32 = 0;
let shared: bool = false;

/** The pace of the training, as `setPace` has it. */
let startRate: f64 = 0;
let total: f64 = 0;
let done: f64 = 0;
let pace: f64 = 0;

/** Sets the positions of all parts (byte offsets) and the options that never change. `rowBytes` is a multiple of 32. */
export function place(
  rowBytes: usize,
  windowWords: i32,
  sharedPath: bool,
  inputAt: usize,
  innerAt: usize,
  pathStartsAt: usize,
  pathsAt: usize,
  wordsAt: usize,
  sigmoidsAt: usize,
  contextsAt: usize,
  scratchAt: usize,
): void {
  stride = rowBytes;
  window = windowWords;
  shared = sharedPath;
  input = inputAt;
  pathStarts = pathStartsAt;
  paths = pathsAt;
  words = wordsAt;
  contexts = contextsAt;
  placeNodes(rowBytes, innerAt, sigmoidsAt, scratchAt);
}

/**
 * Sets how the learning rate falls from now on. It is `rate` at the beginning of the whole training of `totalWords`, of
 * which `doneWords` are done. Each word trained here stands for `wordsEach` of them.
 */
export function setPace(rate: f64, totalWords: f64, doneWords: f64, wordsEach: f64): void {
  startRate = rate;
  total = totalWords;
  done = doneWords;
  pace = wordsEach;
}

/** The finalizer of MurmurHash3 (Appleby). */
function mix(hash: u32): u32 {
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

/**
 * Returns the words by which the window of the centre at `position` is shrunk, 0 to window - 1. They follow from the key and
 * the position alone.
 */
export function shrinkage(key: u32, position: u32): i32 {
  const hash = mix(mix(position + 0x9e3779b9) ^ key);
  return <i32>((<u64>hash * <u64>window) >> 32);
}

/**
 * Trains whole sentences of `count` words in all, and removes the marks of their ends.
 *
 * @param before the number of words that were already trained at this pace
 * @param position the position of the first word: `key` and a word's position draw its window
 */
export function train(count: i32, before: f64, position: u32, key: u32): void {
  const end = words + ((<usize>count) << 2);
  let first = words;
  while (first < end) {
    let last = first;
    while (load<i32>(last) >= 0) last += 4;
    store<u32>(last, load<u32>(last) & ~SENTENCE_END);
    const passed = <u32>((first - words) >> 2);
    const progress = (done + (before + <f64>passed) * pace) / total;
    trainSentence(first, last, position + passed, key, <f32>(startRate * max(1 - progress, LOWEST_RATE)));
    first = last + 4;
  }
}

/** Trains the sentence of the words from `first` to `last`, both inclusive. */
function trainSentence(first: usize, last: usize, position: u32, key: u32, rate: f32): void {
  for (let centre = first; centre <= last; centre += 4) {
    const reach = (<usize>(window - shrinkage(key, position++))) << 2;
    const from = max(first, centre - reach);
    const to = min(last, centre + reach);
    const entry = pathStarts + ((<usize>load<u32>(centre)) << 2);
    const path = paths + ((<usize>load<u32>(entry)) << 2);
    const pathEnd = paths + ((<usize>load<u32>(entry, 4)) << 2);
    let at = contexts;
    for (let word = from; word <= to; word += 4) {
      if (word == centre) continue;
      store<usize>(at, input + <usize>load<u32>(word) * stride);
      at += 4;
    }
    let next = contexts;
    if (shared) {
      for (; next + 16 <= at; next += 16)
        learnFour(
          load<usize>(next),
          load<usize>(next, 4),
          load<usize>(next, 8),
          load<usize>(next, 12),
          path,
          pathEnd,
          rate,
        );
    }
    for (; next < at; next += 4) learnOne(load<usize>(next), path, pathEnd, rate);
  }
}
