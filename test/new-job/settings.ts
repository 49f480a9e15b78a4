import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';

export const settings = z.object({
  ...commonSettings,
  minActionsPerItem: integer({ default: 1, min: 1, meaning: 'items with fewer actions are left out' }),
});

export type CountSettings = z.output<typeof settings>;

export type CountRun = Run<CountSettings>;
