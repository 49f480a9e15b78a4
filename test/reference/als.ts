/**
 * Implicit ALS the obvious way: float64, dense matrices, one formula after another. The kernels are compared with it.
 *
 * The model is Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008), regularised by
 * lambda × n as in Spark ≥ 1.1. *R rows, F fixed rows, K rank, Kp padded rank.* `shared/kernels/half-sweep.ts` gives the
 * formulas; rows have its layout, (rows,Kp).
 */
import type { HalfSweepOptions, RowBlock } from '../../shared/kernels/als.ts';
import { paddedRank } from '../../shared/kernels/als.ts';

export type Problem = Pick<HalfSweepOptions, 'rank' | 'lambda' | 'alpha' | 'solver'>;
type Vector = number[];
type Matrix = number[][];

export const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const apply = (a: Matrix, x: Vector): Vector => a.map((row) => dot(row, x));

/** Returns the K factors of row `r` of `rows`, (rows,Kp). */
export function rowOf(rows: Float32Array, r: number, rank: number): Vector {
  const start = r * paddedRank(rank);
  return Array.from(rows.subarray(start, start + rank));
}

/** Returns YᵀY over all rows, (K,K). */
export function referenceGram(rows: Float32Array, rank: number): Float64Array {
  const gram = new Float64Array(rank * rank);
  for (let r = 0; r < rows.length / paddedRank(rank); r++) {
    const y = rowOf(rows, r, rank);
    for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) gram[i * rank + j]! += y[i]! * y[j]!;
  }
  return gram;
}

interface Row {
  readonly neighbours: readonly { readonly index: number; readonly score: number }[];
  /** The number of neighbours whose score is positive. */
  readonly positives: number;
  /** n: the given one, or the number of positive scores. */
  readonly n: number;
}

/** Returns the rows of a block in compressed sparse form, each as a list. */
export function rowsOf({ ptr, idx, score, n }: RowBlock): Row[] {
  return Array.from({ length: ptr.length - 1 }, (_, u) => {
    const neighbours = Array.from(idx.subarray(ptr[u]!, ptr[u + 1]!), (index, place) => ({
      index,
      score: score[ptr[u]! + place]!,
    }));
    const positives = neighbours.filter((neighbour) => neighbour.score > 0).length;
    return { neighbours, positives, n: n?.[u] ?? positives };
  });
}

/**
 * Returns the solutions (R,K) of a half-sweep.
 *
 * @param warm (R,Kp), where the conjugate gradients start; the exact solver does not read it
 */
export function referenceHalfSweep(
  problem: Problem,
  gram: Float64Array,
  fixed: Float32Array,
  block: RowBlock,
  warm: Float32Array,
): Matrix {
  const { rank, lambda, alpha, solver } = problem;
  return rowsOf(block).map(({ neighbours, positives, n }, u) => {
    if (positives === 0) return Array.from({ length: rank }, () => 0);
    const preconditioner = Array.from({ length: rank }, (_, i) => Array.from(gram.subarray(i * rank, (i + 1) * rank)));
    preconditioner.forEach((row, i) => {
      row[i]! += lambda * n;
    });
    const a = preconditioner.map((row) => [...row]);
    const b = Array.from({ length: rank }, () => 0);
    for (const { index, score } of neighbours) {
      const y = rowOf(fixed, index, rank);
      for (let i = 0; i < rank; i++) {
        if (score > 0) b[i]! += (1 + alpha * score) * y[i]!;
        for (let j = 0; j < rank; j++) a[i]![j]! += alpha * Math.abs(score) * y[i]! * y[j]!;
      }
    }
    return solver === 'exact' ? solve(a, b) : twoSteps(a, b, preconditioner, rowOf(warm, u, rank));
  });
}

/** Returns x with A x = b for a symmetric positive definite A, by Gaussian elimination. */
export function solve(matrix: Matrix, right: Vector): Vector {
  const a = matrix.map((row, i) => [...row, right[i]!]);
  const n = a.length;
  for (let p = 0; p < n; p++) {
    for (let i = p + 1; i < n; i++) {
      const share = a[i]![p]! / a[p]![p]!;
      for (let j = p; j <= n; j++) a[i]![j]! -= share * a[p]![j]!;
    }
  }
  const x = Array.from({ length: n }, () => 0);
  for (let p = n - 1; p >= 0; p--) {
    x[p] = (a[p]![n]! - x.reduce((sum, value, j) => (j > p ? sum + a[p]![j]! * value : sum), 0)) / a[p]![p]!;
  }
  return x;
}

/**
 * Returns x after two steps of conjugate gradients for A x = b from `start`, preconditioned by M = G + lambda n I.
 *
 * Golub and Van Loan, "Matrix Computations", the preconditioned conjugate gradient algorithm.
 */
function twoSteps(a: Matrix, b: Vector, m: Matrix, start: Vector): Vector {
  let x = start;
  const ax = apply(a, x);
  let r = b.map((value, i) => value - ax[i]!);
  let z = solve(m, r);
  let p = z;
  for (let step = 0; step < 2; step++) {
    const ap = apply(a, p);
    const rz = dot(r, z);
    if (rz === 0) break;
    const length = rz / dot(p, ap);
    x = x.map((value, i) => value + length * p[i]!);
    r = r.map((value, i) => value - length * ap[i]!);
    z = solve(m, r);
    const turn = dot(r, z) / rz;
    p = z.map((value, i) => value + turn * p[i]!);
  }
  return x;
}

/** Returns Σ_i c_i (p_i - x·y_i)² + lambda n |x|² over all F fixed rows, summed over the rows with a positive score. */
export function referenceObjective(problem: Problem, fixed: Float32Array, block: RowBlock, x: Matrix): number {
  const { rank, lambda, alpha } = problem;
  let objective = 0;
  rowsOf(block).forEach(({ neighbours, positives, n }, u) => {
    if (positives === 0) return;
    const scores = new Map(neighbours.map(({ index, score }) => [index, score]));
    for (let i = 0; i < fixed.length / paddedRank(rank); i++) {
      const score = scores.get(i) ?? 0;
      const error = (score > 0 ? 1 : 0) - dot(x[u]!, rowOf(fixed, i, rank));
      objective += (1 + alpha * Math.abs(score)) * error * error;
    }
    objective += lambda * n * dot(x[u]!, x[u]!);
  });
  return objective;
}
