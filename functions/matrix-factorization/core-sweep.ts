/** A half-sweep over a side matrix, block by block: start vectors at first, then what is solved from the other side's factors. */
import { gramOf, HalfSweep, paddedRank, type Solver, startVector } from '../../shared/kernels/als.ts';
import { isBefore } from '../../shared/shuffle/buckets.ts';
import type { SideMatrix } from './core-matrix.ts';
import { addSums, type SideSums, TreeSum } from './core-tree.ts';

export interface SweepSettings {
  readonly rank: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly seed: number;
}

/** Solves a block and gives its sums; blocks are asked for one after another. */
export type SolveBlock = (block: number) => SideSums;

/** @param factors (R, stride) of the matrix's rows, to be filled */
export function startBlocks(
  { rank, seed }: SweepSettings,
  { ids, blockRows }: SideMatrix,
  factors: Float32Array,
): SolveBlock {
  const stride = paddedRank(rank);
  return (block) => {
    const [first, end] = rowsOf(blockRows, block);
    for (let row = first; row < end; row++) startVector(seed, ids[row]!, rank, factors, row * stride);
    return { gram: gramOfRows(factors, first, end, rank), objective: 0, regularization: 0 };
  };
}

/**
 * The kernel for all blocks of a matrix: its `fixed` rows (D, stride) are to be gathered, then it is to be started.
 * @throws LimitError where that takes more than `memoryMb`
 */
export function kernelFor(
  { rank, lambda, alpha }: SweepSettings,
  { blockRows, ptr, neighbours }: SideMatrix,
  solver: Solver,
  memoryMb: number,
): HalfSweep {
  let maxRows = 0;
  let maxNonZeros = 0;
  for (let block = 0; block + 1 < blockRows.length; block++) {
    const [first, end] = rowsOf(blockRows, block);
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
 * Gathers the fixed rows that a matrix's neighbours are, of all that go past. Both stand in layout order, so this is a merge. A
 * neighbour without a vector keeps zeros and so counts for nothing.
 */
export class Gathering {
  readonly #neighbours: Float64Array;
  readonly #rows: Float32Array;
  readonly #stride: number;
  readonly #blocks: number;
  #next = 0;

  /** @param rows (D, stride), zeros, one for each of the `neighbours` */
  constructor(neighbours: Float64Array, rows: Float32Array, stride: number, blocks: number) {
    this.#neighbours = neighbours;
    this.#rows = rows;
    this.#stride = stride;
    this.#blocks = blocks;
  }

  /** @param factors (R, stride) of the next `ids` in layout order */
  pass(ids: Float64Array, factors: Float32Array): void {
    const neighbours = this.#neighbours;
    const stride = this.#stride;
    let next = this.#next;
    for (let row = 0; row < ids.length && next < neighbours.length; ) {
      const id = ids[row]!;
      while (next < neighbours.length && neighbours[next] !== id && isBefore(neighbours[next]!, id, this.#blocks))
        next++;
      // Most rows are wanted, or hardly any: those that are stand together.
      let alike = 0;
      while (row + alike < ids.length && neighbours[next + alike] === ids[row + alike]) alike++;
      if (alike > 0) this.#rows.set(factors.subarray(row * stride, (row + alike) * stride), next * stride);
      next += alike;
      row += Math.max(1, alike);
    }
    this.#next = next;
  }
}

/** @param kernel started @param factors (R, stride) of the matrix's rows: with PCG the warm start, then the solutions */
export function solveBlocks(
  kernel: HalfSweep,
  { rank }: SweepSettings,
  { ids, blockRows, ptr, idx, score }: SideMatrix,
  factors: Float32Array,
): SolveBlock {
  const stride = paddedRank(rank);
  return (block) => {
    const [first, end] = rowsOf(blockRows, block);
    if (first === end) return { gram: null, objective: 0, regularization: 0 };
    const [from, to] = [ptr[first]!, ptr[end]!];
    const rows = {
      ptr: ptr.slice(first, end + 1).map((at) => at - from),
      idx: idx.subarray(from, to),
      score: score.subarray(from, to),
    };
    const solutions = factors.subarray(first * stride, end * stride);
    const { objective, regularization } = kernel.solve(rows, solutions, ids.subarray(first, end));
    return { gram: gramOfRows(factors, first, end, rank), objective, regularization };
  };
}

/** Solves the blocks `from` up to, not including, `to`, and adds up what they give. */
export function sumOverBlocks(solve: SolveBlock, from: number, to: number): TreeSum<SideSums> {
  const tree = new TreeSum(addSums);
  for (let block = from; block < to; block++) tree.push({ level: 0, index: block, sum: solve(block) });
  return tree;
}

const rowsOf = (blockRows: Uint32Array, block: number): [first: number, end: number] => [
  blockRows[block]!,
  blockRows[block + 1]!,
];

function gramOfRows(factors: Float32Array, first: number, end: number, rank: number): Float64Array | null {
  const stride = paddedRank(rank);
  return first === end ? null : gramOf(factors.subarray(first * stride, end * stride), rank);
}
