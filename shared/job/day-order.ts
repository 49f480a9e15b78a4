/** The order of a day's jobs. A job comes after the jobs whose output it reads. */
import { PipelineError } from '../errors.ts';
import type { AnyJob } from './job.ts';

/**
 * Returns the jobs among `jobs` that write one of the job folders.
 *
 * @param folders by default all folders that `job` may read
 */
export const readFrom = (
  job: AnyJob,
  jobs: readonly AnyJob[],
  folders: readonly string[] = job.inputs.folders,
): AnyJob[] => jobs.filter(({ writes }) => folders.includes(writes));

/**
 * Returns the jobs in waves. The jobs of one wave may run at the same time, and a job is in a later wave than the jobs whose
 * output it reads. Jobs of one wave keep their order.
 *
 * @throws PipelineError when jobs read each other's output in a circle
 */
export function dayOrder(jobs: readonly AnyJob[]): AnyJob[][] {
  const waves: AnyJob[][] = [];
  let left = [...jobs];
  while (left.length > 0) {
    const wave = left.filter((job) => readFrom(job, left).length === 0);
    if (wave.length === 0) {
      throw new PipelineError(`these jobs read from each other in a circle: ${left.map((job) => job.name).join(', ')}`);
    }
    waves.push(wave);
    left = left.filter((job) => !wave.includes(job));
  }
  return waves;
}
