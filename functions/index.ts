/** All jobs, for modules that need every one of them: the deployment, the day, the documents. */

import { checkJobs } from '../shared/job/check.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { checkedJobName, JOB_NAMES, loadJob } from './registry.ts';

/** @throws PipelineError for declarations that contradict one another */
export const JOBS: readonly AnyJob[] = checkJobs(await Promise.all(JOB_NAMES.map(loadJob)));

/** @throws UsageError naming the job that may be meant */
export const jobNamed = (name: string): AnyJob => JOBS[JOB_NAMES.indexOf(checkedJobName(name))]!;
