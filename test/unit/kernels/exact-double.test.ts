/**
 * Tests rows that float32 cannot solve, because one direction outweighs all others, as when every user has the same
 * item.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gramOf, HalfSweep, paddedRank, type RowBlock } from '../../../shared/kernels/als.ts';
import { randomBlock, randomFactors, sliceBlock } from '../../helpers/factor-data.ts';
import { dot, type Problem, referenceGram, referenceHalfSweep, rowOf } from '../../reference/als.ts';

function solved(problem: Problem, fixed: Float32Array, block: RowBlock) {
  const kp = paddedRank(problem.rank);
  const rows = block.ptr.length - 1;
  const size = { fixedRows: fixed.length / kp, maxRows: rows, maxNonZeros: block.idx.length, memoryMb: 256 };
  const sweep = HalfSweep.create({ ...problem, ...size });
  sweep.fixed.set(fixed);
  sweep.start(gramOf(fixed, problem.rank));
  const x = new Float32Array(rows * kp);
  return { x, sums: sweep.solve(block, x), sweep };
}

/** Returns (count,Kp) rows: `length` times a common unit vector plus `spread` times a unit vector of each row. */
function nearlyParallel(count: number, rank: number, length: number, spread: number, seed: number): Float32Array {
  const direction = randomFactors(1, rank, seed);
  return randomFactors(count, rank, seed + 1).map(
    (value, at) => length * direction[at % paddedRank(rank)]! + spread * value,
  );
}

function relativeError(x: number[], expected: number[]): number {
  const error = x.map((value, f) => value - expected[f]!);
  return Math.sqrt(dot(error, error) / dot(expected, expected));
}

test.each([
  [5_000, 0.01, 1e-6],
  [300_000, 0.01, 1e-6],
  // 300,000 roundings of one sign are 1e-11 together, times a condition number of 1e8. Measured: 2e-4.
  [300_000, 1e-6, 1e-3],
])('A row of %i equal neighbours is solved at lambda %f', (count, lambda, tolerance) => {
  const rank = 30;
  const one = randomFactors(1, rank, 4).map((value) => 7 * value);
  const fixed = new Float32Array(count * paddedRank(rank)).map((_, at) => one[at % paddedRank(rank)]!);
  const block = {
    ptr: Uint32Array.of(0, count),
    idx: Uint32Array.from({ length: count }, (_, at) => at),
    score: new Float32Array(count).fill(1),
  };
  const { x, sums } = solved({ rank, lambda, alpha: 1, solver: 'exact' }, fixed, block);
  // A = 2 n y yᵀ + lambda n I and b = 2 n y, so x = 2 y / (2 |y|² + lambda), which is parallel to y.
  const y = rowOf(one, 0, rank);
  const square = dot(y, y);
  expect(
    relativeError(
      rowOf(x, 0, rank),
      y.map((value) => (2 * value) / (2 * square + lambda)),
    ),
  ).toBeLessThan(tolerance);
  const objective = (2 * count * lambda) / (2 * square + lambda); // 2 n - b·x
  expect(Math.abs(sums.objective - objective) / objective).toBeLessThan(1e-3); // the difference of 2 n and nearly as much
});

describe('nearly parallel neighbours compared with the float64 reference', () => {
  test.each([3, 8, 30])('At rank %i rows with nearly parallel neighbours agree with the reference', (rank) => {
    const fixedRows = 4_500;
    const sizes = [1, 2, 5, 49, 700, 4_096, 4_097, 4_500];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom(0.01, 1e-4),
        fc.constantFrom(0.5, 1, 40),
        fc.constantFrom(0, 1e-4, 0.01, 0.3),
        (seed, lambda, alpha, spread) => {
          const fixed = nearlyParallel(fixedRows, rank, 7, spread, seed);
          // Half of the rows have an n of their own.
          const n = Float64Array.from(sizes, (size, u) => (u % 2 === 0 ? size : size / 7));
          const block = { ...randomBlock(sizes, fixedRows, seed), n };
          const problem: Problem = { rank, lambda, alpha, solver: 'exact' };
          const { x } = solved(problem, fixed, block);
          const expected = referenceHalfSweep(problem, referenceGram(fixed, rank), fixed, block, x);
          for (const [u, row] of expected.entries()) {
            if (block.score.subarray(block.ptr[u], block.ptr[u + 1]).every((score) => score < 0)) continue;
            // In float32 all directions but the parallel one would be noise. Measured: at most 2e-5.
            expect(relativeError(rowOf(x, u, rank), row), `${sizes[u]} neighbours`).toBeLessThan(2e-4);
          }
        },
      ),
      { numRuns: 6, seed: 21 },
    );
  });
});

test('A row has the same bits in every block', () => {
  const rank = 30;
  const kp = paddedRank(rank);
  const fixed = nearlyParallel(4_500, rank, 7, 1e-3, 3);
  // The block has rows of both kinds.
  const block = randomBlock([4_400, 1, 60, 4_200, 3], 4_500, 12);
  const problem: Problem = { rank, lambda: 0.01, alpha: 1, solver: 'exact' };
  const { x, sweep } = solved(problem, fixed, block);
  const parts = new Float32Array(x.length);
  for (const [from, to] of [
    [2, 4],
    [4, 5],
    [0, 2],
  ] as const) {
    sweep.solve(sliceBlock(block, from, to), parts.subarray(from * kp, to * kp));
  }
  expect(parts).toEqual(x);
});
