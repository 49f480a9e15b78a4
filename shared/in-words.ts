/** Quantities as text for people. */
import { MS_PER_DAY } from './model/time.ts';

/** Returns `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Returns `12.3 %`. @param share between 0 and 1 */
export const inPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const KIB = 2 ** 10;
const MIB = 2 ** 20;

export const inBytes = (size: number): string => {
  if (size < KIB) return `${size} B`;
  return size < MIB ? `${(size / KIB).toFixed(1)} KiB` : `${(size / MIB).toFixed(1)} MiB`;
};

/** Returns dollars with cents, or with two significant digits when the amount is below 10 cents. */
export const inDollars = (dollars: number): string => {
  if (dollars >= 0.1 || dollars === 0) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toFixed(Math.min(9, 1 - Math.floor(Math.log10(dollars))))}`;
};

/** The last day that a JavaScript `Date` can represent. */
const LAST_DATE = 100_000_000;

/**
 * Returns `2011-12-09`. A day out of the range of `Date` becomes its first or last date.
 * @param day days since 1970-01-01 UTC
 */
export const dateOf = (day: number): string =>
  new Date(Math.max(-LAST_DATE, Math.min(LAST_DATE, day)) * MS_PER_DAY).toISOString().slice(0, -14);

/** Returns `2011-12-09 (15317)`. @param day days since 1970-01-01 UTC */
export const dayInWords = (day: number): string =>
  Math.abs(day) > LAST_DATE ? `day ${day}` : `${dateOf(day)} (${day})`;

/** Puts a full stop behind words that end with no question mark. */
export const sentence = (words: string): string => (words.endsWith('?') ? words : `${words}.`);
