/**
 * Runs sweeps of the project's ALS kernel on one thread over scores in memory, and writes the factors.
 *
 * With `regularization` 'plain' the problem is implicit's: lambda |x|² for every row, whatever its length. The kernel scales
 * lambda by a row's positive pairs, so it gets lambda 0, and lambda is added to the diagonal of the Gram matrix. The equations
 * and the arithmetic for each row are the same. With 'by count' the problem is the job's own.
 */
import { writeFileSync } from 'node:fs';
import { eigenOfGram, gramOf, HalfSweep, paddedRank, type Solver, startVector } from '../../../shared/kernels/als.ts';
import { readScores, type Scores } from '../matrix.ts';
import { timed } from '../measure.ts';

export interface KernelRun {
  /** The folder of `users.*` and `items.*`. */
  readonly folder: string;
  readonly rank: number;
  readonly solver: Solver;
  readonly iterations: number;
  readonly lambda: number;
  readonly regularization: 'plain' | 'by count';
  /** The files for the factors, (rows,K) float32; left out to write none. */
  readonly factors?: { readonly users: string; readonly items: string };
}

/** The rows of a block. The neighbours and solutions of so many rows are small beside the fixed side. */
const BLOCK_ROWS = 1_024;
const MEMORY_MB = 3_008;

const run = JSON.parse(process.argv[2]!) as KernelRun;
const kp = paddedRank(run.rank);
const scores = { users: readScores(`${run.folder}/users`), items: readScores(`${run.folder}/items`) };
const rowsOf = ({ ptr }: Scores): number => ptr.length - 1;
const factors = {
  users: new Float32Array(rowsOf(scores.users) * kp),
  items: new Float32Array(rowsOf(scores.items) * kp),
};
for (let user = 0; user < rowsOf(scores.users); user++) startVector(1, user, run.rank, factors.users, user * kp);

const measurement = await timed(() => {
  for (let sweep = 1; sweep <= run.iterations; sweep++) {
    halfSweep(scores.items, factors.users, factors.items, run.solver);
    // As in the job, the last half-sweep is exact, whatever the solver.
    halfSweep(scores.users, factors.items, factors.users, sweep === run.iterations ? 'exact' : run.solver);
  }
});
if (run.factors) {
  for (const side of ['users', 'items'] as const) writeFileSync(run.factors[side], unpadded(factors[side]));
}
process.stdout.write(`${JSON.stringify(measurement)}\n`);

/** Solves the rows of `x` from the fixed rows. */
function halfSweep({ ptr, idx, score }: Scores, fixed: Float32Array, x: Float32Array, solver: Solver): void {
  const plain = run.regularization === 'plain';
  const rows = ptr.length - 1;
  let maxNonZeros = 0;
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const pairs = ptr[Math.min(first + BLOCK_ROWS, rows)]! - ptr[first]!;
    maxNonZeros = Math.max(maxNonZeros, pairs);
  }
  const kernel = HalfSweep.create({
    rank: run.rank,
    lambda: plain ? 0 : run.lambda,
    alpha: 1,
    solver,
    fixedRows: fixed.length / kp,
    maxRows: BLOCK_ROWS,
    maxNonZeros,
    memoryMb: MEMORY_MB,
  });
  kernel.fixed.set(fixed);
  const gram = gramOf(fixed, run.rank);
  if (plain) for (let f = 0; f < run.rank; f++) gram[f * run.rank + f]! += run.lambda;
  kernel.start(gram, ...(solver === 'pcg' ? [eigenOfGram(gram, run.rank)] : []));
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

function unpadded(rows: Float32Array): Float32Array {
  const packed = new Float32Array((rows.length / kp) * run.rank);
  for (let row = 0; row < rows.length / kp; row++) {
    packed.set(rows.subarray(row * kp, row * kp + run.rank), row * run.rank);
  }
  return packed;
}
