import { squaredNorm } from '../../shared/kernels/longest-row.ts';

/**
 * Combines the copies of one checkpoint that the partitions trained, row by row. With Δp = copy of partition p - checkpoint,
 * summed in double precision in the order of the partitions:
 *
 *     S = Σ Δp,   Q = Σ |Δp|²,   row = checkpoint + S × min(1, Q / |S|²),   unchanged where |S| = 0
 *
 * Orthogonal changes add up (|S|² = Q), and P equal changes are averaged (|S|² = P Q). A partition that did not change a row
 * adds 0 to both sums, as if it were left out.
 */
export class RowCombination {
  readonly #checkpoint: Float32Array;
  readonly #size: number;
  /** S, (rows,size). */
  readonly #sums: Float64Array;
  /** Q of each row, (rows). */
  readonly #squares: Float64Array;

  /** @param checkpoint (rows,size) */
  constructor(checkpoint: Float32Array, size: number) {
    this.#checkpoint = checkpoint;
    this.#size = size;
    this.#sums = new Float64Array(checkpoint.length);
    this.#squares = new Float64Array(checkpoint.length / size);
  }

  /** Adds the copy of the next partition. @param copy (rows,size) */
  add(copy: Float32Array): void {
    for (let row = 0, at = 0; row < this.#squares.length; row++) {
      let squares = 0;
      for (const end = at + this.#size; at < end; at++) {
        const change = copy[at]! - this.#checkpoint[at]!;
        this.#sums[at]! += change;
        squares += change * change;
      }
      this.#squares[row]! += squares;
    }
  }

  /** Returns the combined rows, written over those of the checkpoint. */
  finish(): Float32Array {
    for (let row = 0; row < this.#squares.length; row++) {
      const start = row * this.#size;
      const length = squaredNorm(this.#sums, start, this.#size);
      if (length === 0) continue;
      const share = Math.min(1, this.#squares[row]! / length);
      for (let at = start; at < start + this.#size; at++) {
        this.#checkpoint[at] = this.#checkpoint[at]! + this.#sums[at]! * share;
      }
    }
    return this.#checkpoint;
  }
}
