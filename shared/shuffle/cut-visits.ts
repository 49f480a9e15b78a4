/** Cuts the actions of a user into visits: a visit ends where the user was away for too long. */
import { maxGapMs, type VisitGap } from './visit-settings.ts';

/** Takes the actions `start` (inclusive) to `end` (exclusive) of a visit. */
export type TakeVisit = (start: number, end: number) => void;

/**
 * Hands on the visits of one user, in order. In this example a gap of 1800 s is allowed:
 *
 *   time, s      0   600   2400   4201          from 600 to 2400: 1800, no cut; from 2400 to 4201: 1801, a cut
 *
 * @param times of actions, milliseconds
 * @param first the user's first action; the user's times ascend from here on
 * @param end the end of the user's actions, exclusive; it must be above `first`
 */
export function cutVisits(times: Float64Array, first: number, end: number, settings: VisitGap, take: TakeVisit): void {
  const gap = maxGapMs(settings);
  let start = first;
  for (let action = first + 1; action < end; action++) {
    if (times[action]! - times[action - 1]! <= gap) continue;
    take(start, action);
    start = action;
  }
  take(start, end);
}
