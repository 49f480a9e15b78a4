/**
 * Vectors in the text format that the serving reader opens (that of SemanticVectors): a header, then a line
 * `<item>|<v1>|<v2>|…` for each item.
 *
 * A value is the shortest decimal that reads back as the same float32, in the form in which JSON prints it.
 */
import { NumericalError } from '../../shared/errors.ts';
import { shortestSingle } from '../../shared/model/shortest-single.ts';

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
    line += `|${shortestSingle(value)}`;
  }
  return `${line}\n`;
}
