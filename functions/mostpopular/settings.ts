import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { jdbcSetting } from '../../shared/mysql/jdbc-setting.ts';

export const settings = z.object({
  ...commonSettings,
  jdbc: jdbcSetting('database whose table items_recent_popularity is filled'),
});

export type PopularitySettings = z.output<typeof settings>;

/** The settings of a step. A step's run has no secrets, because plans and states may not hold any. */
export type StepSettings = Omit<PopularitySettings, 'jdbc'>;

export type PopularityRun = Run<StepSettings>;
