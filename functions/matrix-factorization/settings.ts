/** The settings that the steps use, as the door hands them on. */

import type { Run } from '../../shared/job/job.ts';
import type { Solver } from '../../shared/kernels/als.ts';
import type { ActionWeighting } from './core-matrix.ts';

export interface FactorizationSettings {
  readonly seed: number;
  readonly maxRejectRatio: number;
  readonly rank: number;
  readonly iterations: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly actionWeightings: readonly ActionWeighting[];
  readonly solver: Solver;
}

export type FactorizationRun = Run<FactorizationSettings>;
