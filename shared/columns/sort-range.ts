/** Sorting stretches of a column: one for each of many users, most of them short. */

/** Longer stretches are worth a call of the built-in sort, and the view that it takes. */
const INSERTION_LENGTH = 32;

/** Puts `values[start, end)` in ascending order, in place. */
export function sortRange(values: Float64Array | Uint32Array, start: number, end: number): void {
  if (end - start > INSERTION_LENGTH) {
    values.subarray(start, end).sort();
    return;
  }
  for (let next = start + 1; next < end; next++) {
    const value = values[next] as number;
    let place = next;
    for (; place > start && (values[place - 1] as number) > value; place--) values[place] = values[place - 1] as number;
    values[place] = value;
  }
}
