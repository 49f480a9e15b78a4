/**
 * Decides if a run's model goes live. Configuring (is anything left to do?), activation and the command `activate` all use
 * this decision, so they get the same answer for the same record. Its rules:
 *
 *   never backwards   a model goes live only if it is newer than the live one: by day, then by the time of the request
 *   held              a held node keeps its model
 *   the same run      sets the node once more and changes nothing else
 */
import { dayInWords } from '../in-words.ts';
import { MS_PER_DAY } from '../model/time.ts';
import type { Hold, LiveModel } from './record.ts';

/** A model that may go live. */
export interface Candidate {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly run: string;
  /** ISO-8601; null when it is unknown, which counts as the earliest time. */
  readonly requestedAt: string | null;
  readonly location: string;
}

/** The live model, and the hold on its node. */
export interface LiveState {
  readonly live: LiveModel | null;
  readonly hold: Hold | null;
}

export type Decision =
  /** `isSame`: the live model is the same run at the same location. */
  | { readonly goesLive: true; readonly isSame: boolean }
  /** `why` continues the sentence "not activated: ". */
  | { readonly goesLive: false; readonly why: string };

/** @param now days and times after it lie in the future */
export function decide(candidate: Candidate, { live, hold }: LiveState, now: Date): Decision {
  if (isTooLate(candidate.day, now)) {
    return refused(`day ${dayInWords(candidate.day)} lies later than tomorrow (UTC): such a model is never activated`);
  }
  const isSameRun = live !== null && live.run === candidate.run && live.day === candidate.day;
  if (isSameRun && live.location === candidate.location) return { goesLive: true, isSame: true };
  if (hold !== null) return refused(heldInWords(hold));
  if (live === null || isSameRun || compareAge(candidate, live, now) > 0) return { goesLive: true, isSame: false };
  return refused(notNewerInWords(candidate, live, now));
}

/** True when a candidate is newer than the live model, or when nothing is live. A hold makes no difference. */
export function isNewer(candidate: Candidate, live: LiveModel | null, now: Date): boolean {
  return live === null || compareAge(candidate, live, now) > 0;
}

/**
 * Compares two models by day, and then by the time of the request: negative when `a` is older than `b`, positive when it is
 * newer, and 0 when they are equal. An unknown or impossible value counts as older than every other value.
 */
export function compareAge(a: Aged, b: Aged, now: Date): number {
  return difference(dayOf(a, now), dayOf(b, now)) || difference(requestOf(a, now), requestOf(b, now));
}

type Aged = Pick<LiveModel, 'day' | 'requestedAt'>;

// Subtraction would not do, because infinity minus infinity is not a number.
const difference = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** True for a day that no log can belong to yet, in any time zone. */
const isTooLate = (day: number, now: Date): boolean => day > Math.floor(now.getTime() / MS_PER_DAY) + 1;

const dayOf = ({ day }: Aged, now: Date): number =>
  day === null || isTooLate(day, now) ? Number.NEGATIVE_INFINITY : day;

function requestOf({ requestedAt }: Aged, now: Date): number {
  if (requestedAt === null || isInFuture(requestedAt, now)) return Number.NEGATIVE_INFINITY;
  const time = Date.parse(requestedAt);
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
}

/** True for a time more than a day ahead: even clocks of confused time zones differ by less. */
export const isInFuture = (requestedAt: string, now: Date): boolean =>
  Date.parse(requestedAt) > now.getTime() + MS_PER_DAY;

/** Says that the live model's day or request time lies in the future, and how to cure it; undefined when neither does. */
export function futureInWords(live: LiveModel | null, now: Date): string | undefined {
  if (live === null) return undefined;
  const whose = `the live model ${live.location}${live.run === null ? '' : ` (run ${live.run})`}`;
  if (live.day !== null && isTooLate(live.day, now)) {
    return `${whose} is of day ${dayInWords(live.day)}, which lies in the future: it counts as older than every other model, and the next run of an earlier day replaces it`;
  }
  if (live.requestedAt === null || !isInFuture(live.requestedAt, now)) return undefined;
  return (
    `${whose} was asked for at ${live.requestedAt}, which lies in the future: the clock of the machine that asked was ahead. ` +
    'This time counts as the earliest one. Set that clock; the next run of the same day or a later one replaces the model, and this time with it'
  );
}

const refused = (why: string): Decision => ({ goesLive: false, why });

export const heldInWords = ({ since, because }: Hold): string =>
  `the node is held since ${since} (${because}); \`offline release\` ends that`;

function notNewerInWords(candidate: Candidate, live: LiveModel, now: Date): string {
  const model = `the live model is of ${live.day === null ? 'no known day' : dayInWords(live.day)}`;
  if (dayOf(live, now) > candidate.day) return `${model}, newer than this run's day`;
  const asked = live.requestedAt === null ? 'at an unknown time' : `at ${live.requestedAt}`;
  return `${model}, as this run is, and was asked for ${asked}: this run's ${candidate.requestedAt ?? 'unknown time'} is not later`;
}
