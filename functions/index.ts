/** All jobs, for those who look at them as a whole: the deployment, the day, the documents. */

import type { AnyJob } from '../shared/job/job.ts';
import { checkedJobName, JOB_NAMES, loadJob } from './registry.ts';

export const JOBS: readonly AnyJob[] = await Promise.all(JOB_NAMES.map(loadJob));

/** @throws UsageError naming the job that may be meant */
export const jobNamed = (name: string): AnyJob => JOBS[JOB_NAMES.indexOf(checkedJobName(name))]!;
