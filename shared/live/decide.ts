/**
 * The decision whether a run's model goes live. Configuring asks it (is there anything left to do?), activation asks it, and
 * the command `activate` asks it; all of them get the same answer for the same record.
 *
 *   never backwards   only a model that is newer than the live one goes live: the larger (day, time of the request)
 *   held              a node that is held stays where it is
 *   the same run      sets the node once more, and nothing else
 */
import { dayInWords } from '../in-words.ts';
import { MS_PER_DAY } from '../model/time.ts';
import type { Hold, LiveModel } from './record.ts';

/** A model that may go live. */
export interface Candidate {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly run: string;
  /** ISO-8601; null where it is not known: the earliest. */
  readonly requestedAt: string | null;
  readonly location: string;
}

/** The live model now, and the hold on its node. */
export interface LiveState {
  readonly live: LiveModel | null;
  readonly hold: Hold | null;
}

export type Decision =
  /** `isSame`: the live model is this very one, at this very place. */
  | { readonly goes: true; readonly isSame: boolean }
  /** `why` in words that follow "not activated: ". */
  | { readonly goes: false; readonly why: string };

/** @param now decides which days and times lie in the future */
export function decide(candidate: Candidate, { live, hold }: LiveState, now: Date): Decision {
  if (isTooLate(candidate.day, now)) {
    return stays(`day ${dayInWords(candidate.day)} lies later than tomorrow (UTC): such a model is never activated`);
  }
  const isSameRun = live !== null && live.run === candidate.run && live.day === candidate.day;
  if (isSameRun && live.location === candidate.location) return { goes: true, isSame: true };
  if (hold !== null) return stays(heldInWords(hold));
  if (live === null || isSameRun || compareAge(candidate, live, now) > 0) return { goes: true, isSame: false };
  return stays(notNewerInWords(candidate, live, now));
}

/** True when a candidate is newer than the live model, whatever holds the node; true as well where nothing is live. */
export function isNewer(candidate: Candidate, live: LiveModel | null, now: Date): boolean {
  return live === null || compareAge(candidate, live, now) > 0;
}

/**
 * Negative where `a` is older than `b`, positive where it is newer, 0 where neither is: by day, then by the time of the
 * request. An unknown or impossible value is older than every other one.
 */
export function compareAge(a: Aged, b: Aged, now: Date): number {
  return difference(dayOf(a, now), dayOf(b, now)) || difference(requestOf(a, now), requestOf(b, now));
}

type Aged = Pick<LiveModel, 'day' | 'requestedAt'>;

// Infinity minus infinity is not a number, so no subtraction.
const difference = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Days that no log can be of yet. */
const isTooLate = (day: number, now: Date): boolean => day > Math.floor(now.getTime() / MS_PER_DAY) + 1;

const dayOf = ({ day }: Aged, now: Date): number =>
  day === null || isTooLate(day, now) ? Number.NEGATIVE_INFINITY : day;

function requestOf({ requestedAt }: Aged, now: Date): number {
  if (requestedAt === null || isInFuture(requestedAt, now)) return Number.NEGATIVE_INFINITY;
  const time = Date.parse(requestedAt);
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
}

/** Clocks differ by less than a day, whatever their zones were taken for. */
export const isInFuture = (requestedAt: string, now: Date): boolean =>
  Date.parse(requestedAt) > now.getTime() + MS_PER_DAY;

/** Says that the live model's day or request time lies in the future, with the cure; undefined where neither does. */
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

const stays = (why: string): Decision => ({ goes: false, why });

export const heldInWords = ({ since, because }: Hold): string =>
  `the node is held since ${since} (${because}); \`offline release\` ends that`;

function notNewerInWords(candidate: Candidate, live: LiveModel, now: Date): string {
  const model = `the live model is of ${live.day === null ? 'no known day' : dayInWords(live.day)}`;
  if (dayOf(live, now) > candidate.day) return `${model}, newer than this run's day`;
  const asked = live.requestedAt === null ? 'at an unknown time' : `at ${live.requestedAt}`;
  return `${model}, as this run is, and was asked for ${asked}: this run's ${candidate.requestedAt ?? 'unknown time'} is not later`;
}
