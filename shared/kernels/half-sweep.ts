/**
 * One half-sweep of implicit ALS: the rows of one side are solved from the fixed rows of the other.
 *
 * Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008), regularised by lambda × n as
 * in Spark ≥ 1.1. *R rows in a block, F fixed rows, K rank, Kp padded rank.* Row u has scores r_i for its neighbours i:
 *
 *     preference p_i = 1 where r_i > 0, else 0          confidence c_i = 1 + alpha |r_i|, 1 where there is no score
 *     minimise  Σ_i c_i (p_i - x·y_i)² + lambda n |x|²  over all i of the fixed side; n = the number of positive r_i,
 *                                                       unless the caller gives another n for each row
 *     A = G + Σ alpha |r_i| y_i y_iᵀ + lambda n I,      G = YᵀY;    b = Σ_{r_i > 0} c_i y_i;    x = A⁻¹ b
 *
 * An example with K = 1, Y = (1, 2, 3), r = (1, -2, none), alpha = 1 and lambda = 0.5: G = 1 + 4 + 9 = 14,
 * A = 14 + 1 × 1 + 2 × 4 + 0.5 × 1 = 23.5, b = 2 × 1 = 2, x = 2 / 23.5; the objective is c_1 - b x = 2 - 4 / 23.5.
 *
 * A row whose matrix float32 cannot tell from a singular one is solved in float64: an item that all of 100,000 users have
 * makes such rows. As long as a row's neighbours come in the same order, its solution has the same bits, whatever block
 * the row is in and however the fixed rows were gathered. Tests compare this code with the plain version in
 * `test/reference/als.ts`.
 */
import { LimitError, NumericalError } from '../errors.ts';
import { paddedRank } from './als-instance.ts';
import type { Eigen } from './eigen.ts';
import { eigenOfGram } from './gram.ts';
import { type HalfSweepMemory, type HalfSweepOptions, halfSweepMemory } from './half-sweep-memory.ts';

/** R rows in compressed sparse form: the neighbours of row u are ptr[u] (inclusive) to ptr[u + 1] (exclusive). */
export interface RowBlock {
  /** (R + 1), the first 0. */
  readonly ptr: Uint32Array;
  /** (nnz) indices of fixed rows, ascending within a row. */
  readonly idx: Uint32Array;
  /** (nnz) scores: a negative one is a dislike; 0 never occurs. */
  readonly score: Float32Array;
  /** (R) n of each row: its regularisation is lambda n |x|². By default n is the number of the row's positive scores. */
  readonly n?: Float64Array | undefined;
}

/** Float64 sums over the rows of a block, in row order. */
export interface BlockSums {
  /** The data terms plus lambda n |x|². The other side's regularisation is not included. */
  readonly objective: number;
  /** n |x|². */
  readonly regularization: number;
}

export class HalfSweep {
  readonly #options: HalfSweepOptions;
  readonly #memory: HalfSweepMemory;

  /** @throws LimitError when the memory would pass `memoryMb` */
  static create(options: HalfSweepOptions): HalfSweep {
    return new HalfSweep(options);
  }

  private constructor(options: HalfSweepOptions) {
    this.#options = options;
    this.#memory = halfSweepMemory(options);
  }

  /** (F,Kp): the caller fills it before `start`, which with PCG expresses the rows in another basis. */
  get fixed(): Float32Array {
    return this.#memory.fixed;
  }

  /**
   * Prepares the kernels for the Gram matrix of the *whole* fixed side, (K,K) and symmetric.
   *
   * @param eigen for PCG: the eigenvectors of `gram`; computed here when the caller does not give them
   * @throws NumericalError for PCG, when the Gram matrix is not finite
   */
  start(gram: Float64Array, eigen?: Eigen): void {
    if (this.#options.solver === 'exact') this.#useGram(gram);
    else this.#useEigen(eigen ?? eigenOfGram(gram, this.#options.rank));
  }

  /**
   * Solves the rows of a block.
   *
   * @param x (R,Kp): receives the solution; with PCG it holds the warm start before the call
   * @param ids (R) the ids that error messages name; without them a message names the row's index in the block, from 0
   * @throws LimitError for a block that is larger than the options say
   * @throws NumericalError with the first row that has no finite solution
   */
  solve(block: RowBlock, x: Float32Array, ids?: Float64Array): BlockSums {
    const { als, solution, ptr, idx, score, n } = this.#memory;
    const rows = block.ptr.length - 1;
    if (block.ptr.length > ptr.length || block.idx.length > idx.length) {
      throw new LimitError(
        `ALS: a block of ${rows} rows with ${block.idx.length} neighbours, where maxRows is ${ptr.length - 1} and ` +
          `maxNonZeros ${idx.length}: raise both to those of the largest block`,
      );
    }
    ptr.set(block.ptr);
    idx.set(block.idx);
    score.set(block.score);
    if (block.n !== undefined) n.set(block.n);
    if (this.#options.solver === 'pcg') solution.set(x);
    const failed = als.solve(rows, this.#options.solver === 'exact', block.n !== undefined);
    if (failed >= 0) {
      throw new NumericalError(
        `ALS: ${ids ? `id ${ids[failed]}` : `row ${failed} of the block`} has no finite solution: its matrix is singular ` +
          `even in double precision, or its values are too large: increase lambda (now ${this.#options.lambda}), or lower ` +
          `alpha (now ${this.#options.alpha}) or valuePerAction`,
      );
    }
    x.set(solution.subarray(0, x.length));
    return { objective: als.objective.value, regularization: als.regularization.value };
  }

  /** Copies (K,K) to (Kp,Kp), as float32 and as float64; 1 on the padded diagonal keeps the matrix positive definite. */
  #useGram(gram: Float64Array): void {
    const { rank } = this.#options;
    const kp = paddedRank(rank);
    const to = this.#memory.gramInDouble.fill(0);
    for (let i = 0; i < rank; i++) to.set(gram.subarray(i * rank, (i + 1) * rank), i * kp);
    for (let i = rank; i < kp; i++) to[i * kp + i] = 1;
    this.#memory.gram.set(to);
  }

  #useEigen({ values, vectors }: Eigen): void {
    const { rank, fixedRows } = this.#options;
    const kp = paddedRank(rank);
    const { als, gram, eigenvectors } = this.#memory;
    gram.fill(1).set(values);
    const columns = eigenvectors.subarray(0, kp * kp).fill(0);
    const rows = eigenvectors.subarray(kp * kp).fill(0);
    for (let j = 0; j < rank; j++) {
      for (let f = 0; f < rank; f++) {
        const component = vectors[j * rank + f]!;
        rows[j * kp + f] = component;
        columns[f * kp + j] = component;
      }
    }
    als.rotateFixed(fixedRows);
  }
}
