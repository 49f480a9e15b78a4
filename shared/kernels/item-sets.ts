/**
 * Frequent item sets: all sets of two items or more that at least `minCount` baskets hold.
 *
 * Occurrence deliver, after LCM (Uno, Kiyomi and Arimura, *LCM ver. 2*, 2004), on baskets of ranks with equal ones merged
 * (`item-sets-baskets.ts`). A set is found from its largest rank i down. The *partners* of i are the smaller ranks that are
 * frequent together with it. The baskets that hold i, cut off before i, reduced to its partners and renumbered, are the same
 * problem again, only smaller:
 *
 *   baskets 0 1 2, 0 2, 0 1 2 3, 1 3; minCount 2         level 0: pairs {1,0} {2,0} {2,1} {3,1}
 *   of 2: partners 0 and 1, baskets 0 1, 0 1             level 1: pair {1,0} with 2: the set {2,1,0}, count 2
 *
 * A level first counts all its pairs in a triangular array, row i for the pairs with smaller ranks: those counts are the sets
 * that are one item larger than the level's own, and one scan thus does for two sizes.
 */
import { LimitError } from '../errors.ts';
import { type BasketRows, ROW_HEAD } from './item-sets-baskets.ts';

/** Most pair counts held at a time (64 MiB): a level with more is mined in ranges of ranks, a scan each. */
const MAX_PAIRS = 1 << 24;
/** Baskets whose first and last cells are fetched ahead, so that the memory's delays pass together and not one by one. */
const FETCHED_AHEAD = 64;

/** Sets in the order found, rows of `cells[0, end)`: `[size, count, ranks ascending …]`. */
export class ItemSetList {
  cells = new Uint32Array(1024);
  end = 0;
  /** How many sets there are. */
  length = 0;
  readonly #maxCells: number;

  constructor(maxCells: number = 2 ** 30) {
    this.#maxCells = maxCells;
  }

  /** Adds the set `ranks[0, size)`, descending. @throws LimitError beyond the most cells */
  add(ranks: Uint32Array, size: number, count: number): void {
    const needed = this.end + ROW_HEAD + size;
    if (needed > this.cells.length) this.#grow(needed);
    const { cells } = this;
    cells[this.end] = size;
    cells[this.end + 1] = count;
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

export interface MiningOptions {
  /** Sets whose largest rank lies in `[from, to)`; the baskets must hold every smaller rank that goes with one of these. */
  readonly from: number;
  readonly to: number;
  /** Baskets that hold a frequent set, at least; 1 or more. */
  readonly minCount: number;
  /** Items of a set, at most. */
  readonly maxSize: number;
}

/** Adds the frequent sets of two items or more to `sets`. @throws LimitError as `ItemSetList.add` */
export function mineItemSets(baskets: BasketRows, options: MiningOptions, sets: ItemSetList): void {
  new Miner(options, sets).mine(baskets);
}

type Cells = Uint32Array<ArrayBuffer>;

/** The memory of one level, for the baskets of one set after another. L labels: what ranks are called within the level. */
class Level {
  /** The baskets, in labels. */
  cells: Cells = new Uint32Array(1024);
  /** Label → rank. (L) */
  readonly ranks: Cells;
  /** Row i of the triangle begins at pairsAt[i]: its cells count the pairs of i and 0 … i − 1. */
  pairs: Cells = new Uint32Array(1024);
  readonly pairsAt: Cells;
  /** The partners of label i, ascending: partners[partnersAt[i] … partnersAt[i + 1]]. Where they are fewer than two: none. */
  partners: Cells = new Uint32Array(1024);
  readonly partnersAt: Cells;
  /** The baskets that hold label i, each where its labels begin and where i stands: columns[columnsAt[i] … columnsEnd[i]]. */
  columns: Cells = new Uint32Array(1024);
  readonly columnsAt: Cells;
  readonly columnsEnd: Cells;
  /** Label → label on the level below; -1: none. (L) */
  readonly labelBelow: Int32Array;

  constructor(labels: number) {
    this.ranks = new Uint32Array(labels);
    this.pairsAt = new Uint32Array(labels);
    this.partnersAt = new Uint32Array(labels + 1);
    this.columnsAt = new Uint32Array(labels);
    this.columnsEnd = new Uint32Array(labels);
    this.labelBelow = new Int32Array(labels).fill(-1);
  }
}

class Miner {
  readonly #options: MiningOptions;
  readonly #sets: ItemSetList;
  readonly #levels: Level[] = [];
  /** The set under way, ranks descending: `#set[0, depth)` is what all baskets of the level held. */
  readonly #set: Cells;
  #fetched = 0;

  constructor(options: MiningOptions, sets: ItemSetList) {
    this.#options = options;
    this.#sets = sets;
    this.#set = new Uint32Array(Math.min(options.maxSize, options.to) + 1);
  }

  mine({ cells, end }: BasketRows): void {
    const { from, to, maxSize } = this.#options;
    if (maxSize < 2) return;
    const { ranks } = this.#level(0);
    for (let rank = 0; rank < to; rank++) ranks[rank] = rank;
    this.#mineLevel(cells, end, from, to, 0);
  }

  /** No level has more labels than the first. */
  #level(depth: number): Level {
    this.#levels[depth] ??= new Level(this.#options.to);
    return this.#levels[depth];
  }

  /** Sets whose largest label, beside those of the set under way, lies in `[from, to)`. */
  #mineLevel(cells: Uint32Array, end: number, from: number, to: number, depth: number): void {
    const level = this.#level(depth);
    let first = Math.max(1, from); // nothing is smaller than 0
    while (first < to) {
      let after = first;
      let size = 0;
      do {
        level.pairsAt[after] = size;
        size += after++;
      } while (after < to && size + after <= MAX_PAIRS);
      this.#mineRange(cells, end, first, after, size, depth);
      first = after;
    }
  }

  #mineRange(cells: Uint32Array, end: number, first: number, after: number, size: number, depth: number): void {
    const level = this.#level(depth);
    if (level.pairs.length < size) level.pairs = new Uint32Array(Math.max(size, Math.min(2 * size, MAX_PAIRS)));
    else level.pairs.fill(0, 0, size);
    countPairs(level, cells, end, first, after);
    this.#takePairs(level, first, after, depth);
    if (level.partnersAt[first] === level.partnersAt[after]) return;
    findColumns(level, cells, end, first, after);
    const below = this.#level(depth + 1);
    for (let label = first; label < after; label++) {
      const start = level.partnersAt[label]!;
      const stop = level.partnersAt[label + 1]!;
      if (start === stop) continue;
      for (let at = start; at < stop; at++) {
        const partner = level.partners[at]!;
        level.labelBelow[partner] = at - start;
        below.ranks[at - start] = level.ranks[partner]!;
      }
      const used = this.#deliver(level, cells, label, below);
      for (let at = start; at < stop; at++) level.labelBelow[level.partners[at]!] = -1;
      this.#set[depth] = level.ranks[label]!;
      this.#mineLevel(below.cells, used, 0, stop - start, depth + 1);
    }
  }

  /** Adds the frequent pairs to the sets, and keeps the partners where larger sets may come of them. */
  #takePairs(level: Level, first: number, after: number, depth: number): void {
    const { pairs, pairsAt, partnersAt, ranks } = level;
    const { minCount, maxSize } = this.#options;
    const deeper = depth + 3 <= maxSize;
    let used = 0;
    for (let label = first; label < after; label++) {
      const start = used;
      partnersAt[label] = start;
      this.#set[depth] = ranks[label]!;
      if (used + label > level.partners.length) level.partners = grown(level.partners, used + label);
      const { partners } = level;
      const row = pairsAt[label]!;
      for (let other = 0; other < label; other++) {
        const count = pairs[row + other]!;
        if (count < minCount) continue;
        this.#set[depth + 1] = ranks[other]!;
        this.#sets.add(this.#set, depth + 2, count);
        partners[used++] = other;
      }
      // It takes two partners to make a set of three.
      if (!deeper || used - start < 2) used = start;
    }
    partnersAt[after] = used;
  }

  /** Writes the baskets that hold `label`, cut and renumbered, to the level below, those with two labels or more. */
  #deliver(
    { columns, columnsAt, columnsEnd, labelBelow }: Level,
    cells: Uint32Array,
    label: number,
    below: Level,
  ): number {
    const end = columnsEnd[label]!;
    let out = below.cells;
    let used = 0;
    for (let chunk = columnsAt[label]!; chunk < end; chunk += 2 * FETCHED_AHEAD) {
      const chunkEnd = Math.min(end, chunk + 2 * FETCHED_AHEAD);
      // Baskets lie far apart. Nothing here waits for anything, so the processor asks for all of them at once.
      for (let at = chunk; at < chunkEnd; at++) this.#fetched ^= cells[columns[at]!]!;
      for (let at = chunk; at < chunkEnd; at += 2) {
        const start = columns[at]!;
        const stop = columns[at + 1]!;
        const head = used;
        if (head + ROW_HEAD + stop - start >= out.length)
          out = below.cells = grown(out, head + ROW_HEAD + stop - start);
        used += ROW_HEAD;
        for (let from = start; from < stop; from++) {
          const other = labelBelow[cells[from]!]!;
          out[used] = other;
          used += 1 + (other >> 31); // by one unless it is -1, without a branch that is hard to foresee
        }
        const length = used - head - ROW_HEAD;
        out[head] = length;
        out[head + 1] = cells[start - 1]!;
        if (length < 2) used = head;
      }
    }
    return used;
  }
}

/** Counts the pairs whose larger label lies in `[first, after)`. */
function countPairs({ pairs, pairsAt }: Level, cells: Uint32Array, end: number, first: number, after: number): void {
  for (let row = 0; row < end; ) {
    const weight = cells[row + 1]!;
    const start = row + ROW_HEAD;
    row = start + cells[row]!;
    for (let at = start + 1; at < row; at++) {
      const label = cells[at]!;
      if (label < first) continue;
      if (label >= after) break;
      const counts = pairsAt[label]!;
      for (let from = start; from < at; from++) pairs[counts + cells[from]!]! += weight;
    }
  }
}

/** Finds the baskets of every label in `[first, after)` that has partners, those with two smaller labels or more. */
function findColumns(level: Level, cells: Uint32Array, end: number, first: number, after: number): void {
  const { columnsAt, columnsEnd, partnersAt } = level;
  columnsEnd.fill(0, first, after);
  for (let row = 0; row < end; ) {
    const start = row + ROW_HEAD;
    row = start + cells[row]!;
    for (let at = start + 2; at < row; at++) {
      const label = cells[at]!;
      if (label >= first && label < after) columnsEnd[label]!++;
    }
  }
  let size = 0;
  for (let label = first; label < after; label++) {
    const baskets = columnsEnd[label]!;
    columnsAt[label] = columnsEnd[label] = size;
    if (partnersAt[label] !== partnersAt[label + 1]) size += 2 * baskets;
  }
  if (level.columns.length < size) level.columns = new Uint32Array(size + (size >> 1));
  const { columns } = level;
  for (let row = 0; row < end; ) {
    const start = row + ROW_HEAD;
    row = start + cells[row]!;
    for (let at = start + 2; at < row; at++) {
      const label = cells[at]!;
      if (label < first) continue;
      if (label >= after) break;
      if (partnersAt[label] === partnersAt[label + 1]) continue;
      const place = columnsEnd[label]!;
      columns[place] = start;
      columns[place + 1] = at;
      columnsEnd[label] = place + 2;
    }
  }
}

function grown(values: Cells, needed: number): Cells {
  const larger = new Uint32Array(2 * needed);
  larger.set(values);
  return larger;
}
