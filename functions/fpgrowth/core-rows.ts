/**
 * Rows of different lengths, as they are shuffled: a row begins with how many values it has, `head` cells come before these
 * values, and rows follow one another in one array.
 *
 *   head 2     [2 9 · 5 6] [1 8 · 4]     two rows; 9 and 8 are what else the head says
 */
import { Growable } from '../../shared/columns/growable.ts';

export interface Rows {
  readonly cells: Uint32Array;
  /** Where the last row ends. */
  readonly end: number;
}

/** Rows by key, those of one key in the order they came in. */
export interface RowsByKey {
  readonly cells: Uint32Array<ArrayBuffer>;
  /** Where each key's rows begin, in cells. (keys + 1) */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** How many rows there are. */
  readonly rows: number;
}

/** @param keyOf the key, 0 to keys − 1, of the row that begins at `row` */
export function layOutRows(
  { cells, end }: Rows,
  head: number,
  keys: number,
  keyOf: (cells: Uint32Array, row: number) => number,
): RowsByKey {
  const keyOfRow = new Growable(Uint32Array);
  const offsets = new Uint32Array(keys + 1);
  for (let row = 0; row < end; ) {
    const key = keyOf(cells, row);
    const length = head + cells[row]!;
    keyOfRow.push(key);
    offsets[key + 1]! += length;
    row += length;
  }
  for (let key = 0; key < keys; key++) offsets[key + 1]! += offsets[key]!;
  const next = offsets.slice();
  const byKey = new Uint32Array(end);
  const keyOfEach = keyOfRow.view();
  for (let row = 0, number = 0; row < end; number++) {
    const key = keyOfEach[number]!;
    const stop = row + head + cells[row]!;
    let to = next[key]!;
    while (row < stop) byKey[to++] = cells[row++]!;
    next[key] = to;
  }
  return { cells: byKey, offsets, rows: keyOfEach.length };
}
