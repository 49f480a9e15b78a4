import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LimitError, NumericalError } from '../../../shared/errors.ts';
import {
  gramOf,
  HalfSweep,
  type HalfSweepOptions,
  paddedRank,
  type RowBlock,
  type Solver,
} from '../../../shared/kernels/als.ts';
import { randomBlock, randomFactors, sliceBlock } from '../../helpers/factor-data.ts';
import {
  dot,
  type Problem,
  referenceGram,
  referenceHalfSweep,
  referenceObjective,
  rowOf,
} from '../../reference/als.ts';

function halfSweep(problem: Problem, gram: Float64Array, fixed: Float32Array, largest: RowBlock): HalfSweep {
  const sweep = HalfSweep.create({
    ...problem,
    fixedRows: fixed.length / paddedRank(problem.rank),
    maxRows: largest.ptr.length - 1,
    maxNonZeros: largest.idx.length,
    memoryMb: 64,
  });
  sweep.fixed.set(fixed);
  sweep.start(gram);
  return sweep;
}

/**
 * Returns |x - expected| of each row relative to |expected|. For PCG it is relative to the warm start when that is
 * longer, because PCG leaves it in steps of single precision.
 */
function relativeErrors(x: Float32Array, expected: readonly number[][], rank: number, warm?: Float32Array): number[] {
  return expected.map((row, u) => {
    const error = rowOf(x, u, rank).map((value, f) => value - row[f]!);
    const start = warm ? rowOf(warm, u, rank) : [];
    return Math.sqrt(dot(error, error) / (Math.max(dot(row, row), dot(start, start)) || 1));
  });
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const matrixOf = (x: Float32Array, rank: number): number[][] =>
  Array.from({ length: x.length / paddedRank(rank) }, (_, u) => rowOf(x, u, rank));

describe('a problem that can be solved on paper', () => {
  // K = 1, Y = (1, 2, 3), r = (1, -2, none), alpha 1 and lambda 0.5 give A = 14 + 1 + 2·4 + 0.5 = 23.5, b = 2 and x = b
  // / A. The objective is 2 (1 - x)² + 3 (2x)² + (3x)² + 0.5 x² = 2 - 4x + 23.5 x² = 2 - 4 / 23.5.
  const fixed = new Float32Array(3 * 8);
  fixed[0] = 1;
  fixed[8] = 2;
  fixed[16] = 3;
  const block = { ptr: Uint32Array.of(0, 2), idx: Uint32Array.of(0, 1), score: Float32Array.of(1, -2) };

  test.each<Solver>(['exact', 'pcg'])('The solver %s finds the solution computed on paper', (solver) => {
    const problem = { rank: 1, lambda: 0.5, alpha: 1, solver };
    const x = new Float32Array(8).fill(0).map((_, f) => (f === 0 ? 0.7 : 0));
    const sums = halfSweep(problem, gramOf(fixed, 1), fixed, block).solve(block, x);
    // In one dimension, one step of conjugate gradients is exact. Float32 has 7 digits.
    expect(x[0]).toBeCloseTo(2 / 23.5, 6);
    expect([...x.subarray(1)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(sums.objective).toBeCloseTo(2 - 4 / 23.5, 5);
    expect(sums.regularization).toBeCloseTo((2 / 23.5) ** 2, 6);
  });
});

describe('comparison with the float64 reference', () => {
  const fixedRows = 700;
  // The sizes are one neighbour, less and more than a group of four, about a panel of 48, and most of the fixed side.
  const sizes = [1, 2, 3, 4, 5, 7, 47, 48, 49, 96, 150, 690];

  test.each([1, 7, 8, 30, 33, 64])('At rank %i rows and sums agree with the reference', (rank) => {
    const fixed = randomFactors(fixedRows, rank, 1);
    const gram = referenceGram(fixed, rank);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom(0.01, 0.1, 2),
        fc.constantFrom(0, 0.5, 1, 40),
        (seed, lambda, alpha) => {
          const block = randomBlock(sizes, fixedRows, seed);
          const warm = randomFactors(sizes.length, rank, seed + 1);
          for (const solver of ['exact', 'pcg'] as const) {
            const problem = { rank, lambda, alpha, solver };
            const x = warm.slice();
            const expected = referenceHalfSweep(problem, gram, fixed, block, warm);
            const sums = halfSweep(problem, gram, fixed, block).solve(block, x);
            const errors = relativeErrors(x, expected, rank, solver === 'pcg' ? warm : undefined);
            // Single precision. Measured: at most 6e-6 for PCG (rank 1) and 2e-6 for exact, with medians of at most
            // 5e-7.
            expect(Math.max(...errors)).toBeLessThan(2e-5);
            expect(median(errors)).toBeLessThan(2e-6);
            // The sums are compared with every cell of the matrix at the solution. Measured: 3e-8 for exact and 6e-6
            // for PCG, which subtracts its gains from the far larger objective of the warm start.
            const slow = referenceObjective(problem, fixed, block, matrixOf(x, rank));
            expect(Math.abs(sums.objective - slow)).toBeLessThan((solver === 'exact' ? 1e-6 : 2e-5) * slow);
          }
        },
      ),
      { numRuns: rank < 64 ? 12 : 4, seed: 20 },
    );
  });

  test('At rank 256 rows agree with the reference', () => {
    const problem: Problem = { rank: 256, lambda: 0.01, alpha: 1, solver: 'exact' };
    const fixed = randomFactors(400, 256, 3);
    const gram = gramOf(fixed, 256);
    const block = randomBlock([2, 50, 399], 400, 4);
    const x = new Float32Array(3 * 256);
    const expected = referenceHalfSweep(problem, gram, fixed, block, x);
    const sums = halfSweep(problem, gram, fixed, block).solve(block, x);
    // Measured: 1.4e-6. 400 rows for 256 dimensions give the Gram matrix a condition number of about 100.
    expect(median(relativeErrors(x, expected, 256))).toBeLessThan(1e-5);
    const slow = referenceObjective(problem, fixed, block, matrixOf(x, 256));
    expect(Math.abs(sums.objective - slow)).toBeLessThan(1e-5 * slow);
  });

  test('Rows with more than 5,000 neighbours agree with the reference', () => {
    const fixed = randomFactors(5_600, 8, 5);
    const gram = gramOf(fixed, 8);
    const block = randomBlock([5_001, 3, 5_600], 5_600, 6);
    for (const solver of ['exact', 'pcg'] as const) {
      const problem = { rank: 8, lambda: 0.01, alpha: 10, solver };
      const warm = randomFactors(3, 8, 7);
      const x = warm.slice();
      const expected = referenceHalfSweep(problem, gram, fixed, block, warm);
      const sums = halfSweep(problem, gram, fixed, block).solve(block, x);
      // Sums of 5,600 terms in single precision. Measured: 3e-6.
      expect(Math.max(...relativeErrors(x, expected, 8, solver === 'pcg' ? warm : undefined))).toBeLessThan(3e-5);
      const slow = referenceObjective(problem, fixed, block, matrixOf(x, 8));
      expect(Math.abs(sums.objective - slow)).toBeLessThan(1e-5 * slow);
    }
  });
});

describe('n of a row', () => {
  // The last size is summed part by part.
  const sizes = [1, 2, 5, 49, 300, 4_400];
  const fixed = randomFactors(4_500, 8, 15);
  const gram = gramOf(fixed, 8);
  const block = randomBlock(sizes, 4_500, 16);
  const warm = randomFactors(sizes.length, 8, 17);

  test.each<Solver>(['exact', 'pcg'])('With the solver %s, rows with a given n agree with the reference', (solver) => {
    const problem = { rank: 8, lambda: 2, alpha: 3, solver };
    const weighted = { ...block, n: Float64Array.from(sizes, (size, u) => (size * (u + 1)) / 5) };
    const x = warm.slice();
    const sums = halfSweep(problem, gram, fixed, weighted).solve(weighted, x);
    const expected = referenceHalfSweep(problem, gram, fixed, weighted, warm);
    expect(Math.max(...relativeErrors(x, expected, 8, solver === 'pcg' ? warm : undefined))).toBeLessThan(3e-5);
    const slow = referenceObjective(problem, fixed, weighted, matrixOf(x, 8));
    expect(Math.abs(sums.objective - slow)).toBeLessThan(2e-5 * slow);
    const squares = matrixOf(x, 8).map((row, u) => (row.every((v) => v === 0) ? 0 : weighted.n[u]! * dot(row, row)));
    const regularization = squares.reduce((sum, square) => sum + square, 0);
    expect(Math.abs(sums.regularization - regularization)).toBeLessThan(1e-5 * regularization);
  });

  test.each<Solver>(['exact', 'pcg'])(
    'With the solver %s, n has by default the bits of the positive scores’ number',
    (solver) => {
      const problem = { rank: 8, lambda: 2, alpha: 3, solver };
      const positives = (u: number) =>
        block.score.subarray(block.ptr[u], block.ptr[u + 1]).filter((score) => score > 0);
      const given = { ...block, n: Float64Array.from(sizes, (_, u) => positives(u).length) };
      const [x, y] = [warm.slice(), warm.slice()];
      const sums = halfSweep(problem, gram, fixed, block).solve(block, x);
      expect(halfSweep(problem, gram, fixed, given).solve(given, y)).toEqual(sums);
      expect(y).toEqual(x);
    },
  );
});

test('Repeated calls of PCG reach the exact solution, and no call raises the objective', () => {
  const fixed = randomFactors(500, 30, 8);
  const gram = gramOf(fixed, 30);
  const block = randomBlock([1, 20, 300], 500, 9);
  const problem: Problem = { rank: 30, lambda: 0.1, alpha: 5, solver: 'pcg' };
  const sweep = halfSweep(problem, gram, fixed, block);
  const x = randomFactors(3, 30, 10);
  let objective = referenceObjective(problem, fixed, block, matrixOf(x, 30));
  for (let call = 0; call < 12; call++) {
    const next = sweep.solve(block, x).objective;
    expect(next).toBeLessThan(objective * (1 + 1e-6));
    objective = next;
  }
  const exact = referenceHalfSweep({ ...problem, solver: 'exact' }, gram, fixed, block, x);
  // The limit is single precision. Measured: 3e-7.
  expect(Math.max(...relativeErrors(x, exact, 30))).toBeLessThan(5e-6);
});

describe('reproducible bits', () => {
  const rank = 30;
  const kp = paddedRank(rank);
  const sizes = [5, 1, 300, 48, 2, 97, 31];
  const fixed = randomFactors(600, rank, 11);
  const gram = gramOf(fixed, rank);
  const block = randomBlock(sizes, 600, 12);

  test.each<Solver>(['exact', 'pcg'])('With the solver %s, a row has the same bits in every block', (solver) => {
    const problem = { rank, lambda: 0.05, alpha: 3, solver };
    const together = randomFactors(sizes.length, rank, 13);
    halfSweep(problem, gram, fixed, block).solve(block, together);
    const parts = randomFactors(sizes.length, rank, 13);
    const sweep = halfSweep(problem, gram, fixed, block);
    for (const [from, to] of [
      [3, 4],
      [4, 7],
      [0, 3],
    ] as const) {
      sweep.solve(sliceBlock(block, from, to), parts.subarray(from * kp, to * kp));
    }
    expect(parts).toEqual(together);
  });

  test.each<Solver>(['exact', 'pcg'])(
    'With the solver %s, a row has the same bits however the fixed rows were gathered',
    (solver) => {
      const problem = { rank, lambda: 0.05, alpha: 3, solver };
      const all = randomFactors(sizes.length, rank, 13);
      halfSweep(problem, gram, fixed, block).solve(block, all);
      // Takes only the rows that the block needs, in descending order.
      const needed = [...new Set(block.idx)].sort((a, b) => b - a);
      const gathered = new Float32Array(needed.length * kp);
      needed.forEach((row, at) => {
        gathered.set(fixed.subarray(row * kp, (row + 1) * kp), at * kp);
      });
      const renumbered = { ...block, idx: block.idx.map((row) => needed.indexOf(row)) };
      const some = randomFactors(sizes.length, rank, 13);
      halfSweep(problem, gram, gathered, renumbered).solve(renumbered, some);
      expect(some).toEqual(all);
    },
  );
});

describe('limits', () => {
  const options: HalfSweepOptions = {
    rank: 64,
    lambda: 0.01,
    alpha: 1,
    solver: 'exact',
    fixedRows: 15_000,
    maxRows: 10,
    maxNonZeros: 100,
    memoryMb: 4,
  };

  test('A row without a positive score is zero and adds nothing to the sums', () => {
    const fixed = randomFactors(20, 8, 1);
    const block = { ptr: Uint32Array.of(0, 1, 1), idx: Uint32Array.of(3), score: Float32Array.of(-1) };
    for (const solver of ['exact', 'pcg'] as const) {
      const x = randomFactors(2, 8, 2);
      const sweep = halfSweep({ rank: 8, lambda: 0, alpha: 1, solver }, gramOf(fixed, 8), fixed, block);
      expect(sweep.solve(block, x)).toEqual({ objective: 0, regularization: 0 });
      expect(x.every((value) => value === 0)).toBe(true);
    }
  });

  test('More memory than memoryMb is refused, and the error names the amount that is needed', () => {
    // 15,000 rows × 64 floats × 4 bytes are 3.7 MiB, and all else needs less than 0.2 MiB.
    expect(HalfSweep.create(options).fixed.length).toBe(15_000 * 64);
    expect(() => HalfSweep.create({ ...options, memoryMb: 3 })).toThrow(LimitError);
    expect(() => HalfSweep.create({ ...options, memoryMb: 3 })).toThrow(
      /need 4 MiB, and a shard may use 3: ask for more shards \(--shards\), or lower rank/,
    );
    expect(() => HalfSweep.create({ ...options, fixedRows: 2e7, memoryMb: 1e5 })).toThrow(
      /can address less than 4096: ask for more shards/,
    );
  });

  test('A block larger than announced is refused', () => {
    const sweep = HalfSweep.create(options);
    const large = randomBlock([60, 60], 100, 1);
    expect(() => sweep.solve(large, new Float32Array(2 * 64))).toThrow(/maxNonZeros 100: raise both/);
  });

  test.each<Solver>(['exact', 'pcg'])(
    'With the solver %s, a matrix that is not positive definite raises an error with its row and a cure',
    (solver) => {
      // With one neighbour for two dimensions, an empty Gram matrix and no regularization, the rank is 1 and the second
      // pivot 0.
      const fixed = new Float32Array(16).fill(1, 8, 10);
      const block = { ptr: Uint32Array.of(0, 0, 1), idx: Uint32Array.of(1), score: Float32Array.of(1) };
      const sweep = halfSweep({ rank: 2, lambda: 0, alpha: 1, solver }, new Float64Array(4), fixed, block);
      const solve = () => sweep.solve(block, new Float32Array(16));
      expect(solve).toThrow(NumericalError);
      expect(solve).toThrow(/row 1 of the block .* increase lambda \(now 0\)/);
    },
  );
});
