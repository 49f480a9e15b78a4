/** Sorting stretches of a column: one for each of many users, most of them short. */

/** Longer stretches are worth a call of the built-in sort, and the view that it takes; sooner where it calls back. */
const INSERTION_LENGTH = 32;
const INSERTION_ROWS = 16;

/** Puts `values[start, end)` in ascending order, in place. */
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

/** Puts the rows in `order[start, end)` in the order of `compare`, in place; longer stretches are often in order already. */
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
