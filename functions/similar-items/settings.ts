/** The settings that the steps use, as the door hands them on. */
import type { Run } from '../../shared/job/job.ts';

export interface SimilaritySettings {
  readonly seed: number;
  readonly maxRejectRatio: number;
  /** −1: all. */
  readonly itemType: number;
  readonly sample: number;
  readonly minUsersPerItem: number;
  readonly maxUsersPerItem: number;
  readonly minItemsPerUser: number;
  readonly dimsumThreshold: number;
  readonly limit: number;
}

export type SimilarityRun = Run<SimilaritySettings>;
