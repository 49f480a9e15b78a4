/** Numbers and days in the words of the report. */
import { count } from '../in-words.ts';
import { MS_PER_DAY } from '../model/time.ts';

/** The sign between a value and what is missing: U+2212, which is as wide as a digit. */
const MINUS = '−';

/** Returns a share such as `12.3 %`. A share above zero is never shown as zero. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value.toFixed(value >= 10 || value === 0 ? 0 : 1)} %`;
}

/** Returns the change from `before` to `now` such as `+12 %`; undefined when there was nothing before. */
export function changeOf(now: number, before: number): string | undefined {
  if (before === 0) return undefined;
  const change = Math.round((100 * (now - before)) / before);
  return change === 0 ? '±0 %' : `${change > 0 ? '+' : MINUS}${count(Math.abs(change))} %`;
}

/** Returns a sentence's part such as `12 % more than the Friday before`. @param than the words for `before` */
export function changeInWords(now: number, before: number, than: string): string {
  if (before === 0) return `with none on ${than}`;
  const change = Math.round((100 * (now - before)) / before);
  return change === 0
    ? `about as many as ${than}`
    : `${count(Math.abs(change))} % ${change > 0 ? 'more' : 'fewer'} than ${than}`;
}

/** Returns a measure between 0 and 1 with three decimals. */
export const measure = (value: number): string => value.toFixed(3);

/** Returns a difference of measures with its sign. */
export const difference = (value: number): string => `${value < 0 ? MINUS : '+'}${Math.abs(value).toFixed(3)}`;

/** Returns seconds, with one decimal below 100. */
export const seconds = (value: number): string => (value < 100 ? value.toFixed(1) : count(Math.round(value)));

const formatOf = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
  return (day: number): string => format.format(day * MS_PER_DAY);
};

/** `9 December 2011`. Days are days since 1970-01-01 UTC. */
export const longDate = formatOf({ day: 'numeric', month: 'long', year: 'numeric' });
/** `9 Dec`. */
export const shortDate = formatOf({ day: 'numeric', month: 'short' });
/** `Friday`. */
export const weekday = formatOf({ weekday: 'long' });

/** Returns `one`, or the number and `many`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Returns dollars for a column of a table: with four decimals, so that the points stand below each other. */
export const columnDollars = (dollars: number): string => `$${dollars.toFixed(4)}`;
