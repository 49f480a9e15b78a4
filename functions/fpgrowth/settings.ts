/** The settings that the steps use, as the door hands them on. */
import type { Run } from '../../shared/job/job.ts';

export interface RulesSettings {
  readonly maxRejectRatio: number;
  readonly minSupport: number;
  readonly minItemSetFreq: number;
  readonly maxItemSetSize: number;
  readonly minConfidence: number;
  readonly minInterest: number;
  readonly minLift: number;
}

export type RulesRun = Run<RulesSettings>;
