/** The size of what states pass on. */
import { LimitError } from '../errors.ts';
import type { JsonValue } from '../json.ts';

/** The most bytes that a state may pass on: 200 KiB of the 256 KiB that Step Functions allows. */
export const STATE_LIMIT = 200 * 1024;

/** @throws LimitError for a value that is too large for a state */
export function assertFits(value: JsonValue, what: string): void {
  const size = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (size > STATE_LIMIT) {
    throw new LimitError(`${what} has ${size} bytes, and a state carries at most ${STATE_LIMIT}: pass keys, not data`);
  }
}
