/**
 * Vectors in the text format that the serving reader opens (that of SemanticVectors): a header, then a line
 * `<item>|<v1>|<v2>|…` for each item.
 *
 * A value is the shortest decimal that reads back as the same float32, in the form in which JSON prints it.
 */
import { NumericalError } from '../../shared/errors.ts';

export const headerOf = (vectorSize: number): string => `-vectortype REAL -dimension ${vectorSize}\n`;

/**
 * Returns the line of `item`, whose vector is rows[offset … offset + size - 1].
 * @throws NumericalError naming the item where a value is not finite
 */
export function vectorLine(item: number, rows: Float32Array, offset: number, size: number): string {
  let line = String(item);
  for (let f = offset; f < offset + size; f++) {
    const value = rows[f]!;
    if (!Number.isFinite(value)) {
      throw new NumericalError(`value ${f - offset + 1} of item ${item} is ${value}: lower learningRate`);
    }
    line += `|${shortest(value)}`;
  }
  return `${line}\n`;
}

/** 10^0 … 10^22, all exact. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Returns the decimal number with the fewest places that rounds to `value` as a float32: 0.1 for the float32
 * 0.10000000149011612. Returns `value` itself when 22 places are not enough (below 1e-13, which no vector needs).
 * @param value finite
 */
export function shortest(value: number): number {
  for (const scale of POWERS_OF_TEN) {
    // Both numbers are exact, so their quotient is the double nearest to the decimal, which prints as the decimal.
    const decimal = Math.round(value * scale) / scale;
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
