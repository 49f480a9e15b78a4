/** The order of a day's jobs: who reads what another writes comes after it. */
import { PipelineError } from '../errors.ts';
import type { AnyJob } from './job.ts';

/** Returns the jobs among `jobs` that write one of the job folders. @param folders by default all that `job` may read */
export const readFrom = (
  job: AnyJob,
  jobs: readonly AnyJob[],
  folders: readonly string[] = job.inputs.folders,
): AnyJob[] => jobs.filter(({ writes }) => folders.includes(writes));

/**
 * The jobs in waves: all of a wave may run at the same time, and every job comes after those it reads from. Within a
 * wave the order given stays. @throws PipelineError when jobs read from each other in a circle
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
