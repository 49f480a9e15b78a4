/**
 * Vectors as the serving reader opens them (SemanticVectors' text form): a header, then `<item>|<v1>|<v2>|…` a line.
 *
 * A value is the shortest decimal that reads back as the same float32, in the form in which JSON prints it.
 */
import { NumericalError } from '../../shared/errors.ts';

export const headerOf = (vectorSize: number): string => `-vectortype REAL -dimension ${vectorSize}\n`;

/** The line of `item`: rows[offset … offset + size - 1]. @throws NumericalError naming the item where a value is not finite */
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
 * The number of the fewest decimal places that is `value` as a float32: 0.1 for the float32 0.10000000149011612. Where 22
 * places are not enough (below 1e-13, where no vector's values count), `value` itself.
 * @param value finite
 */
export function shortest(value: number): number {
  for (const scale of POWERS_OF_TEN) {
    // Two exact numbers: their quotient is the double that the decimal itself reads as, and so prints as the decimal.
    const decimal = Math.round(value * scale) / scale;
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
