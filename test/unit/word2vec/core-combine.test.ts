import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowCombination } from '../../../functions/word2vec/core-combine.ts';
import { longestRow } from '../../../shared/kernels/longest-row.ts';
import { combinePlainly } from '../../reference/word2vec.ts';

function combined(checkpoint: readonly number[], copies: readonly (readonly number[])[]): number[] {
  const combination = new RowCombination(Float32Array.from(checkpoint), checkpoint.length);
  for (const copy of copies) combination.add(Float32Array.from(copy));
  return [...combination.finish()];
}

describe('combination of a row', () => {
  test('Orthogonal changes are added', () => {
    expect(
      combined(
        [1, 1],
        [
          [3, 1],
          [1, 0],
        ],
      ), // the changes are +2 in the first component and -1 in the second
    ).toEqual([3, 0]);
  });

  test('Equal changes are averaged', () =>
    expect(
      combined(
        [1, 1],
        [
          [2, 3],
          [2, 3],
          [2, 3],
        ],
      ),
    ).toEqual([2, 3]));

  test('Opposite changes cancel each other', () =>
    expect(
      combined(
        [1, 1],
        [
          [2, 1],
          [0, 1],
        ],
      ),
    ).toEqual([1, 1]));

  test('Opposing changes never become longer than their sum', () => {
    // S = (0, 2), |S|² = 4 and Q = 2 + 2 = 4 give the whole sum. Without the limit, Q / |S|² would exceed 1 for (0, 1).
    expect(
      combined(
        [0, 0],
        [
          [1, 1],
          [-1, 1],
        ],
      ),
    ).toEqual([0, 2]);
    expect(
      combined(
        [0, 0],
        [
          [1, 0.5],
          [-1, 0.5],
        ],
      ),
    ).toEqual([0, 1]);
  });

  test('A copy without a change has no influence', () => {
    expect(
      combined(
        [1, 1],
        [
          [1, 1],
          [2, 3],
          [1, 1],
        ],
      ),
    ).toEqual([2, 3]);
  });

  test('A row without copies is unchanged', () => expect(combined([1, 2], [])).toEqual([1, 2]));
});

test('Each row is combined separately, as in the reference', () => {
  const value = fc.integer({ min: -20, max: 20 });
  const rows = fc.array(fc.tuple(value, value, value), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(rows, fc.array(rows, { maxLength: 5 }), (checkpoint, copies) => {
      const model = (words: number[][]) => ({ words, nodes: [] });
      const combination = new RowCombination(Float32Array.from(checkpoint.flat()), 3);
      for (const copy of copies) combination.add(Float32Array.from(copy.flat()));
      const expected = combinePlainly(model(checkpoint), copies.map(model)).words.flat();
      for (const [at, own] of [...combination.finish()].entries()) expect(own).toBeCloseTo(expected[at]!, 4);
    }),
  );
});

test('The length of the longest row is found', () => {
  expect(longestRow(Float32Array.of(0, 1, 3, 4, -2, 0), 2)).toBe(5);
  expect(longestRow(new Float32Array(), 2)).toBe(0);
  expect(longestRow(Float32Array.of(9, 9, Number.NaN, 0, 1, 1), 2)).toBeNaN();
  expect(longestRow(Float32Array.of(9, 9, Number.POSITIVE_INFINITY, 0), 2)).toBe(Number.POSITIVE_INFINITY);
});
