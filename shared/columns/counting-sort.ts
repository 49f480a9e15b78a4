/**
 * Counting sort: it sorts the rows of columns by a small integer key in two linear passes. It is stable, so rows can be
 * sorted by several keys: by the last key first.
 */

/** Returns a running sum (buckets + 1) of the keys' counts: sorted rows of key `k` are at `offsets[k]` to `offsets[k + 1]`. */
export function offsetsOf(keys: ArrayLike<number>, buckets: number): Uint32Array<ArrayBuffer> {
  const offsets = new Uint32Array(buckets + 1);
  for (let row = 0; row < keys.length; row++) offsets[keys[row]! + 1]!++;
  for (let key = 0; key < buckets; key++) offsets[key + 1]! += offsets[key]!;
  return offsets;
}

/**
 * Returns the row numbers sorted by key. Rows of equal key keep their order.
 *
 * @param keys the key of each row
 * @param offsets the result of `offsetsOf(keys)`
 * @param rows the row numbers in their current order; by default all rows, ascending
 */
export function orderBy(keys: Uint32Array, offsets: Uint32Array, rows?: Uint32Array): Uint32Array<ArrayBuffer> {
  const next = offsets.slice();
  const order = new Uint32Array(keys.length);
  if (rows === undefined) {
    for (let row = 0; row < keys.length; row++) order[next[keys[row]!]!++] = row;
  } else {
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!;
      order[next[keys[row]!]!++] = row;
    }
  }
  return order;
}

/** Returns the row numbers sorted by ascending value. */
export function ascending(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  return order.sort((a, b) => values[a]! - values[b]!);
}

/** Returns the values of the rows in `order`. */
export function permuted<T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(
  values: T,
  order: Uint32Array,
): T {
  const result = new (values.constructor as new (length: number) => T)(order.length);
  for (let at = 0; at < order.length; at++) result[at] = values[order[at]!]!;
  return result;
}
