/**
 * The baskets that the item set kernel takes: items are ranks, and equal baskets are merged.
 *
 * A *rank* is an item's index when items are sorted by the number of baskets that hold them, 0 for the most frequent item.
 * Items below the required support have no rank and are left out. A basket is a row of `cells`,
 * `[length, weight, ranks ascending …]`. Its weight is the number of equal baskets that it stands for. Rows follow one
 * another:
 *
 *   {bread, milk}, {milk, bread}, {milk, beer}; milk 0, bread 1, beer 2     cells  2 2 0 1   2 1 0 2
 */

/** The cells before a row's ranks: its length (at 0) and its weight (at ROW_WEIGHT). */
export const ROW_HEAD = 2;
export const ROW_WEIGHT = 1;

/** The rows in `cells[0, end)`. */
export interface BasketRows {
  readonly cells: Uint32Array;
  readonly end: number;
}

/**
 * Writes the ranks of the items `places[start, end)` to `into`, ascending, and returns their number.
 *
 * @param rankOf an item's place → its rank, or -1 for none
 */
export function sortedRanks(
  places: Uint32Array,
  start: number,
  end: number,
  rankOf: Int32Array,
  into: Uint32Array,
): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const rank = rankOf[places[at]!]!;
    if (rank < 0) continue;
    // Insertion sort: baskets are short.
    let hole = length++;
    for (; hole > 0 && into[hole - 1]! > rank; hole--) into[hole] = into[hole - 1]!;
    into[hole] = rank;
  }
  return length;
}

/** A hash table of baskets that merges equal ones. */
export class BasketTable implements BasketRows {
  cells = new Uint32Array(1024);
  end = 0;
  #rows = 0;
  /** A slot is two cells: the start of a row plus one (0 when the slot is empty), and the row's hash. At most half are full. */
  #slots = new Uint32Array(2048);

  /** Adds the basket `ranks[start, end)`, ascending, `weight` times. */
  add(ranks: Uint32Array, start: number, end: number, weight: number): void {
    const hash = hashRanks(ranks, start, end);
    const slots = this.#slots;
    let slot = slotOf(hash, slots);
    for (; slots[slot] !== 0; slot = nextSlot(slot, slots)) {
      if (slots[slot + 1] !== hash) continue;
      const row = slots[slot]! - 1;
      if (!this.#equals(row, ranks, start, end)) continue;
      this.cells[row + ROW_WEIGHT]! += weight;
      return;
    }
    slots[slot] = this.end + 1;
    slots[slot + 1] = hash;
    this.#append(ranks, start, end, weight);
    if (++this.#rows * 4 > slots.length) this.#growSlots();
  }

  /** Adds all rows of another table, or of a part of one that holds whole rows. */
  addRows(cells: Uint32Array): void {
    for (let row = 0; row < cells.length; ) {
      const start = row + ROW_HEAD;
      const end = start + cells[row]!;
      this.add(cells, start, end, cells[row + ROW_WEIGHT]!);
      row = end;
    }
  }

  #equals(row: number, ranks: Uint32Array, start: number, end: number): boolean {
    const { cells } = this;
    if (cells[row] !== end - start) return false;
    for (let at = start, cell = row + ROW_HEAD; at < end; at++, cell++) if (cells[cell] !== ranks[at]) return false;
    return true;
  }

  #append(ranks: Uint32Array, start: number, end: number, weight: number): void {
    const needed = this.end + ROW_HEAD + end - start;
    if (needed > this.cells.length) {
      const larger = new Uint32Array(Math.max(needed, 2 * this.cells.length));
      larger.set(this.cells);
      this.cells = larger;
    }
    const { cells } = this;
    cells[this.end] = end - start;
    cells[this.end + ROW_WEIGHT] = weight;
    for (let at = start, cell = this.end + ROW_HEAD; at < end; at++, cell++) cells[cell] = ranks[at]!;
    this.end = needed;
  }

  #growSlots(): void {
    const smaller = this.#slots;
    const slots = new Uint32Array(2 * smaller.length);
    for (let from = 0; from < smaller.length; from += 2) {
      if (smaller[from] === 0) continue;
      let slot = slotOf(smaller[from + 1]!, slots);
      while (slots[slot] !== 0) slot = nextSlot(slot, slots);
      slots[slot] = smaller[from]!;
      slots[slot + 1] = smaller[from + 1]!;
    }
    this.#slots = slots;
  }
}

const slotOf = (hash: number, slots: Uint32Array): number => (hash << 1) & (slots.length - 1);
const nextSlot = (slot: number, slots: Uint32Array): number => (slot + 2) & (slots.length - 1);

/** Returns a hash, 0 to 2^32 - 1, of `ranks[start, end)`. It decides where sets are joined, and no byte of the output. */
export function hashRanks(ranks: Uint32Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ ranks[at]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash ^ (hash >>> 13), 0x85ebca6b) >>> 0;
}
