/** The settings that the steps use, as the door hands them on. */
import type { Run } from '../../shared/job/job.ts';

export interface GroupingSettings {
  readonly maxRejectRatio: number;
  readonly maxOtherDays: number;
  readonly gzipOutput: boolean;
  readonly singleClient?: string | undefined;
}

export type GroupingRun = Run<GroupingSettings>;
