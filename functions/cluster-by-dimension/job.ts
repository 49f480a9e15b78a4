import * as z from 'zod';
import { affinitySteps } from '../../shared/affinity/steps.ts';
import { withCatalogue } from '../../shared/catalogue/catalogue.ts';
import { dimensionsReader } from '../../shared/catalogue/dimensions.ts';
import { catalogueSettings, namesOneCatalogue, ONE_CATALOGUE } from '../../shared/catalogue/settings.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number as numeric } from '../../shared/config/settings.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { clusters } from './core-clusters.ts';
import { clusterLines } from './judge.ts';

export const clusterByDimension = defineJob({
  name: 'cluster-by-dimension',
  version: 5,
  summary: 'User clusters: the dimensions of items that each user acts on more than users do on the whole.',
  scope: 'client',
  settings: z
    .object({
      ...commonSettings,
      ...catalogueSettings,
      minActionsPerUser: integer({
        default: 0,
        min: 0,
        meaning: 'users with fewer actions, of any item, do not count',
      }),
      delta: numeric({
        default: 0.1,
        min: 0,
        max: 1,
        meaning: 'how far a user’s share of a dimension must be above the global share',
      }),
      minClusterSize: integer({ default: 200, min: 0, meaning: 'dimensions with fewer users are dropped' }),
    })
    .refine(namesOneCatalogue, ONE_CATALOGUE),
  writes: 'cluster',
  activates: 'userclusters',
  inputs: withCatalogue(dayFolders('actions', 'group-actions'), dimensionsReader),
  configure: { memoryMb: 1769, timeoutSeconds: 900 },
  ...affinitySteps(clusters, clusterLines),
});
