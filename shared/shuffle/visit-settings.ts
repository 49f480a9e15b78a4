/** Settings of the jobs that cut each user's actions, in order of time, into visits: sessions and baskets. */
import { integer } from '../config/settings.ts';

/** Spread into a job's `z.object({ ...commonSettings, ...visitSettings, … })`. */
export const visitSettings = {
  maxIntraSessionGapSecs: integer({
    default: -1,
    meaning: 'longest time between two actions of one visit, seconds; negative: any',
  }),
  minActionsPerUser: integer({ default: 0, min: 0, meaning: 'users with fewer actions are left out' }),
  maxActionsPerUser: integer({ default: 100_000, min: 0, meaning: 'users with more actions are left out' }),
};

export interface VisitSettings {
  readonly maxIntraSessionGapSecs: number;
  readonly minActionsPerUser: number;
  readonly maxActionsPerUser: number;
}

/** The longest time between two actions of one visit, in milliseconds: times have fractions of a second. */
export const maxGapMs = ({ maxIntraSessionGapSecs: seconds }: VisitSettings): number =>
  seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;

/** Whether a user with so many actions takes part. */
export const isActive = (actions: number, { minActionsPerUser, maxActionsPerUser }: VisitSettings): boolean =>
  actions >= minActionsPerUser && actions <= maxActionsPerUser;
