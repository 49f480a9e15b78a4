import { clusters } from '../../../functions/cluster-by-dimension/core-clusters.ts';
import { clusterByDimension } from '../../../functions/cluster-by-dimension/job.ts';
import { dimensionsReader } from '../../../shared/catalogue/dimensions.ts';
import { affinityKernel } from './affinity.ts';

export const kernel = affinityKernel(clusterByDimension, clusters, dimensionsReader);
