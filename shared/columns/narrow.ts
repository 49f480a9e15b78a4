/** Columns in as few bytes a value as hold them all exactly: what goes to the store, and comes back, is mostly small integers. */
import { doublesIn, integersIn } from './bytes.ts';

export type NarrowColumn = Uint8Array | Uint32Array | Float64Array;

/** The narrowest column of the same values: u8, u32, or doubles. */
export function narrowed(column: NarrowColumn | Float32Array): NarrowColumn {
  let most = 0;
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    if (value >>> 0 !== value) return as(Float64Array, column);
    if (value > most) most = value;
  }
  return most < 256 ? as(Uint8Array, column) : as(Uint32Array, column);
}

/** The same column where it is of that kind already. */
const as = <T extends NarrowColumn>(
  kind: new (values: ArrayLike<number>) => T,
  column: NarrowColumn | Float32Array,
): T => (column instanceof kind ? column : new kind(column));

/** The column whose values lie in `bytes`, which begin at a multiple of 8 in their buffer. @param rows how many values */
export function narrowIn(bytes: Uint8Array, rows: number): NarrowColumn {
  if (bytes.byteLength === rows) return bytes;
  return bytes.byteLength === rows * Uint32Array.BYTES_PER_ELEMENT ? integersIn(bytes) : doublesIn(bytes);
}
