import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LimitError } from '../../../shared/errors.ts';
import {
  huffmanTree,
  paddedSize,
  SENTENCE_END,
  SkipGram,
  type SkipGramOptions,
  sessionDraw,
  startWordVector,
  windowKey,
} from '../../../shared/kernels/word2vec.ts';
import { skipGramMemory } from '../../../shared/kernels/word2vec-memory.ts';
import { sigmoids } from '../../../shared/kernels/word2vec-sigmoids.ts';

const PACE = { startRate: 0.05, totalWords: 1_000, doneWords: 0, wordsEach: 1 };

function trainerOf(counts: readonly number[], options: Partial<SkipGramOptions> = {}): SkipGram {
  const defaults = { tree: huffmanTree(counts), vectorSize: 12, window: 5, sharedPath: true, memoryMb: 64 };
  const trainer = SkipGram.create({ ...defaults, ...options });
  const size = paddedSize(options.vectorSize ?? 12);
  for (const word of counts.keys()) startWordVector(1, word, options.vectorSize ?? 12, trainer.input, word * size);
  trainer.setPace(PACE);
  return trainer;
}

/** Returns sentences in the trainer's form. */
const wordsOf = (...sentences: readonly (readonly number[])[]): number[] =>
  sentences.flatMap((words) => words.map((word, at) => (at === words.length - 1 ? word + SENTENCE_END : word)));

function train(trainer: SkipGram, words: readonly number[], before = 0): Float32Array {
  trainer.words.set(words);
  trainer.train(words.length, before, before, windowKey(1, 0, 0));
  return trainer.input;
}

describe('Huffman trees', () => {
  test('The counts 4, 2 and 1 have the paths computed by hand, from the root down', () => {
    // Node 0 joins words 2 and 1, and node 1 (the root) joins node 0 and word 0. A step is node × 2 + code.
    const { starts, steps, depth } = huffmanTree([4, 2, 1]);
    expect([...starts]).toEqual([0, 1, 3, 5]);
    expect([...steps]).toEqual([1 * 2 + 1, 1 * 2 + 0, 0 * 2 + 1, 1 * 2 + 0, 0 * 2 + 0]);
    expect(depth).toBe(2);
  });

  test('A single word has no path, and an empty vocabulary has no tree', () => {
    expect([...huffmanTree([7]).starts]).toEqual([0, 0]);
    expect([...huffmanTree([]).starts]).toEqual([0]);
  });

  test('No code is a prefix of another, and the total length is minimal', () => {
    const anyCounts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(anyCounts, (any) => {
        const counts = any.sort((a, b) => b - a);
        const { starts, steps } = huffmanTree(counts);
        const codes = counts.map((_, word) =>
          [...steps.slice(starts[word], starts[word + 1])].map((s) => s & 1).join(''),
        );
        for (const [a, code] of codes.entries()) {
          for (const [b, other] of codes.entries()) if (a !== b) expect(other.startsWith(code)).toBe(false);
        }
        // The cost of an optimal code is the sum of the weights of all joined pairs, where the two lightest are joined
        // each time.
        const weights = [...counts];
        let cost = 0;
        while (weights.length > 1) {
          weights.sort((a, b) => a - b);
          const joined = weights.shift()! + weights.shift()!;
          cost += joined;
          weights.push(joined);
        }
        expect(codes.reduce((sum, code, word) => sum + code.length * counts[word]!, 0)).toBe(cost);
      }),
    );
  });
});

test('The table of sigmoids is 1 / (1 + e^-x) at the middle of each entry', () => {
  const table = sigmoids();
  for (let entry = 0; entry < 1_000; entry++) {
    const expected = 1 / (1 + Math.exp(-((entry + 0.5) * 0.012 - 6)));
    expect(Math.abs(table[entry]! - expected)).toBeLessThan(6e-8); // float32 below 1 has steps of 2^-23, so half of that
  }
});

describe('random draws', () => {
  test('Start vectors are evenly distributed in (-1, 1) / size and differ between items', () => {
    const vector = new Float32Array(4_000);
    startWordVector(1, 2 ** 40 + 5, 4_000, vector, 0);
    const scaled = [...vector].map((value) => value * 4_000);
    expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(1);
    // The mean is 0 ± 4 standard errors (0.577 / √4000), and the mean square is 1/3 ± 4 × 0.298 / √4000.
    expect(Math.abs(scaled.reduce((sum, value) => sum + value, 0) / 4_000)).toBeLessThan(0.037);
    expect(Math.abs(scaled.reduce((sum, value) => sum + value ** 2, 0) / 4_000 - 1 / 3)).toBeLessThan(0.019);
    const other = new Float32Array(4_000);
    startWordVector(1, 5, 4_000, other, 0);
    expect(other).not.toEqual(vector);
  });

  test('The window shrinks by every number of words with equal frequency', () => {
    const { kernel } = skipGramMemory({
      tree: huffmanTree([1, 1]),
      vectorSize: 8,
      window: 5,
      sharedPath: true,
      memoryMb: 8,
    });
    const met = [0, 0, 0, 0, 0];
    for (let position = 0; position < 10_000; position++) met[kernel.shrinkage(windowKey(3, 1, 2), position)]! += 1;
    for (const count of met) expect(Math.abs(count - 2_000)).toBeLessThan(160); // 4 standard deviations of √(10,000 × 0.2 × 0.8)
  });

  test('Windows differ by epoch and partition, and sessions by number', () => {
    expect(new Set([windowKey(1, 0, 0), windowKey(1, 1, 0), windowKey(1, 0, 1), windowKey(2, 0, 0)]).size).toBe(4);
    expect(sessionDraw(1, 5)).not.toBe(sessionDraw(1, 2 ** 32 + 5));
  });
});

describe('training', () => {
  test('One step of training has the result computed on paper', () => {
    // There are words 0 and 1 and one inner node of zeros. In the sentence 0 1 with window 1, centre 0 trains x1 by its
    // code 1, then centre 1 trains x0 by its code 0 (the rarer goes first). x1 · n = 0 and sigmoid(0.006) = 0.5015, so
    // n = -0.5015 × rate × x1.
    const trainer = trainerOf([2, 1], { vectorSize: 2, window: 1 });
    trainer.input.set([0.5, 0, 0, 0, 0, 0, 0, 0, 0.25, 1]);
    train(trainer, wordsOf([0, 1]));
    const sigmoid = 1 / (1 + Math.exp(-0.006));
    const n = [0.25, 1].map((x) => -sigmoid * 0.05 * x);
    // The next logit is 0.5 n[0] = -0.0031, in the entry below 0, so sigmoid(-0.006) = 1 - sigmoid(0.006).
    const gain = sigmoid * 0.05;
    expect([...trainer.input.subarray(8, 10)]).toEqual([0.25, 1]); // the node was 0, so it teaches nothing
    expect(trainer.input[0]).toBeCloseTo(0.5 + gain * n[0]!, 7);
    expect(trainer.input[1]).toBeCloseTo(gain * n[1]!, 7);
    expect(trainer.inner[0]).toBeCloseTo(n[0]! + gain * 0.5, 7);
    expect(trainer.inner[1]).toBeCloseTo(n[1]!, 7);
  });

  const counts = Array.from({ length: 30 }, (_, word) => 60 - word);
  const sentences = Array.from({ length: 40 }, (_, at) =>
    Array.from({ length: 2 + (at % 9) }, (_, w) => (at * 7 + w * w) % 30),
  );

  test('Training in pieces gives the same bits as training at once', () => {
    const whole = train(trainerOf(counts), wordsOf(...sentences));
    const pieces = trainerOf(counts);
    const first = wordsOf(...sentences.slice(0, 13));
    train(pieces, first);
    expect(train(pieces, wordsOf(...sentences.slice(13)), first.length)).toEqual(whole);
  });

  test('Up to three contexts are trained one after another in both forms', () => {
    const short = sentences.map((words) => words.slice(0, 4));
    const exact = train(trainerOf(counts, { sharedPath: false }), wordsOf(...short));
    expect(train(trainerOf(counts, { sharedPath: true }), wordsOf(...short))).toEqual(exact);
    expect(train(trainerOf(counts, { sharedPath: true }), wordsOf(...sentences))).not.toEqual(
      train(trainerOf(counts, { sharedPath: false }), wordsOf(...sentences)),
    );
  });

  test('The padding of a row stays 0', () => {
    const trainer = trainerOf(counts);
    train(trainer, wordsOf(...sentences));
    for (const rows of [trainer.input, trainer.inner]) {
      for (let row = 0; row < 30; row++) expect([...rows.subarray(row * 16 + 12, row * 16 + 16)]).toEqual([0, 0, 0, 0]);
    }
  });

  test('Words that end in the middle of a sentence are refused', () => {
    const trainer = trainerOf(counts);
    trainer.words.set([1, 2]);
    expect(() => trainer.train(2, 0, 0, 1)).toThrow(RangeError);
  });

  test('An error for insufficient memory names the settings to change', () => {
    const tree = huffmanTree(counts);
    const options = { tree, vectorSize: 12, window: 5, sharedPath: true, memoryMb: 1 };
    expect(() => SkipGram.create(options)).toThrow(LimitError);
    expect(() => SkipGram.create(options)).toThrow(
      'a vocabulary of 30 words at vector size 12 needs 2 MiB, and a trainer may use 1: raise minWordCount or lower',
    );
  });
});
