/**
 * Where a day's raw logs are: `logs/actions.%y/%m%d/*` + `/*` names folders by date, `*` matches within one path segment, and
 * what it matches may be a file, or a folder whose files are read.
 */
import { UsageError } from '../../shared/errors.ts';
import { LAST_DAY, parseDay } from '../../shared/model/day.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';

/** A pattern for one day: the folder before its first `*`, and what the keys below that folder look like. */
export interface InputPattern {
  readonly folder: string;
  readonly matches: (key: string) => boolean;
  /** Whether a key is one that the pattern matches, or could be a folder above such keys. */
  readonly reaches: (key: string) => boolean;
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

/**
 * Names what looks like a placeholder and is none: `%Y` would be looked for as it stands, and nothing would be found.
 * @throws UsageError
 */
export function checkPlaceholders(pattern: string): void {
  // In a file: URI a percent sign and two digits are an escape.
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
 * True when the expanded pattern could match a file below `folder`: then what a run writes there would be read as logs by the
 * next one. Both are locations in their canonical spelling.
 */
export function reachesBelow(expanded: string, folder: string): boolean {
  const pattern = segmentsOf(expanded);
  const above = segmentsOf(folder);
  // What the pattern matches is a file, or a folder that holds one.
  if (above.length > pattern.length) return false;
  return above.every((segment, at) => segmentExpression(pattern[at]!).test(segment));
}

const segmentsOf = (location: string): string[] => location.replace(/\/+$/, '').split('/');

/** Not the beginning of a name that is skipped. */
const READ = '(?![._])';

/** What a segment of a pattern matches: `*` is any part of a name, all else is itself. */
function segmentSource(segment: string): string {
  const texts = segment.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return texts.length === 1 ? texts[0]! : READ + texts.join('[^/]*');
}

const segmentExpression = (segment: string): RegExp => new RegExp(`^${segmentSource(segment)}$`, 's');

/** Reads an expanded pattern. Names that start with `_` or `.` match no segment with a `*`, nor are files of such names read. */
export function inputPattern(expanded: string): InputPattern {
  const segments = segmentsOf(expanded);
  const first = segments.findIndex((segment) => segment.includes('*'));
  // Without a star the pattern is a folder whose files are read, or one file.
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
 * The day number that a date string means: `yyyyMMdd` or `yyyy-mm-dd` is a date, fewer than eight digits a day number,
 * more of them epoch seconds. @throws UsageError for all else
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
