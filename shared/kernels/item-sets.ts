/**
 * Frequent item sets: all sets of two items or more that at least `minCount` baskets hold.
 *
 * The method is occurrence deliver, after LCM (Uno, Kiyomi and Arimura, *LCM ver. 2*, 2004), on baskets of ranks with equal
 * ones merged (`item-sets-baskets.ts`). A set is found from its largest rank i down. The *partners* of i are the smaller
 * ranks that are frequent together with it. Take the baskets that hold i, cut them off before i, keep only its partners and
 * renumber them: that is the same problem again, only smaller. Each such step is a *level*:
 *
 *   baskets 0 1 2, 0 2, 0 1 2 3, 1 3; minCount 2         level 0: pairs {1,0} {2,0} {2,1} {3,1}
 *   of 2: partners 0 and 1, baskets 0 1, 0 1             level 1: pair {1,0} with 2: the set {2,1,0}, count 2
 *
 * A level first counts all its pairs in a triangular array, whose row i is for the pairs of i with smaller ranks. A frequent
 * pair makes a set, together with the ranks that lead to the level. It also names the partners for the next level, so one
 * scan serves both.
 */
import type { ItemSetList } from './item-set-list.ts';
import { type BasketRows, ROW_HEAD, ROW_WEIGHT } from './item-sets-baskets.ts';
import { type Cells, countPairs, findColumns, grown, Level } from './item-sets-level.ts';

export { ItemSetList } from './item-set-list.ts';

/** Most pair counts held at a time (64 MiB). A level with more is mined in ranges of labels, with a scan for each. */
const MAX_PAIRS = 1 << 24;
/** The baskets whose first cells are read ahead, so that the delays of memory overlap. */
const FETCHED_AHEAD = 64;

export interface MiningOptions {
  /** The sets to find have their largest rank in `[from, to)`. The baskets must hold every smaller rank of such sets too. */
  readonly from: number;
  readonly to: number;
  /** The fewest baskets that hold a frequent set; 1 or more. */
  readonly minCount: number;
  /** The most items of a set. */
  readonly maxSize: number;
}

/** Adds the frequent sets of two items or more to `sets`. @throws LimitError when they are too many for `sets` */
export function mineItemSets(baskets: BasketRows, options: MiningOptions, sets: ItemSetList): void {
  new Miner(options, sets).mine(baskets);
}

class Miner {
  readonly #options: MiningOptions;
  readonly #sets: ItemSetList;
  readonly #levels: Level[] = [];
  /** The current set, ranks descending. `#set[0, depth)` are the ranks that all baskets of the level hold. */
  readonly #set: Cells;
  /** The result of the reads ahead. It keeps them from being optimised away. */
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

  /** Finds the sets whose largest label on this level is in `[from, to)`. */
  #mineLevel(cells: Uint32Array, end: number, from: number, to: number, depth: number): void {
    const level = this.#level(depth);
    let first = Math.max(1, from); // label 0 has no smaller one
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

  /** Adds the frequent pairs to the sets, and keeps the partners when they may make larger sets. */
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

  /** Writes the baskets that hold `label`, cut and renumbered, to the level below, if they keep two labels or more. */
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
      // Baskets are far apart in memory. These reads do not depend on each other, so the processor does them all at once.
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
          used += 1 + (other >> 31); // adds 1, or 0 for -1, without a branch that is hard to predict
        }
        const length = used - head - ROW_HEAD;
        out[head] = length;
        out[head + ROW_WEIGHT] = cells[start - ROW_HEAD + ROW_WEIGHT]!;
        if (length < 2) used = head;
      }
    }
    return used;
  }
}
