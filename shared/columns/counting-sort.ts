/**
 * Counting sort: puts rows of columns in order of a small integer key in two linear passes, stable, so that sorting by
 * the last key first sorts by several.
 */

/** `offsets[k] … offsets[k + 1]` are the places of key `k`: a running sum of how often each of `keys` occurs. (buckets + 1) */
export function offsetsOf(keys: ArrayLike<number>, buckets: number): Uint32Array<ArrayBuffer> {
  const offsets = new Uint32Array(buckets + 1);
  for (let row = 0; row < keys.length; row++) offsets[keys[row]! + 1]!++;
  for (let key = 0; key < buckets; key++) offsets[key + 1]! += offsets[key]!;
  return offsets;
}

/**
 * The order of rows by key, rows of equal key staying in the order given. `keys` is by row; `rows` is the order so far
 * (all rows ascending where it is left out). Returns row numbers.
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

/** Row numbers by ascending value, by comparing. */
export function ascending(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  return order.sort((a, b) => values[a]! - values[b]!);
}

/** `values` in the order given. */
export function permuted<T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(
  values: T,
  order: Uint32Array,
): T {
  const result = new (values.constructor as new (length: number) => T)(order.length);
  for (let at = 0; at < order.length; at++) result[at] = values[order[at]!]!;
  return result;
}
