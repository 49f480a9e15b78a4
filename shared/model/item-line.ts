/**
 * Reads a line of item ids, `3278 12 9007199254740991`: a session or a basket. Ids are decimal digits, from 0 to
 * 2^53 − 1, separated by single spaces; nothing stands before the first one or after the last.
 */
import type { Growable } from '../columns/growable.ts';

const SPACE = 0x20;
const ZERO = 0x30;

/** Why a line is rejected: short stable phrases, which people count and search for. */
export const ITEM_LINE_REASONS = {
  notAnId: 'not item ids separated by single spaces',
  tooLarge: 'an item id above 2^53 - 1',
} as const;

export type ItemLineReason = (typeof ITEM_LINE_REASONS)[keyof typeof ITEM_LINE_REASONS];

/**
 * Adds the ids in `buffer[start, end)` to `into`, in the order of the line, an id as often as it stands there.
 * @returns how many there were, 1 or more, or why the line was rejected; then `into` is as it was
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
      // Rounding begins above 2^53 and never leads back below it, so one look at the end is enough.
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
