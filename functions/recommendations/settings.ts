import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { choice, choices, flag, integer, text } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { excludeSettings } from '../../shared/shuffle/excluded-users.ts';

export const FORMATS = ['ndjson', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** A file of items. The bytes of the output follow from its content, of which the run keeps a snapshot. */
const itemsFile = (meaning: string) =>
  text({ default: '', mayBeEmpty: true, place: true, decidesBytes: false, meaning });

export const settings = z.object({
  ...commonSettings,
  ...excludeSettings,
  // It has no default here: without it, the run reads as many days as the model was made from.
  days: integer({
    min: 1,
    max: 36_500,
    meaning: 'number of days of actions read, counted backwards from startDay; those of the model if not set',
  }),
  limit: integer({ default: 20, min: 1, max: 1_000, meaning: 'most items of a user' }),
  excludeSeen: flag({
    default: true,
    meaning: 'leave out the items that the user met, by any action, on the days read',
  }),
  fallback: choice(['recent-popularity', 'none'], {
    default: 'recent-popularity',
    meaning: 'items for users of the days read whom the model does not know: the recently popular ones, or no line',
  }),
  formats: choices(FORMATS, {
    default: ['ndjson'],
    meaning: 'formats of the output: ndjson is always written, and parquet adds recommendations-NNNNN.parquet',
  }),
  clientIds: flag({
    default: false,
    meaning: 'write the client’s own texts for users and items in place of their ids',
  }),
  allowItemsPath: itemsFile(
    'file of the only items that may be recommended, one {"itemid":…} a line, or a folder of such files; empty: all may be',
  ),
  denyItemsPath: itemsFile(
    'file of items that may not be recommended, one {"itemid":…} a line, or a folder of such files; empty: none',
  ),
});

export type RecommendationSettings = z.output<typeof settings>;

export type RecommendationRun = Run<RecommendationSettings>;
