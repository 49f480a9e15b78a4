/**
 * Sweeps of the project's ALS kernel on one thread over scores in memory.
 *
 * With `regularization` 'plain' the problem is implicit's: lambda |x|² for every row, whatever its length. The kernel scales
 * lambda by a row's positive pairs, so it gets lambda 0, and lambda is added to the diagonal of the Gram matrix. The equations
 * and the arithmetic for each row are the same. With 'by count' the problem is the job's own.
 */
import { eigenOfGram, gramOf, HalfSweep, paddedRank, type Solver, startVector } from '../../shared/kernels/als.ts';
import type { Scores } from '../benchmark/matrix.ts';

export interface Training {
  readonly rank: number;
  readonly solver: Solver;
  readonly iterations: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly regularization: 'plain' | 'by count';
}

/** Rows with padding, (rows,Kp). */
export interface Factors {
  readonly users: Float32Array;
  readonly items: Float32Array;
}

/** The rows of a block. The neighbours and solutions of so many rows are small beside the fixed side. */
const BLOCK_ROWS = 1_024;
const MEMORY_MB = 3_008;

const rowsOf = ({ ptr }: Scores): number => ptr.length - 1;

/** Returns the users' start vectors, and the items' rows without values. */
export function startFactors(scores: { readonly users: Scores; readonly items: Scores }, rank: number): Factors {
  const kp = paddedRank(rank);
  const users = new Float32Array(rowsOf(scores.users) * kp);
  for (let user = 0; user < rowsOf(scores.users); user++) startVector(1, user, rank, users, user * kp);
  return { users, items: new Float32Array(rowsOf(scores.items) * kp) };
}

/** Trains the factors in place. */
export function trainFactors(
  scores: { readonly users: Scores; readonly items: Scores },
  factors: Factors,
  training: Training,
): void {
  for (let sweep = 1; sweep <= training.iterations; sweep++) {
    halfSweep(scores.items, factors.users, factors.items, training, training.solver);
    // As in the job, the last half-sweep is exact, whatever the solver.
    const solver = sweep === training.iterations ? 'exact' : training.solver;
    halfSweep(scores.users, factors.items, factors.users, training, solver);
  }
}

/** Solves the rows of `x` from the fixed rows. */
function halfSweep(
  { ptr, idx, score }: Scores,
  fixed: Float32Array,
  x: Float32Array,
  { rank, lambda, alpha, regularization }: Training,
  solver: Solver,
): void {
  const kp = paddedRank(rank);
  const plain = regularization === 'plain';
  const rows = ptr.length - 1;
  let maxNonZeros = 0;
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const pairs = ptr[Math.min(first + BLOCK_ROWS, rows)]! - ptr[first]!;
    maxNonZeros = Math.max(maxNonZeros, pairs);
  }
  const kernel = HalfSweep.create({
    rank,
    lambda: plain ? 0 : lambda,
    alpha,
    solver,
    fixedRows: fixed.length / kp,
    maxRows: BLOCK_ROWS,
    maxNonZeros,
    memoryMb: MEMORY_MB,
  });
  kernel.fixed.set(fixed);
  const gram = gramOf(fixed, rank);
  if (plain) for (let f = 0; f < rank; f++) gram[f * rank + f]! += lambda;
  kernel.start(gram, ...(solver === 'pcg' ? [eigenOfGram(gram, rank)] : []));
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const end = Math.min(first + BLOCK_ROWS, rows);
    const [from, to] = [ptr[first]!, ptr[end]!];
    const block = {
      ptr: ptr.slice(first, end + 1).map((at) => at - from),
      idx: idx.subarray(from, to),
      score: score.subarray(from, to),
    };
    kernel.solve(block, x.subarray(first * kp, end * kp));
  }
}

/** Returns rows (rows,K) without the padding of (rows,Kp). */
export function unpadded(rows: Float32Array, rank: number): Float32Array {
  const kp = paddedRank(rank);
  const packed = new Float32Array((rows.length / kp) * rank);
  for (let row = 0; row < rows.length / kp; row++) packed.set(rows.subarray(row * kp, row * kp + rank), row * rank);
  return packed;
}

/** Returns factors as they are published: with five significant digits, read as float32. */
export const published = (factors: Float32Array): Float32Array =>
  factors.map((factor) => Number(factor.toPrecision(5)));
