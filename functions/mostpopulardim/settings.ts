import * as z from 'zod';
import { catalogueSettings, namesOneCatalogue, ONE_CATALOGUE } from '../../shared/catalogue/settings.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, integerList, number } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';

export const settings = z
  .object({
    ...commonSettings,
    ...catalogueSettings,
    k: integer({ default: 1000, min: 1, max: 100_000, meaning: 'items kept of each dimension' }),
    minCount: number({ default: 0, min: 0, meaning: 'items with a smaller count are left out' }),
    requiredDimensions: integerList({
      default: [],
      min: 0,
      separatedByBlanks: true,
      meaning: 'dimensions of which an item must have at least one; empty: all items take part',
    }),
  })
  .refine(namesOneCatalogue, ONE_CATALOGUE);

/** The settings of a step. A step's run has no secrets, because plans and states may not hold any. */
export type DimensionPopularitySettings = Omit<z.output<typeof settings>, 'jdbc'>;

export type DimensionPopularityRun = Run<DimensionPopularitySettings>;
