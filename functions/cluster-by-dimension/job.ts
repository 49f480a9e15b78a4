import { affinitySteps } from '../../shared/affinity/steps.ts';
import { withCatalogue } from '../../shared/catalogue/catalogue.ts';
import { dimensionsReader } from '../../shared/catalogue/dimensions.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { clusters } from './core-clusters.ts';
import { clusterLines } from './judge.ts';
import { type ClusterSettings, settings } from './settings.ts';
import { tables } from './tables.ts';

export const clusterByDimension = defineJob({
  name: 'cluster-by-dimension',
  version: 5,
  summary: 'User clusters: the dimensions of items that each user acts on more than users do on the whole.',
  scope: 'client',
  settings,
  writes: 'cluster',
  users: [{ files: /^part-/, form: { field: 'user' } }],
  activates: 'userclusters',
  inputs: withCatalogue(dayFolders(ACTIONS, 'group-actions'), dimensionsReader),
  configure: { memoryMb: 1769, timeoutSeconds: 900 },
  ...affinitySteps<ClusterSettings, number>(clusters, clusterLines),
  tables,
});
