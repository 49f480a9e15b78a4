/**
 * Reads times that count from 1970-01-01T00:00:00Z, as many programs log them.
 *
 *   1323417600        seconds: from 10^8 to below 10^11, the years 1973 to 5138
 *   1323417600.25     the same, with a fraction of a second; digits beyond milliseconds are cut off
 *   1323417600250     milliseconds: from 10^11 on, up to the year 9999; a fraction is cut off
 *
 * Both units begin in March 1973, so every time from then on is read in the unit in which it was meant. A smaller number is no
 * time: `20111209` is rather a date, and would be a day of 1970.
 */
const LEAST_SECONDS = 1e8;
const LEAST_MILLISECONDS = 1e11;
/** 9999-12-31T23:59:59.999Z. */
const MOST_MILLISECONDS = 253_402_300_799_999;
/** So many digits are an exact double, and a number of more digits is beyond every time. */
const MOST_DIGITS = 15;

const ZERO = 0x30;
const DOT = 0x2e;

/** Returns the instant in milliseconds that `bytes[start, end)` spells, or NaN when it is not an epoch time. */
export function parseEpoch(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let whole = 0;
  for (; at < end && isDigit(bytes[at]!); at++) whole = whole * 10 + bytes[at]! - ZERO;
  if (at === start || at - start > MOST_DIGITS) return Number.NaN;
  let milliseconds = 0;
  if (at < end) {
    if (bytes[at] !== DOT || at + 1 === end) return Number.NaN;
    for (let scale = 100; ++at < end; scale = (scale / 10) | 0) {
      if (!isDigit(bytes[at]!)) return Number.NaN;
      milliseconds += scale * (bytes[at]! - ZERO);
    }
  }
  if (whole < LEAST_SECONDS) return Number.NaN;
  if (whole < LEAST_MILLISECONDS) return whole * 1000 + milliseconds;
  return whole <= MOST_MILLISECONDS ? whole : Number.NaN;
}

/** Returns the instant in milliseconds that a string spells, or NaN when it is not an epoch time. */
export function parseEpochText(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return parseEpoch(bytes, 0, bytes.length);
}

/** Returns an instant in ISO-8601, as grouping writes a time that was given as an epoch time: `2011-12-09T08:00:00.250Z`. */
export const epochInIso = (timeMs: number): string => new Date(timeMs).toISOString();

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;
