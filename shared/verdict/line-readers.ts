/** Parsers of output lines for judging. They share no code with the writers of the lines. */

/** True for an id: an integer from 0 to 2^53 - 1. */
export const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Reads an id from its digits; undefined for any other text. */
export function idIn(text: string): number | undefined {
  const id = Number(text);
  return /^(0|[1-9]\d*)$/.test(text) && isId(id) ? id : undefined;
}

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

/** Reads a decimal number that Java's `Float.parseFloat` accepts; undefined for any other text and for infinite numbers. */
export function decimalIn(text: string): number | undefined {
  const value = Number(text);
  return DECIMAL.test(text) && Number.isFinite(value) ? value : undefined;
}

/**
 * Reads a JSON object with exactly these keys, in this order and without blanks. Returns a text with the problem of any other
 * line.
 */
export function recordIn(line: string, keys: readonly string[]): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return 'it is not JSON';
    throw error;
  }
  if (typeof value !== 'object' || value === null) return 'it is not a JSON object';
  if (Object.keys(value).join() !== keys.join()) return `it does not have exactly the keys ${keys.join(', ')}`;
  if (JSON.stringify(value) !== line) return 'a number or text in it is not written as JSON prints it';
  return value as Readonly<Record<string, unknown>>;
}
