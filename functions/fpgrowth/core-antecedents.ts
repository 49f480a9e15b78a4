/**
 * The join that gives every antecedent its support.
 *
 * A set {a, b, c} that 5 baskets hold sends four rows, each to the bucket of its antecedent's hash: its own support, for the
 * rules that it is the antecedent of, and a *candidate* for each of its items, which asks for the support of the rest.
 *
 *   [3 NONE 5 · a b c]   [2 a 5 · b c]   [2 b 5 · a c]   [2 c 5 · a b]     [size, consequent, count · antecedent ascending]
 *
 * Within a bucket a hash table of the supports answers the candidates. Items are ranks throughout.
 */
import { Growable } from '../../shared/columns/growable.ts';
import { LimitError } from '../../shared/errors.ts';
import type { ItemSetList } from '../../shared/kernels/item-sets.ts';
import { hashRanks, ROW_HEAD } from '../../shared/kernels/item-sets-baskets.ts';
import { bucketOf } from '../../shared/model/stable-hash.ts';
import { layOutRows, type RowsByKey } from './core-rows.ts';

export const JOIN_HEAD = 3;
/** In place of a consequent: the row tells a support. No item has this rank. */
const NONE = 0xffffffff;

/** Collects the rows of a shard's sets. */
export class JoinRows {
  readonly #cells = new Growable(Uint32Array);
  readonly #maxSize: number;
  readonly #maxCells: number;

  /** @param maxSize items of a set, at most: a set of so many is no antecedent */
  constructor(maxSize: number, maxCells: number) {
    this.#maxSize = maxSize;
    this.#maxCells = maxCells;
  }

  /** A single item is an antecedent, and never a rule. */
  addItem(rank: number, count: number): void {
    if (this.#maxSize < 2) return;
    this.#head(1, NONE, count);
    this.#cells.push(rank);
  }

  /** @throws LimitError for more rows than memory holds */
  addSets({ cells, end }: ItemSetList): void {
    for (let set = 0; set < end; ) {
      const size = cells[set]!;
      const count = cells[set + 1]!;
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
          'the frequent item sets of one shard are more than memory holds: raise minSupport or minItemSetFreq, lower ' +
            'maxItemSetSize, or ask for more shards',
        );
      }
    }
  }

  /** By bucket of the antecedent's hash. */
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
 * Hands every candidate in `cells` to `take`, with its antecedent's count; the antecedent is `cells[start, end)`.
 * @param cells all rows of some buckets
 */
export function joinAntecedents(
  cells: Uint32Array,
  take: (start: number, end: number, consequent: number, count: number, antecedentCount: number) => void,
): void {
  const supports = new SupportTable(cells);
  forEachRow(cells, (row, start, end) => {
    const consequent = cells[row + 1]!;
    if (consequent !== NONE) take(start, end, consequent, cells[row + 2]!, supports.countOf(start, end));
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

/** Set → count: open addressing over the rows themselves. */
class SupportTable {
  readonly #cells: Uint32Array;
  /** Where a support's row begins, plus one; 0: none. */
  readonly #slots: Uint32Array;

  constructor(cells: Uint32Array) {
    this.#cells = cells;
    let supports = 0;
    forEachRow(cells, (row) => {
      if (cells[row + 1] === NONE) supports++;
    });
    let slots = 1;
    while (slots < 2 * supports + 1) slots *= 2;
    this.#slots = new Uint32Array(slots);
    forEachRow(cells, (row, start, end) => {
      if (cells[row + 1] === NONE) this.#slots[this.#slotOf(start, end)] = row + 1;
    });
  }

  /** The count of the set `cells[start, end)`. @throws RangeError: every part of a frequent set is frequent itself */
  countOf(start: number, end: number): number {
    const row = this.#slots[this.#slotOf(start, end)]! - 1;
    if (row < 0) throw new RangeError(`the support of the set of ranks ${this.#cells.subarray(start, end)} is missing`);
    return this.#cells[row + 2]!;
  }

  /** The slot of the set, or the free one where it belongs. */
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
