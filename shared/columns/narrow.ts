/** Narrow columns: the fewest bytes for each value that hold all values exactly. Most stored columns are small integers. */
import { doublesIn, integersIn } from './bytes.ts';

export type NarrowColumn = Uint8Array | Uint32Array | Float64Array;

/** Returns the narrowest column with the same values: u8, u32, or doubles. */
export function narrowed(column: NarrowColumn | Float32Array): NarrowColumn {
  let most = 0;
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    if (value >>> 0 !== value) return as(Float64Array, column);
    if (value > most) most = value;
  }
  return most < 256 ? as(Uint8Array, column) : as(Uint32Array, column);
}

/** Returns the column as `kind`: the column itself when it already is of that kind, else a copy. */
const as = <T extends NarrowColumn>(
  kind: new (values: ArrayLike<number>) => T,
  column: NarrowColumn | Float32Array,
): T => (column instanceof kind ? column : new kind(column));

/** Returns the column of `rows` values in `bytes`. `bytes` must begin at a multiple of 8 in its buffer. */
export function narrowIn(bytes: Uint8Array, rows: number): NarrowColumn {
  if (bytes.byteLength === rows) return bytes;
  return bytes.byteLength === rows * Uint32Array.BYTES_PER_ELEMENT ? integersIn(bytes) : doublesIn(bytes);
}
