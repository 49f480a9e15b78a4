/** The shortest decimal of a float32. */

/** 10^0 … 10^22, all exact. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Returns the decimal number with the fewest places that rounds to `value` as a float32: 0.1 for the float32
 * 0.10000000149011612. Returns `value` itself when 22 places are not enough (below 1e-13, which no vector needs).
 * @param value finite
 */
export function shortestSingle(value: number): number {
  for (const scale of POWERS_OF_TEN) {
    // Both numbers are exact, so their quotient is the double nearest to the decimal, which prints as the decimal.
    const decimal = Math.round(value * scale) / scale;
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
