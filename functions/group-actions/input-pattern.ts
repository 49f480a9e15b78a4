/**
 * The pattern for the raw logs of a day, such as `logs/actions.%y/%m%d/*` + `/*`. It has the date in place of `%y`, `%m` and
 * `%d`, and `*` matches within one path segment. A match is a file, or a folder whose files are read.
 */
import { UsageError } from '../../shared/errors.ts';
import { LAST_DAY, parseDay } from '../../shared/model/day.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';

/** A pattern for one day. */
export interface InputPattern {
  /** The folder before the first segment with a `*`. Keys are relative to it. */
  readonly folder: string;
  readonly matches: (key: string) => boolean;
  /** True when the pattern matches a key, or the key could be a folder above such keys. */
  readonly reaches: (key: string) => boolean;
}

/** Replaces `%y`, `%m` and `%d` by the four-digit year, two-digit month and two-digit day of the month of `day`. */
export function expandPattern(pattern: string, day: number): string {
  const [year, month, date] = new Date(day * MS_PER_DAY).toISOString().slice(0, 10).split('-') as [
    string,
    string,
    string,
  ];
  return pattern.replaceAll('%y', year).replaceAll('%m', month).replaceAll('%d', date);
}

/**
 * Refuses a pattern with something that looks like a placeholder but is none. `%Y`, for example, would match only a name with
 * these two characters, so nothing would be found.
 *
 * @throws UsageError that names it
 */
export function checkPlaceholders(pattern: string): void {
  // In a file: URI, a percent sign and two hexadecimal digits are an escape.
  const isUri = /^file:/i.test(pattern);
  for (const [placeholder, digits] of pattern.matchAll(/%[A-Za-z]([0-9A-Fa-f]?)/g)) {
    if (/^%[ymd]/.test(placeholder) || (isUri && digits !== '' && /^%[A-Fa-f]/.test(placeholder))) continue;
    throw new UsageError(
      `the pattern ${pattern} has '${placeholder.slice(0, 2)}', which is no placeholder: ` +
        '%y, %m and %d stand for the four-digit year, the two-digit month and the two-digit day',
    );
  }
  if (!pattern.includes('**')) return;
  throw new UsageError(
    `the pattern ${pattern} has '**', which is not known: * stands for a part of one name, so write */* for two levels`,
  );
}

/**
 * True when the expanded pattern could match a file below `folder`. If that were the output folder, the next run would read
 * this run's output as logs. Both are locations in their canonical spelling.
 */
export function reachesBelow(expanded: string, folder: string): boolean {
  const pattern = segmentsOf(expanded);
  const above = segmentsOf(folder);
  // A match of the pattern is a file, or a folder whose files are read, so it has no file in a deeper folder.
  if (above.length > pattern.length) return false;
  return above.every((segment, at) => segmentExpression(pattern[at]!).test(segment));
}

const segmentsOf = (location: string): string[] => location.replace(/\/+$/, '').split('/');

/** Matches where a name begins, unless it is a name that is skipped. */
const READ = '(?![._])';

/** Returns the source of a regular expression for a segment of a pattern, in which `*` matches any part of a name. */
function segmentSource(segment: string): string {
  const texts = segment.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return texts.length === 1 ? texts[0]! : READ + texts.join('[^/]*');
}

const segmentExpression = (segment: string): RegExp => new RegExp(`^${segmentSource(segment)}$`, 's');

/**
 * Reads an expanded pattern. A name that starts with `_` or `.` does not match a segment with a `*`, and such a file is not
 * read.
 */
export function inputPattern(expanded: string): InputPattern {
  const segments = segmentsOf(expanded);
  const first = segments.findIndex((segment) => segment.includes('*'));
  // A pattern without a star names one file, or a folder whose files are read.
  const fixed = first < 0 ? segments.length - 1 : first;
  const below = segments.slice(fixed).map(segmentSource);
  const patterns = [...segments.slice(fixed), '*'].map(segmentExpression);
  const expression = new RegExp(`^${below.join('/')}(/${READ}[^/]+)?$`, 's');
  return {
    folder: segments.slice(0, fixed).join('/') || '/',
    matches: (key) => expression.test(key),
    reaches: (key) => {
      const names = key.split('/');
      return names.length <= patterns.length && names.every((name, at) => patterns[at]!.test(name));
    },
  };
}

/**
 * Returns the day, in days since 1970-01-01 UTC, of a date string: a date `yyyyMMdd` or `yyyy-mm-dd`, a day number of fewer
 * than eight digits, or epoch seconds of more than eight digits.
 *
 * @throws UsageError for any other text
 */
export function parseDateString(text: string): number {
  const day = parseDay(text) ?? dayOfSeconds(text);
  if (day === undefined || day > LAST_DAY) {
    throw new UsageError(
      `'${text}' is no day: allowed are yyyyMMdd, yyyy-mm-dd, a day number (days since 1970-01-01) and epoch seconds, ` +
        'up to the year 9999',
    );
  }
  return day;
}

const dayOfSeconds = (text: string): number | undefined =>
  /^\d{9,15}$/.test(text) ? Math.floor((Number(text) * 1000) / MS_PER_DAY) : undefined;
