/** Does what comes after the publishing of a client's folded jobs: uploads to databases, and runtime nodes. */
import { defined } from '../../shared/defined.ts';
import { dayOrder } from '../../shared/job/day-order.ts';
import type { JobEnd } from '../../shared/job/day-outcome.ts';
import { handlersOf } from '../../shared/job/handlers.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import { JOBS } from '../index.ts';
import { type ClientDay, type JobsEnvironment, requestOf } from './configure-jobs.ts';
import { afterError, type DayJob, type DayJobs, ended, isLostJob } from './day-jobs.ts';
import { type DayOfJobs, skipped } from './fold-jobs.ts';

/** Returns the outcome of each job, or that it is fanned out. */
export async function activateJobs({ jobs, ...day }: DayOfJobs, environment: JobsEnvironment): Promise<DayJobs> {
  const next: Record<string, DayJob> = { ...jobs };
  for (const job of dayOrder(environment.jobs ?? JOBS).flat()) {
    const folded = next[job.name];
    if (folded?.next !== 'activate') continue;
    // A fanned-out day does not begin a job that reads from a failed one, so the model of such a job does not go live.
    const isSkipped = folded.reads.some((name) => isLostJob(next[name]));
    next[job.name] = isSkipped ? skipped(job, environment) : await activateJob(job, folded, day, environment);
  }
  return next;
}

async function activateJob(
  job: AnyJob,
  { ref, verdict }: Extract<DayJob, { next: 'activate' }>,
  day: ClientDay,
  environment: JobsEnvironment,
): Promise<DayJob> {
  const handlers = handlersOf(job);
  const call = async (name: string) => ({
    ref: (await handlers[name]!({ run: ref, input: requestOf(day, environment) }, environment)) as {
      readonly notActivated?: string;
    },
  });
  try {
    const followed = job.afterPublish && (await call(job.afterPublish.name));
    const activated = job.activates === undefined ? undefined : await call('activate');
    return ended(ref.id, defined<JobEnd>({ run: { ref }, verdict: { ref: { verdict } }, followed, activated }));
  } catch (error) {
    return afterError(thrownError(error));
  }
}
