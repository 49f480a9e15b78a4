/**
 * The forms in which people write days: `2011-12-09`, `20111209` (eight digits are always a date) or `15317`, the number of
 * days since 1970-01-01 UTC. `dayInWords` makes the form that people are shown. JSON and names of folders have the number.
 */
import { dayNumber } from './time.ts';

/** Days have a year of four digits: the last one is 9999-12-31. */
export const LAST_DAY = 2_932_896;

/** The allowed forms, for messages. */
export const DAY_FORMS = '2011-12-09, 20111209 or 15317 (days since 1970-01-01 UTC)';

/** Returns the day number, or undefined when the text names no day from 1970-01-01 to 9999-12-31. */
export function parseDay(text: string): number | undefined {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  const day = date
    ? dayNumber(Number(date[1]), Number(date[2]), Number(date[3]))
    : /^\d{1,7}$/.test(text)
      ? Number(text)
      : Number.NaN;
  return day >= 0 && day <= LAST_DAY ? day : undefined;
}
