/** Tests the vocabulary, sentences, streams, and vectors as text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachSession, NO_WORD, SessionEncoder } from '../../../functions/word2vec/core-encode.ts';
import { headerOf, vectorLine } from '../../../functions/word2vec/core-text.ts';
import { trainStream } from '../../../functions/word2vec/core-train.ts';
import { vocabularyOf } from '../../../functions/word2vec/core-vocabulary.ts';
import { NumericalError } from '../../../shared/errors.ts';
import { huffmanTree, SENTENCE_END, SkipGram, windowKey } from '../../../shared/kernels/word2vec.ts';
import { shortestSingle } from '../../../shared/model/shortest-single.ts';

test('The vocabulary is ordered by falling count, and ties by id', () => {
  const ids = Float64Array.of(9, 10, 2 ** 53 - 1, 4, 100);
  const { ids: words, counts } = vocabularyOf(ids, Float64Array.of(3, 3, 3, 2, 7), 3);
  expect([...words]).toEqual([100, 10, 9, 2 ** 53 - 1]);
  expect([...counts]).toEqual([7, 3, 3, 3]);
});

describe('sentences', () => {
  const E = SENTENCE_END;
  /** Items 0, 1 and 2 are word 5, no word and word 7. */
  const numbers = Uint32Array.of(5, NO_WORD, 7);

  test('The last remaining word ends its sentence, and a session without words has no sentence', () => {
    const encoder = new SessionEncoder({ partitions: 2, rounds: 1 }, numbers);
    encoder.add([0, 1, 2, 1], 1, 1);
    encoder.add([1, 1], 1, 1);
    encoder.add([2], 1, 1);
    encoder.add([0, 0], 0, 1);
    expect(encoder.views().map((view) => [...view])).toEqual([[], [5, 5 + E], [], [5, 7 + E, 7 + E]]);
    expect([...encoder.words.counts]).toEqual([0, 2, 0, 3]);
  });

  test.each([
    [999, [998]],
    [1_000, [999]],
    [1_001, [999, 1_000]],
    [2_000, [999, 1_999]],
  ])('A sentence of %d words is divided after the words %j', (length, ends) => {
    const encoder = new SessionEncoder({ partitions: 1, rounds: 1 }, numbers);
    // Items outside the vocabulary do not count.
    encoder.add(
      Array.from({ length: 2 * length }, (_, at) => at % 2),
      0,
      1,
    );
    const words = encoder.views()[1]!;
    expect(words).toHaveLength(length);
    expect([...words.keys()].filter((at) => words[at]! >= E)).toEqual(ends);
  });

  test('A column of sessions is divided into its sessions again', () => {
    const taken: number[][] = [];
    eachSession(Uint32Array.of(3, 1 + E, 4 + E, 0, 0, 9 + E), (items) => taken.push([...items]));
    expect(taken).toEqual([[3, 1], [4], [0, 0, 9]]);
  });
});

test("A stream gives the same bits in pieces of any length, even of more than the trainer's buffer", async () => {
  const sentences = Array.from({ length: 120_000 }, (_, at) => [
    at % 10,
    (at * 3) % 10,
    ((at * 7) % 10) + SENTENCE_END,
  ]);
  const words = Uint32Array.from(sentences.flat());
  const trained = async (length: number) => {
    const tree = huffmanTree(Array.from({ length: 10 }, () => 1));
    const trainer = SkipGram.create({ tree, vectorSize: 4, window: 2, sharedPath: true, memoryMb: 16 });
    trainer.input.fill(0.01);
    trainer.setPace({ startRate: 0.02, totalWords: words.length, doneWords: 0, wordsEach: 1 });
    expect(words.length).toBeGreaterThan(trainer.words.length);
    async function* pieces() {
      for (let at = 0; at < words.length; at += length) yield words.subarray(at, at + length);
    }
    expect(await trainStream(trainer, pieces(), { before: 0, position: 0, key: windowKey(1, 0, 0) })).toBe(
      words.length,
    );
    return trainer.input;
  };
  const whole = await trained(words.length);
  expect(whole.every(Number.isFinite)).toBe(true);
  for (const length of [1_000, 4_099]) expect(await trained(length)).toEqual(whole);
});

describe('vectors as text', () => {
  test('The text has a header and one line for each item', () => {
    expect(headerOf(3)).toBe('-vectortype REAL -dimension 3\n');
    const rows = Float32Array.of(9, 9, 0.1, -1.5, 1e-7, 9);
    expect(vectorLine(2 ** 53 - 1, rows, 2, 3)).toBe('9007199254740991|0.1|-1.5|1e-7\n');
  });

  test('Zero, whole numbers, and very small and large values are written', () => {
    expect([0, -0, 3, -12, 0.25].map((value) => String(shortestSingle(value)))).toEqual(['0', '0', '3', '-12', '0.25']);
    for (const value of [1e-40, 1.5e-20, 2 ** 24 + 2, 3e38])
      expect(Math.fround(shortestSingle(Math.fround(value)))).toBe(Math.fround(value));
  });

  test('No shorter decimal gives the same float32', () => {
    const floats = fc.float({ noNaN: true, min: Math.fround(-40), max: Math.fround(40) });
    fc.assert(
      fc.property(floats, (value) => {
        fc.pre(Math.abs(value) > 1e-9);
        const decimal = shortestSingle(value);
        expect(Math.fround(decimal)).toBe(value);
        const written = String(decimal);
        if (written.includes('e')) return;
        const least = Array.from({ length: 20 }, (_, digits) => digits).find(
          (digits) => Math.fround(Number(value.toFixed(digits))) === value,
        );
        expect((written.split('.')[1] ?? '').length, written).toBe(least);
      }),
      { numRuns: 2_000 },
    );
  });

  test('A value that is not finite is refused', () => {
    const rows = Float32Array.of(0, 1, Number.NaN);
    expect(() => vectorLine(7, rows, 1, 2)).toThrow(NumericalError);
    expect(() => vectorLine(7, rows, 1, 2)).toThrow('value 2 of item 7 is NaN: lower learningRate');
  });
});
