/** Runs the jobs of a client's day on the worker threads, and shows their progress. */
import { JOBS } from '../../functions/index.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { foldersRead, type RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { watchRun, withProgress } from '../progress.ts';
import { outcomeInWords } from '../report-day.ts';
import type { WorkerPool } from './pool.ts';
import { inputOf, type Outcome, runDay } from './run-day.ts';
import { runLocally } from './run-job.ts';
import { withSharedRoots } from './shared-roots.ts';

/**
 * Runs each job once, after the jobs whose outputs it reads. Resolves to the outcomes in the order of the day.
 * @param input the request for all jobs; each job takes the settings that it has
 * @param title the line above the progress
 */
export const runClientJobs = (
  jobs: readonly AnyJob[],
  input: RunInput,
  pool: WorkerPool,
  title: string,
): Promise<Outcome[]> =>
  withProgress(
    title,
    (progress) =>
      runDay(
        jobs,
        async (job) => {
          const own = await withSharedRoots(job, JOBS, inputOf(job, input), openConfigRoot);
          return runLocally(job, { ...own, requestedAt: new Date().toISOString() }, pool, watchRun(progress, job.name));
        },
        (job) => foldersRead(job, inputOf(job, input), openConfigRoot),
        (outcome) => progress.ended(outcome.job, outcomeInWords(outcome)),
      ),
    { jobs: jobs.length },
  );
