/**
 * Is this day whole? The thinking, on plain values: which day an event is about, what a day folder's listing amounts to,
 * and whether to run, to wait, or to leave it.
 */
import { createHash } from 'node:crypto';
import { ConfigError } from '../../shared/errors.ts';
import { canonicalJson } from '../../shared/json.ts';
import { dayNumber } from '../../shared/model/time.ts';
import type { ObjectInfo } from '../../shared/store/store.ts';
import { expandPattern } from '../group-actions/input-pattern.ts';

/** `marker`: a day is whole when its `_SUCCESS` is there. `quiet`: when nothing has come for so long. */
export type ArrivalRule = 'marker' | 'quiet';

/** What a day folder holds now. */
export interface DayListing {
  /** The run that its log files make, 16 hex digits; undefined where there is none with anything in it. */
  readonly run: string | undefined;
  /** Whether `_SUCCESS` lies in the day folder. */
  readonly marked: boolean;
}

/** What was decided of a day. */
export type DayRecord = {
  /** The run decided last, and its newest attempt; null before the first one. */
  readonly run: string | null;
  readonly attempt: number;
  /** ISO-8601: when this was decided. Later decisions have later times, whatever the clocks of their deciders say. */
  readonly requestedAt: string | null;
  /** Whose turn it is in that attempt: all clients, or those that are still open (`day-records.ts`). Missing: all. */
  readonly takes?: 'all' | 'open';
  /** Numbers the waiting execution that events join. */
  readonly wait: number;
};

export const NEW_DAY: DayRecord = { run: null, attempt: 0, requestedAt: null, wait: 1 };

/** Names a day's input: the same log files (keys, sizes, ETags), in whatever order they came, are the same run. */
export function dayRun(day: number, logs: readonly ObjectInfo[]): string {
  const manifest = logs
    .map(({ key, size, etag }) => [key, size, etag] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHash('sha256')
    .update(canonicalJson(['daily', day, manifest]))
    .digest('hex')
    .slice(0, 16);
}

/** What is to be done about a day whose listing is no run decided already. */
export type Decision = 'run' | 'wait' | 'nothing';

/**
 * A first run starts at once where a marker says that the day is whole. All else has to settle: days that no marker
 * closes, and whatever changes after a run, so that a thousand late files run the day once more and not a thousand times.
 *
 * @param hadRun the day has been run, or that was decided, with other logs than these
 */
export function decide(rule: ArrivalRule, { run, marked }: DayListing, hadRun: boolean): Decision {
  if (run === undefined) return 'nothing';
  if (rule === 'quiet') return 'wait';
  if (!marked) return 'nothing';
  return hadRun ? 'wait' : 'run';
}

/** The time of a new decision: now, but after the one before it. */
export function timeAfter(before: string | null, now: Date): string {
  const earliest = before === null ? 0 : Date.parse(before) + 1;
  return new Date(Math.max(now.getTime(), earliest)).toISOString();
}

/** The day folder of a log pattern: all before the segment with the first `*`. @throws ConfigError when it is none */
export function dayFolderPattern(pattern: string): string {
  const segments = pattern.replace(/\/+$/, '').split('/');
  const star = segments.findIndex((segment) => segment.includes('*'));
  const folder = segments.slice(0, star < 0 ? segments.length : star).join('/');
  if (['%y', '%m', '%d'].every((part) => folder.includes(part))) return folder;
  throw new ConfigError(
    `log pattern ${pattern}: the folders before the first * must name the whole day with %y, %m and %d, such as ` +
      'actions.%y/%m%d/*/*: arrival looks for the day in the folder that a file lies in',
  );
}

export const dayFolderOf = (pattern: string, day: number): string => expandPattern(dayFolderPattern(pattern), day);

const DIGITS: Readonly<Record<string, string>> = { '%y': '(?<y>\\d{4})', '%m': '(?<m>\\d{2})', '%d': '(?<d>\\d{2})' };

/** The day in whose folder an object lies; undefined for an object in none. `location`: `s3://bucket/key`. */
export function dayOfObject(pattern: string, location: string): number | undefined {
  const named = new Set<string>();
  const expression = dayFolderPattern(pattern)
    .split(/(%[ymd])/)
    .map((part) => {
      if (DIGITS[part] === undefined) return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      if (named.has(part)) return `\\k<${part[1]}>`;
      named.add(part);
      return DIGITS[part];
    })
    .join('');
  const found = new RegExp(`^${expression}/`).exec(location)?.groups;
  if (found === undefined) return undefined;
  const day = dayNumber(Number(found.y), Number(found.m), Number(found.d));
  return Number.isNaN(day) ? undefined : day;
}
