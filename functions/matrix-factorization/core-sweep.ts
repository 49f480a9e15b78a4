/**
 * A half-sweep over a side matrix, block by block. The first one makes start vectors; every other one solves rows from
 * the factors of the other side.
 *
 * *R rows and D distinct neighbours of the side matrix, stride: the padded rank.* `factors` is (R, stride), row-major,
 * float32.
 */
import { gramOf, HalfSweep, paddedRank, type Solver, startVector } from '../../shared/kernels/als.ts';
import { type BucketRange, isBefore } from '../../shared/shuffle/buckets.ts';
import type { SideMatrix } from './core-matrix.ts';
import { addSums, type SideSums, TreeSum } from './core-tree.ts';
import type { FactorizationSettings } from './settings.ts';

export type SweepSettings = Pick<FactorizationSettings, 'rank' | 'lambda' | 'alpha' | 'seed'>;

/** Solves a block and returns its sums. Blocks are asked for in order. */
export type SolveBlock = (block: number) => SideSums;

/** Returns a function that puts start vectors into `factors`. */
export function startBlocks(
  { rank, seed }: Pick<SweepSettings, 'rank' | 'seed'>,
  { ids, blockRows }: SideMatrix,
  factors: Float32Array,
): SolveBlock {
  const stride = paddedRank(rank);
  return (block) => {
    const { first, end } = rowsOf(blockRows, block);
    for (let row = first; row < end; row++) startVector(seed, ids[row]!, rank, factors, row * stride);
    return { gram: gramOfRows(factors, first, end, rank), objective: 0, regularization: 0 };
  };
}

/**
 * Returns a kernel that is large enough for every block of the matrix. Its caller fills `fixed` (D, stride) and then
 * calls `start`.
 * @throws LimitError when the kernel needs more than `memoryMb`
 */
export function kernelFor(
  { rank, lambda, alpha }: Pick<SweepSettings, 'rank' | 'lambda' | 'alpha'>,
  { blockRows, ptr, neighbours }: SideMatrix,
  solver: Solver,
  memoryMb: number,
): HalfSweep {
  let maxRows = 0;
  let maxNonZeros = 0;
  for (let block = 0; block + 1 < blockRows.length; block++) {
    const { first, end } = rowsOf(blockRows, block);
    maxRows = Math.max(maxRows, end - first);
    maxNonZeros = Math.max(maxNonZeros, ptr[end]! - ptr[first]!);
  }
  return HalfSweep.create({
    rank,
    lambda,
    alpha,
    solver,
    maxRows,
    maxNonZeros,
    fixedRows: neighbours.length,
    memoryMb,
  });
}

/**
 * Gathers the factors of a matrix's neighbours from the other side's factors, which pass in layout order. The
 * neighbours are in layout order too, so this is a merge. A neighbour without a vector keeps zeros, so it adds nothing
 * to any sum.
 */
export class Gathering {
  readonly #neighbours: Float64Array;
  readonly #rows: Float32Array;
  readonly #stride: number;
  readonly #blocks: number;
  #next = 0;

  /** @param rows (D, stride), zeros: receives the factors of the `neighbours` */
  constructor(neighbours: Float64Array, rows: Float32Array, stride: number, blocks: number) {
    this.#neighbours = neighbours;
    this.#rows = rows;
    this.#stride = stride;
    this.#blocks = blocks;
  }

  /** Takes the next ids in layout order. @param factors their factors, one row an id */
  pass(ids: Float64Array, factors: Float32Array): void {
    const neighbours = this.#neighbours;
    const stride = this.#stride;
    let next = this.#next;
    for (let row = 0; row < ids.length && next < neighbours.length; ) {
      const id = ids[row]!;
      while (next < neighbours.length && neighbours[next] !== id && isBefore(neighbours[next]!, id, this.#blocks))
        next++;
      // Usually either most rows are wanted or hardly any. Wanted rows often follow one another, and are copied
      // together.
      let equal = 0;
      while (row + equal < ids.length && neighbours[next + equal] === ids[row + equal]) equal++;
      if (equal > 0) this.#rows.set(factors.subarray(row * stride, (row + equal) * stride), next * stride);
      next += equal;
      row += Math.max(1, equal);
    }
    this.#next = next;
  }
}

/**
 * Returns a function that solves rows into `factors`.
 * @param kernel started @param factors with PCG it holds the warm start before the call
 */
export function solveBlocks(
  kernel: HalfSweep,
  { rank }: Pick<SweepSettings, 'rank'>,
  { ids, blockRows, ptr, idx, score, n }: SideMatrix,
  factors: Float32Array,
): SolveBlock {
  const stride = paddedRank(rank);
  return (block) => {
    const { first, end } = rowsOf(blockRows, block);
    if (first === end) return { gram: null, objective: 0, regularization: 0 };
    const [from, to] = [ptr[first]!, ptr[end]!];
    const rows = {
      ptr: ptr.slice(first, end + 1).map((at) => at - from),
      idx: idx.subarray(from, to),
      score: score.subarray(from, to),
      n: n?.subarray(first, end),
    };
    const solutions = factors.subarray(first * stride, end * stride);
    const { objective, regularization } = kernel.solve(rows, solutions, ids.subarray(first, end));
    return { gram: gramOfRows(factors, first, end, rank), objective, regularization };
  };
}

/** Solves a range of blocks, and adds up their sums. */
export function sumOverBlocks(solve: SolveBlock, { from, to }: BucketRange): TreeSum<SideSums> {
  const tree = new TreeSum(addSums);
  for (let block = from; block < to; block++) tree.push({ level: 0, index: block, sum: solve(block) });
  return tree;
}

/** Returns the rows of a block: `first` up to, not including, `end`. */
const rowsOf = (blockRows: Uint32Array, block: number): { readonly first: number; readonly end: number } => ({
  first: blockRows[block]!,
  end: blockRows[block + 1]!,
});

/** Returns the Gram matrix of rows `first` up to, not including, `end`; null without any row. */
function gramOfRows(factors: Float32Array, first: number, end: number, rank: number): Float64Array | null {
  const stride = paddedRank(rank);
  return first === end ? null : gramOf(factors.subarray(first * stride, end * stride), rank);
}
