import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { jdbcSetting } from '../../shared/mysql/jdbc-setting.ts';

/** The value of `itemType` that lets every action count. */
export const ALL_TYPES = -1;

export const settings = z.object({
  ...commonSettings,
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
  jdbc: jdbcSetting('database whose table item_similarity is filled'),
});

export type SimilaritySettings = z.output<typeof settings>;

/** The settings of a step. A step's run has no secrets, because plans and states may not hold any. */
export type StepSettings = Omit<SimilaritySettings, 'jdbc'>;

export type SimilarityRun = Run<StepSettings>;
