import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addNumbers, TreeSum } from '../../../functions/matrix-factorization/core-tree.ts';
import { zerosOverBlocks } from '../../../functions/matrix-factorization/core-zeros.ts';
import { learned } from '../../../functions/matrix-factorization/judge.ts';

/** Returns blocks of rows of scores as the columns of a side matrix. */
function matrixOf(blocks: readonly (readonly (readonly number[])[])[]) {
  const rows = blocks.flat();
  const ends = (lengths: readonly number[]) =>
    Uint32Array.from([0, ...lengths.map((_, at) => lengths.slice(0, at + 1).reduce((a, b) => a + b, 0))]);
  return {
    blockRows: ends(blocks.map((block) => block.length)),
    ptr: ends(rows.map((row) => row.length)),
    score: Float32Array.from(rows.flat()),
  };
}

test('Zeros cost the confidence of every positive pair, and a dislike costs nothing', () => {
  // With alpha 2 this is (1 + 2 × 3) + (1 + 2 × 0.5) = 9.
  const matrix = matrixOf([[[3, -1]], [], [[0.5], [-4]], []]);
  expect(zerosOverBlocks(matrix, 2, { from: 0, to: 4 }).root()).toBe(9);
});

test('The sum has the same bits for every division into shards', () => {
  const row = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 });
  const blocks = fc.array(fc.array(row, { maxLength: 3 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(blocks, fc.integer({ min: 0, max: 8 }), (given, cut) => {
      const matrix = matrixOf(given);
      const joined = new TreeSum(addNumbers);
      for (const [from, to] of [
        [0, cut],
        [cut, 8],
      ] as const) {
        for (const node of zerosOverBlocks(matrix, 0.1, { from, to }).nodes) joined.push(node);
      }
      expect(joined.root()).toBe(zerosOverBlocks(matrix, 0.1, { from: 0, to: 8 }).root());
    }),
  );
});

describe('the check that a model has learned something', () => {
  const counts = { objective: 60, objectiveOfZeros: 100, longestUserVector: 2, longestItemVector: 0.5, notFinite: 0 };
  test.each([
    ['its objective is below that of zeros', {}, 'passed'],
    ['its objective is that of zeros', { objective: 100 }, 'failed'],
    ['its objective is above that of zeros', { objective: 101 }, 'failed'],
    ['its objective is lower only by rounding', { objective: 100 * (1 - 1e-8) }, 'failed'],
    ['its users’ vectors vanish', { longestUserVector: 1e-9 }, 'failed'],
    ['its items’ vectors are zeros', { longestItemVector: 0 }, 'failed'],
    ['a vector is not finite', { longestUserVector: null }, 'notApplicable'],
    ['nothing was counted', { objectiveOfZeros: null }, 'notApplicable'],
  ])('When %s, the counts %j give the result %s', (_, changed, result) => {
    expect(learned({ ...counts, ...changed }).result).toBe(result);
  });
});
