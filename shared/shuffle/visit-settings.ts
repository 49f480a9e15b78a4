/** Settings of the jobs that cut each user's actions, ordered by time, into visits: sessions or baskets. */
import { integer } from '../config/settings.ts';
import { excludeSettings } from './excluded-users.ts';

/** Spread into a job's `z.object({ ...commonSettings, ...visitSettings, … })`. */
export const visitSettings = {
  maxIntraSessionGapSecs: integer({
    default: -1,
    meaning: 'longest time between two actions of one visit, seconds; negative: any',
  }),
  minActionsPerUser: integer({ default: 0, min: 0, meaning: 'users with fewer actions are left out' }),
  maxActionsPerUser: integer({ default: 100_000, min: 0, meaning: 'users with more actions are left out' }),
  ...excludeSettings,
};

export interface VisitGap {
  readonly maxIntraSessionGapSecs: number;
}

export interface VisitSettings extends VisitGap {
  readonly minActionsPerUser: number;
  readonly maxActionsPerUser: number;
}

/** Returns the longest time between two actions of one visit, in milliseconds, because times have fractions of a second. */
export const maxGapMs = ({ maxIntraSessionGapSecs: seconds }: VisitGap): number =>
  seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;

/** True when a user with so many actions takes part. */
export const isActive = (actions: number, { minActionsPerUser, maxActionsPerUser }: VisitSettings): boolean =>
  actions >= minActionsPerUser && actions <= maxActionsPerUser;
