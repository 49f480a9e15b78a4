import * as z from 'zod';
import { catalogueSettings, namesOneCatalogue, ONE_CATALOGUE } from '../../shared/catalogue/settings.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number } from '../../shared/config/settings.ts';
import { excludeSettings } from '../../shared/shuffle/excluded-users.ts';

export const settings = z
  .object({
    ...commonSettings,
    ...excludeSettings,
    ...catalogueSettings,
    minActionsPerUser: integer({
      default: 0,
      min: 0,
      meaning: 'users with fewer actions, of any item, are left out everywhere',
    }),
    delta: number({
      default: 0.1,
      min: 0,
      max: 1,
      meaning: 'a user’s share of a dimension must be greater than the global share by more than this',
    }),
    minClusterSize: integer({ default: 200, min: 0, meaning: 'dimensions with fewer users are dropped' }),
  })
  .refine(namesOneCatalogue, ONE_CATALOGUE);

/** The settings of a step. A step's run has no secrets, because plans and states may not hold any. */
export type ClusterSettings = Omit<z.output<typeof settings>, 'jdbc'>;

/** The settings that decide which users belong to a dimension. */
export type ClusterRule = Pick<ClusterSettings, 'minActionsPerUser' | 'delta' | 'minClusterSize'>;
