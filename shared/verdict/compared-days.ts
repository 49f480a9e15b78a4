/** The days of a client's actions as the check `input` compares them: the figures of each, and what its sketch says of others. */
import type { DayFigures } from '../model/day-figures.ts';
import { type DaySketch, shareNew } from '../model/day-sketch.ts';

/** A day that was grouped. */
export interface ComparedDay {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly figures: DayFigures;
  /** Undefined for a day without a readable sketch. */
  readonly sketch: DaySketch | undefined;
}

/** Users and items are new when none of so many days with actions before had them. */
export const DAYS_KNOWN = 7;
/** The day before must not be further away: after a longer break there is none. Days. */
const LONGEST_BREAK = 7;

/** The figures that compare a day with the days before it. Each is a share, and undefined when a sketch is missing. */
export interface Newness {
  /** The share of the users that none of the 7 days before had. */
  readonly newUsers: number | undefined;
  readonly newItems: number | undefined;
  /** The share of the pairs (user, item) that the day before had. */
  readonly repeatedPairs: number | undefined;
}

/** @param before the days with actions before it, ascending */
export function newnessOf({ day, sketch }: ComparedDay, before: readonly ComparedDay[]): Newness {
  const known = before.slice(-DAYS_KNOWN).flatMap(({ sketch: own }) => own ?? []);
  const isKnown = sketch !== undefined && known.length === DAYS_KNOWN;
  const last = before.at(-1);
  const newPairs =
    sketch !== undefined && last?.sketch !== undefined && day - last.day <= LONGEST_BREAK
      ? shareNew(sketch.pairs, [last.sketch.pairs])
      : undefined;
  const share = (side: 'users' | 'items') =>
    isKnown
      ? shareNew(
          sketch[side],
          known.map((own) => own[side]),
        )
      : undefined;
  return {
    newUsers: share('users'),
    newItems: share('items'),
    repeatedPairs: newPairs === undefined ? undefined : 1 - newPairs,
  };
}
