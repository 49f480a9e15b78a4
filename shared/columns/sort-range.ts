/** Sorts ranges of a column. Callers have one range for each of many users, and most ranges are short. */

/** Up to these lengths insertion sort is faster than the built-in sort, which needs a view and may call back `compare`. */
const INSERTION_LENGTH = 32;
const INSERTION_ROWS = 16;

/** Sorts `values[start, end)` in place, in ascending order. */
export function sortRange(values: Float64Array | Uint32Array, start: number, end: number): void {
  if (end - start > INSERTION_LENGTH) {
    values.subarray(start, end).sort();
    return;
  }
  for (let next = start + 1; next < end; next++) {
    const value = values[next]!;
    let place = next;
    for (; place > start && values[place - 1]! > value; place--) values[place] = values[place - 1]!;
    values[place] = value;
  }
}

/**
 * Sorts the row numbers in `order[start, end)` in place, by `compare`. Long ranges are often sorted already, so it checks that
 * first.
 */
export function sortRows(
  order: Uint32Array,
  start: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  if (end - start > INSERTION_ROWS) {
    let sorted = start + 1;
    while (sorted < end && compare(order[sorted - 1]!, order[sorted]!) <= 0) sorted++;
    if (sorted < end) order.subarray(start, end).sort(compare);
    return;
  }
  for (let next = start + 1; next < end; next++) {
    const row = order[next]!;
    let place = next;
    for (; place > start && compare(order[place - 1]!, row) > 0; place--) {
      order[place] = order[place - 1]!;
    }
    order[place] = row;
  }
}
