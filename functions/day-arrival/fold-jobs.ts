/**
 * Folds all jobs of a client's day, one after another, in this process. It reaches S3 only: Configure has read the
 * configuration, and Activate will use it again.
 */
import { dayOrder, readFrom } from '../../shared/job/day-order.ts';
import { skippedOutcome } from '../../shared/job/day-outcome.ts';
import { foldRun, inPlace, placeOf } from '../../shared/job/handlers.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import { JOBS } from '../index.ts';
import { type ClientDay, configuring, inJob, type JobsEnvironment, requestOf, runOf } from './configure-jobs.ts';
import { afterError, type DayJob, type DayJobs, fanOut, isLostJob } from './day-jobs.ts';

export interface FoldEnvironment extends JobsEnvironment {
  /** Returns the milliseconds that the process has left. */
  readonly remainingMs: () => number;
}

export interface DayOfJobs extends ClientDay {
  readonly jobs: DayJobs;
}

/** Returns what comes next for each job. A job comes after the jobs whose output it reads. */
export async function foldJobs({ jobs, ...day }: DayOfJobs, environment: FoldEnvironment): Promise<DayJobs> {
  const all = environment.jobs ?? JOBS;
  const next: Record<string, DayJob> = { ...jobs };
  for (const job of dayOrder(all).flat()) {
    const planned = next[job.name];
    if (planned === undefined) continue;
    const placed = inJob(job, day, environment);
    const configured = await configureLate(job, planned, next, day, placed);
    next[job.name] = configured.next === 'fold' ? await foldJob(job, configured, placed) : configured;
  }
  return next;
}

/** Makes the run of a job whose inputs this process has written. */
async function configureLate(
  job: AnyJob,
  planned: DayJob,
  jobs: DayJobs,
  day: ClientDay,
  environment: FoldEnvironment,
): Promise<DayJob> {
  if (planned.next !== 'configure') return planned;
  const { reads, settings, live } = planned;
  const open = reads.find((name) => jobs[name]?.next === 'fanOut');
  if (open !== undefined) return fanOut(`it reads what ${open} writes, which is fanned out`);
  if (reads.some((name) => isLostJob(jobs[name]))) return skipped(job, environment);
  const input = requestOf(day, environment);
  return configuring(job, input, () => runOf(job, reads, input, { settings, live: live ?? undefined }, environment));
}

export const skipped = (job: AnyJob, { jobs = JOBS }: Pick<JobsEnvironment, 'jobs'>): DayJob => ({
  next: 'record',
  outcome: skippedOutcome(job, readFrom(job, jobs)),
});

async function foldJob(
  job: AnyJob,
  { reads, ref }: Extract<DayJob, { next: 'fold' }>,
  environment: FoldEnvironment,
): Promise<DayJob> {
  try {
    const answer = await inPlace(placeOf(job, 'fold', { run: ref }), () => foldRun(job, ref, environment));
    if (answer.outcome === 'done') return { next: 'activate', reads, ref, verdict: answer.verdict };
    return answer.outcome === 'handOver' ? fanOut(answer.why) : afterError(answer.error);
  } catch (error) {
    return afterError(thrownError(error));
  }
}
