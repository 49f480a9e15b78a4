/**
 * One level of the item set miner: its memory, and the two scans over its baskets.
 *
 * *L labels*: a level renumbers the ranks that its baskets hold, 0 to L - 1, in the order of the ranks.
 */
import { ROW_HEAD, ROW_WEIGHT } from './item-sets-baskets.ts';

export type Cells = Uint32Array<ArrayBuffer>;

/** The memory of one level. It is used for the baskets of one set after another. */
export class Level {
  /** The baskets, as labels. */
  cells: Cells = new Uint32Array(1024);
  /** A label → its rank. (L) */
  readonly ranks: Cells;
  /** Row i of the triangle begins at pairsAt[i]. Its cells count the pairs of i and 0 … i − 1. */
  pairs: Cells = new Uint32Array(1024);
  readonly pairsAt: Cells;
  /** Label i has the partners partners[partnersAt[i], partnersAt[i + 1]), ascending; none when they are fewer than two. */
  partners: Cells = new Uint32Array(1024);
  readonly partnersAt: Cells;
  /**
   * Label i is in the baskets columns[columnsAt[i], columnsEnd[i]). A basket is two cells: the index of its first label and
   * the index of label i.
   */
  columns: Cells = new Uint32Array(1024);
  readonly columnsAt: Cells;
  readonly columnsEnd: Cells;
  /** A label → its label on the level below, or -1 for none. (L) */
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

/** Counts the pairs whose larger label is in `[first, after)`. */
export function countPairs(
  { pairs, pairsAt }: Level,
  cells: Uint32Array,
  end: number,
  first: number,
  after: number,
): void {
  for (let row = 0; row < end; ) {
    const weight = cells[row + ROW_WEIGHT]!;
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

/** Finds the baskets of each label in `[first, after)` that has partners, if they hold two or more smaller labels. */
export function findColumns(level: Level, cells: Uint32Array, end: number, first: number, after: number): void {
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

/** Returns a copy of `values` with twice the cells that are needed. */
export function grown(values: Cells, needed: number): Cells {
  const larger = new Uint32Array(2 * needed);
  larger.set(values);
  return larger;
}
