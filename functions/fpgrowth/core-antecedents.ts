/**
 * The join that gives every antecedent its count of baskets.
 *
 * A set {a, b, c} that 5 baskets hold sends four rows, each to the bucket of its antecedent's hash. One row is the count of the
 * set itself, for the rules whose antecedent it is. The others are *candidates*, one for each of its items: a candidate asks
 * for the count of the remaining items.
 *
 *   [3 NONE 5 · a b c]   [2 a 5 · b c]   [2 b 5 · a c]   [2 c 5 · a b]     [size, consequent, count · antecedent ascending]
 *
 * A hash table of the counts in a bucket answers the bucket's candidates. All items are ranks.
 */
import { Growable } from '../../shared/columns/growable.ts';
import { LimitError } from '../../shared/errors.ts';
import type { ItemSetList } from '../../shared/kernels/item-sets.ts';
import { hashRanks, ROW_HEAD, ROW_WEIGHT } from '../../shared/kernels/item-sets-baskets.ts';
import { bucketOf } from '../../shared/model/stable-hash.ts';
import { layOutRows, type RowsByKey } from './core-rows.ts';

/** The cells before a row's antecedent: its size (at 0), the consequent, and the count of the whole set. */
const CONSEQUENT = 1;
const COUNT = 2;
export const JOIN_HEAD = 3;
/** In place of a consequent: the row is the count of its antecedent. No item has this rank. */
const NONE = 0xffffffff;

/** Collects the rows of a shard's sets. */
export class JoinRows {
  readonly #cells = new Growable(Uint32Array);
  readonly #maxSize: number;
  readonly #maxCells: number;

  /**
   * @param maxSize the most items of a set. A set of that size is no antecedent
   * @param maxCells the most cells of all rows
   */
  constructor(maxSize: number, maxCells: number) {
    this.#maxSize = maxSize;
    this.#maxCells = maxCells;
  }

  /** Adds the count of a single item, which can be an antecedent, but not the set of a rule. */
  addItem(rank: number, count: number): void {
    if (this.#maxSize < 2) return;
    this.#head(1, NONE, count);
    this.#cells.push(rank);
  }

  /** Adds the count of each set, and its candidates. @throws LimitError for more than `maxCells` cells */
  addSets({ cells, end }: ItemSetList): void {
    for (let set = 0; set < end; ) {
      const size = cells[set]!;
      const count = cells[set + ROW_WEIGHT]!;
      const start = set + ROW_HEAD;
      set = start + size;
      if (size < this.#maxSize) {
        this.#head(size, NONE, count);
        for (let at = start; at < set; at++) this.#cells.push(cells[at]!);
      }
      for (let without = start; without < set; without++) {
        this.#head(size - 1, cells[without]!, count);
        for (let at = start; at < set; at++) if (at !== without) this.#cells.push(cells[at]!);
      }
      if (this.#cells.length > this.#maxCells) {
        throw new LimitError(
          'the frequent item sets of one shard do not fit into memory: raise minSupport or minItemSetFreq, lower ' +
            'maxItemSetSize, or ask for more shards',
        );
      }
    }
  }

  /** Returns the rows by bucket of the antecedent's hash. */
  byAntecedent(buckets: number): RowsByKey {
    const rows = { cells: this.#cells.view(), end: this.#cells.length };
    return layOutRows(rows, JOIN_HEAD, buckets, (cells, row) => {
      const start = row + JOIN_HEAD;
      return bucketOf(hashRanks(cells, start, start + cells[row]!), buckets);
    });
  }

  #head(size: number, consequent: number, count: number): void {
    this.#cells.push(size);
    this.#cells.push(consequent);
    this.#cells.push(count);
  }
}

/**
 * Calls `take` for every candidate, with the count of its set and the count of its antecedent, `cells[start, end)`.
 *
 * @param cells all rows of some buckets
 * @throws RangeError when the count of an antecedent is missing
 */
export function joinAntecedents(
  cells: Uint32Array,
  take: (start: number, end: number, consequent: number, count: number, antecedentCount: number) => void,
): void {
  const counts = new CountTable(cells);
  forEachRow(cells, (row, start, end) => {
    const consequent = cells[row + CONSEQUENT]!;
    if (consequent !== NONE) take(start, end, consequent, cells[row + COUNT]!, counts.countOf(start, end));
  });
}

function forEachRow(cells: Uint32Array, take: (row: number, start: number, end: number) => void): void {
  for (let row = 0; row < cells.length; ) {
    const start = row + JOIN_HEAD;
    const end = start + cells[row]!;
    take(row, start, end);
    row = end;
  }
}

/** Set → count: a hash table with open addressing. The rows themselves are its entries. */
class CountTable {
  readonly #cells: Uint32Array;
  /** The start of the row with the count, plus one; 0 when the slot is empty. */
  readonly #slots: Uint32Array;

  constructor(cells: Uint32Array) {
    this.#cells = cells;
    let sets = 0;
    forEachRow(cells, (row) => {
      if (cells[row + CONSEQUENT] === NONE) sets++;
    });
    let slots = 1;
    while (slots < 2 * sets + 1) slots *= 2;
    this.#slots = new Uint32Array(slots);
    forEachRow(cells, (row, start, end) => {
      if (cells[row + CONSEQUENT] === NONE) this.#slots[this.#slotOf(start, end)] = row + 1;
    });
  }

  /**
   * Returns the count of the set `cells[start, end)`.
   *
   * @throws RangeError when it is missing. That is a mistake in the program, because each part of a frequent set is frequent
   *   too
   */
  countOf(start: number, end: number): number {
    const row = this.#slots[this.#slotOf(start, end)]! - 1;
    if (row < 0) throw new RangeError(`the count of the set of ranks ${this.#cells.subarray(start, end)} is missing`);
    return this.#cells[row + COUNT]!;
  }

  /** Returns the slot of the set, or the empty slot for it. */
  #slotOf(start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashRanks(this.#cells, start, end) & mask;
    for (;;) {
      const row = this.#slots[slot]! - 1;
      if (row < 0 || this.#equals(row, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(row: number, start: number, end: number): boolean {
    const cells = this.#cells;
    if (cells[row] !== end - start) return false;
    for (let at = start, own = row + JOIN_HEAD; at < end; at++, own++) if (cells[own] !== cells[at]) return false;
    return true;
  }
}
