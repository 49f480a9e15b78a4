/**
 * Reads a line of item ids, `3278 12 9007199254740991`: a session or a basket. Ids are decimal numbers from 0 to 2^53 − 1,
 * separated by single spaces, with nothing before the first id or after the last.
 */
import type { Growable } from '../columns/growable.ts';

const SPACE = 0x20;
const ZERO = 0x30;

/** The reasons why a line is rejected: short stable phrases, which people count and search for. */
export const ITEM_LINE_REASONS = {
  notAnId: 'not item ids separated by single spaces',
  tooLarge: 'an item id above 2^53 - 1',
} as const;

export type ItemLineReason = (typeof ITEM_LINE_REASONS)[keyof typeof ITEM_LINE_REASONS];

/**
 * Adds the ids in `buffer[start, end)` to `into`, in the order of the line, with repeated ids.
 *
 * @returns the number of ids, 1 or more; or the reason to reject the line, and then `into` is unchanged
 */
export function parseItemLine(
  buffer: Uint8Array,
  start: number,
  end: number,
  into: Growable<Float64Array<ArrayBuffer>>,
): number | ItemLineReason {
  const before = into.length;
  let at = start;
  for (;;) {
    const first = at;
    let id = 0;
    for (; at < end; at++) {
      const digit = buffer[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      // Rounding begins above 2^53 and never leads back below it, so one check at the end is enough.
      id = id * 10 + digit;
    }
    if (at === first || (at < end && buffer[at] !== SPACE)) {
      into.truncate(before);
      return ITEM_LINE_REASONS.notAnId;
    }
    if (id > Number.MAX_SAFE_INTEGER) {
      into.truncate(before);
      return ITEM_LINE_REASONS.tooLarge;
    }
    into.push(id);
    if (at === end) return into.length - before;
    at++;
  }
}
