/**
 * Rows of different lengths in one array, for the shuffle. A row has a head of `head` cells and then its values. The first cell
 * of the head is the number of values.
 *
 *   head 2     [2 9 · 5 6] [1 8 · 4]     two rows, with the values 5 6 and 4; the meaning of 9 and 8 depends on the step
 */
import { Growable } from '../../shared/columns/growable.ts';

export interface Rows {
  readonly cells: Uint32Array;
  /** The end of the last row in `cells`. */
  readonly end: number;
}

/** Rows sorted by key. Rows of one key keep their order. */
export interface RowsByKey {
  readonly cells: Uint32Array<ArrayBuffer>;
  /** Key `k` has the cells `offsets[k]` (inclusive) to `offsets[k + 1]` (exclusive). (keys + 1) */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** The number of rows. */
  readonly rows: number;
}

/** Sorts rows by key. @param keyOf returns the key, 0 to keys − 1, of the row that begins at `row` */
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
