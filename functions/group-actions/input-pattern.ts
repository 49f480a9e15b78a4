/**
 * Where a day's raw logs are: `logs/actions.%y/%m%d/*` + `/*` names folders by date, `*` matches within one path segment, and
 * what it matches may be a file, or a folder whose files are read.
 */
import { UsageError } from '../../shared/errors.ts';
import { dayNumber, MS_PER_DAY } from '../../shared/model/time.ts';

/** Days have a year of four digits: the last one is 9999-12-31. */
const LAST_DAY = 2_932_896;

/** A pattern for one day: the folder before its first `*`, and what the keys below that folder look like. */
export interface InputPattern {
  readonly folder: string;
  readonly matches: (key: string) => boolean;
}

/** `%y`, `%m` and `%d` become the four-digit year, two-digit month and day of `day`. */
export function expandPattern(pattern: string, day: number): string {
  const [year, month, date] = new Date(day * MS_PER_DAY).toISOString().slice(0, 10).split('-') as [
    string,
    string,
    string,
  ];
  return pattern.replaceAll('%y', year).replaceAll('%m', month).replaceAll('%d', date);
}

/** Not the beginning of a name that is skipped. */
const READ = '(?![._])';

/** Reads an expanded pattern. Names that start with `_` or `.` match no segment with a `*`, nor are files of such names read. */
export function inputPattern(expanded: string): InputPattern {
  const segments = expanded.replace(/\/+$/, '').split('/');
  const first = segments.findIndex((segment) => segment.includes('*'));
  // Without a star the pattern is a folder whose files are read, or one file.
  const fixed = first < 0 ? segments.length - 1 : first;
  const below = segments.slice(fixed).map((segment) => {
    const texts = segment.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return texts.length === 1 ? texts[0] : READ + texts.join('[^/]*');
  });
  const expression = new RegExp(`^${below.join('/')}(/${READ}[^/]+)?$`, 's');
  return {
    folder: segments.slice(0, fixed).join('/') || '/',
    matches: (key) => expression.test(key),
  };
}

/**
 * The day number that a date string means: `yyyyMMdd` or `yyyy-mm-dd` is a date, fewer than eight digits a day number,
 * more of them epoch seconds. @throws UsageError for all else
 */
export function parseDateString(text: string): number {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  const day = date
    ? dayNumber(Number(date[1]), Number(date[2]), Number(date[3]))
    : /^\d{1,7}$/.test(text)
      ? Number(text)
      : /^\d{9,15}$/.test(text)
        ? Math.floor((Number(text) * 1000) / MS_PER_DAY)
        : Number.NaN;
  if (Number.isNaN(day) || day > LAST_DAY) {
    throw new UsageError(
      `'${text}' is no day: allowed are yyyyMMdd, yyyy-mm-dd, a day number (days since 1970-01-01) and epoch seconds, ` +
        'up to the year 9999',
    );
  }
  return day;
}
