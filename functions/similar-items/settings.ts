import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { choice, integer, number } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { jdbcSetting } from '../../shared/mysql/jdbc-setting.ts';
import { excludeSettings } from '../../shared/shuffle/excluded-users.ts';
import type { VisitGap } from '../../shared/shuffle/visit-settings.ts';
import { qualitySettings } from '../../shared/verdict/quality-settings.ts';

/** The value of `itemType` that lets every action count. */
export const ALL_TYPES = -1;

/** Half an hour: the gap at which web analytics usually cuts. */
const SESSION_GAP_SECS = 1800;

export const settings = z.object({
  ...commonSettings,
  ...excludeSettings,
  ...qualitySettings,
  itemType: integer({ default: ALL_TYPES, min: ALL_TYPES, meaning: `action type that counts; ${ALL_TYPES}: all` }),
  sample: number({ default: 1, min: 0, max: 1, meaning: 'share of the actions kept' }),
  minUsersPerItem: integer({ default: 0, min: 0, meaning: 'items with fewer users are left out' }),
  maxUsersPerItem: integer({ default: 2_000_000, min: 0, meaning: 'items with more users are left out' }),
  minItemsPerUser: integer({
    default: 0,
    min: 0,
    meaning: 'users with fewer items are left out, counted after items have been left out',
  }),
  dimsumThreshold: number({
    default: 0.1,
    min: 0,
    meaning: 'similarities of at least this are estimated well; below 0.000001 all similarities are exact',
  }),
  limit: integer({ default: 100, min: 1, max: 1000, meaning: 'partners kept of each item' }),
  // These two have no default: a default would be part of the identity of every run, and also of those without sessions.
  unit: choice(['user', 'session'], {
    meaning:
      'the rows that are compared: users, or their sessions; with session, minUsersPerItem, maxUsersPerItem and minItemsPerUser are about sessions; user if not set',
  }),
  maxIntraSessionGapSecs: integer({
    meaning: `longest time between two actions of one session, seconds; negative: any; ${SESSION_GAP_SECS} if not set; only with unit session`,
  }),
  jdbc: jdbcSetting('database whose table item_similarity is filled'),
});

export type SimilaritySettings = z.output<typeof settings>;

/** The settings of a step. A step's run has no secrets, because plans and states may not hold any. */
export type StepSettings = Omit<SimilaritySettings, 'jdbc'>;

/** Returns the gap at which sessions are cut; undefined when whole users are compared. */
export const sessionGap = ({
  unit,
  maxIntraSessionGapSecs = SESSION_GAP_SECS,
}: Pick<SimilaritySettings, 'unit' | 'maxIntraSessionGapSecs'>): VisitGap | undefined =>
  unit === 'session' ? { maxIntraSessionGapSecs } : undefined;

/** Returns a warning about a gap that has no effect. */
export const gapWarnings = ({ unit, maxIntraSessionGapSecs }: SimilaritySettings): readonly string[] =>
  unit !== 'session' && maxIntraSessionGapSecs !== undefined
    ? ['maxIntraSessionGapSecs has no effect, because unit is not session: set unit to session, or leave it out']
    : [];

export type SimilarityRun = Run<StepSettings>;
