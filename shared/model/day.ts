/**
 * Days as people write them: `2011-12-09`, `20111209` (eight digits are always a date) or `15317`, days since 1970-01-01 UTC.
 * They are shown as `dayInWords` says; in JSON and in the names of folders they stay numbers.
 */
import { dayNumber } from './time.ts';

/** Days have a year of four digits: the last one is 9999-12-31. */
export const LAST_DAY = 2_932_896;

/** How messages call what is allowed. */
export const DAY_FORMS = '2011-12-09, 20111209 or 15317 (days since 1970-01-01 UTC)';

/** Undefined for a text that names no day from 1970-01-01 to 9999-12-31. */
export function parseDay(text: string): number | undefined {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  const day = date
    ? dayNumber(Number(date[1]), Number(date[2]), Number(date[3]))
    : /^\d{1,7}$/.test(text)
      ? Number(text)
      : Number.NaN;
  return day >= 0 && day <= LAST_DAY ? day : undefined;
}
