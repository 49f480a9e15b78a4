/** The lengths of a matrix's rows. They show vectors that vanish, and vectors that grow without bound. */

/** Returns |row|² in float64, for the row rows[start … start + size - 1]. */
export function squaredNorm(rows: Float32Array | Float64Array, start: number, size: number): number {
  let sum = 0;
  for (let at = start; at < start + size; at++) sum += rows[at]! ** 2;
  return sum;
}

/** Returns the length of the longest row of (R, size), 0 without rows; NaN or Infinity when a value is not finite. */
export function longestRow(rows: Float32Array, size: number): number {
  let longest = 0;
  for (let start = 0; start < rows.length; start += size) {
    const squares = squaredNorm(rows, start, size);
    if (!(squares <= longest)) longest = squares;
    if (Number.isNaN(longest)) break;
  }
  return Math.sqrt(longest);
}

/** Returns the number of values that are not finite. */
export function countNotFinite(values: Float32Array | Float64Array): number {
  let count = 0;
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) count++;
  return count;
}
