/** The item sets that a miner found. */
import { LimitError } from '../errors.ts';
import { ROW_HEAD, ROW_WEIGHT } from './item-sets-baskets.ts';

/** Item sets in the order found. Each is a row of `cells[0, end)`: `[size, count, ranks ascending …]`. */
export class ItemSetList {
  cells = new Uint32Array(1024);
  end = 0;
  /** The number of sets. */
  length = 0;
  readonly #maxCells: number;

  constructor(maxCells: number = 2 ** 30) {
    this.#maxCells = maxCells;
  }

  /** Adds the set `ranks[0, size)`, which is descending. @throws LimitError when the list would pass its most cells */
  add(ranks: Uint32Array, size: number, count: number): void {
    const needed = this.end + ROW_HEAD + size;
    if (needed > this.cells.length) this.#grow(needed);
    const { cells } = this;
    cells[this.end] = size;
    cells[this.end + ROW_WEIGHT] = count;
    for (let at = 0; at < size; at++) cells[needed - 1 - at] = ranks[at]!;
    this.end = needed;
    this.length++;
  }

  #grow(needed: number): void {
    if (needed > this.#maxCells) {
      throw new LimitError(
        `more than ${this.length} frequent item sets found in one shard, more than memory holds: raise minSupport or ` +
          'minItemSetFreq, or lower maxItemSetSize',
      );
    }
    const larger = new Uint32Array(Math.min(Math.max(needed, 2 * this.cells.length), this.#maxCells));
    larger.set(this.cells);
    this.cells = larger;
  }
}
