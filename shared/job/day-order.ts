/** The jobs of a client's day, and their order. A job comes after the jobs whose output it reads. */
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
 * Returns the jobs of a client's day: those with a node, and those that accompany one of them.
 *
 * @param nodes the names of the client's nodes
 */
export function jobsOfDay(jobs: readonly AnyJob[], nodes: ReadonlySet<string>): AnyJob[] {
  const configured = jobs.filter((job) => job.scope === 'client' && nodes.has(job.name));
  return jobs.filter((job) => configured.includes(job) || configured.some((other) => job.accompanies?.(other)));
}

/**
 * Returns the jobs in waves. The jobs of one wave may run at the same time, and a job is in a later wave than the jobs whose
 * output it reads, and than those that accompany it. Jobs of one wave keep their order.
 *
 * @throws PipelineError when jobs wait for each other in a circle
 */
export function dayOrder(jobs: readonly AnyJob[]): AnyJob[][] {
  const waves: AnyJob[][] = [];
  let left = [...jobs];
  while (left.length > 0) {
    const wave = left.filter(
      (job) => readFrom(job, left).length === 0 && !left.some((other) => other.accompanies?.(job)),
    );
    if (wave.length === 0) {
      throw new PipelineError(`these jobs wait for each other in a circle: ${left.map((job) => job.name).join(', ')}`);
    }
    waves.push(wave);
    left = left.filter((job) => !wave.includes(job));
  }
  return waves;
}
