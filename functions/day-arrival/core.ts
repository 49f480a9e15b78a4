/**
 * The decisions of arrival, on plain values: which day an event is about, which run a day folder's listing makes, and whether
 * to run the day, to wait, or to do nothing.
 */
import { createHash } from 'node:crypto';
import { ConfigError } from '../../shared/errors.ts';
import { canonicalJson } from '../../shared/json.ts';
import { dayNumber } from '../../shared/model/time.ts';
import type { ObjectInfo } from '../../shared/store/store.ts';
import { expandPattern } from '../group-actions/input-pattern.ts';

/** `marker`: a day is complete when its folder has `_SUCCESS`. `quiet`: when nothing has come for `quietMinutes`. */
export type ArrivalRule = 'marker' | 'quiet';

/** The content of a day folder. */
export interface DayListing {
  /** The run that its log files make, 16 hex digits; undefined when it has no log file that is not empty. */
  readonly run: string | undefined;
  /** True when the day folder has `_SUCCESS`. */
  readonly marked: boolean;
}

/** The last decision about a day. */
export type DayRecord = {
  /** The run decided last, and its newest attempt; null before the first one. */
  readonly run: string | null;
  readonly attempt: number;
  /** The time of the decision, ISO-8601. Later decisions have later times, whatever the clocks of the machines show. */
  readonly requestedAt: string | null;
  /** The clients that the attempt takes: all, or those that are still open (`outcomes.ts`). Missing: all. */
  readonly takes?: 'all' | 'open';
  /** The number of the waiting execution that events join. */
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

/** The action for a day whose listing makes a run that was not decided yet. */
export type Decision = 'run' | 'wait' | 'nothing';

/**
 * A day's first run starts at once when a marker says that the day is complete. In all other cases the folder must settle
 * first: when the rule is `quiet`, and when files change after a run. A thousand late files then cause one more run.
 *
 * @param hadRun true when a run of the day with other logs was started or decided
 */
export function decide(rule: ArrivalRule, { run, marked }: DayListing, hadRun: boolean): Decision {
  if (run === undefined) return 'nothing';
  if (rule === 'quiet') return 'wait';
  if (!marked) return 'nothing';
  return hadRun ? 'wait' : 'run';
}

/** Returns the time of a new decision: now, or just after the decision before it when that is later. */
export function timeAfter(before: string | null, now: Date): string {
  const earliest = before === null ? 0 : Date.parse(before) + 1;
  return new Date(Math.max(now.getTime(), earliest)).toISOString();
}

/**
 * Returns the day folder of a log pattern: the segments before the first `*`.
 * @throws ConfigError when they do not name the day
 */
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

/**
 * Returns the day in whose folder an object lies; undefined when it is in no day's folder.
 * @param location `s3://bucket/key`
 */
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
