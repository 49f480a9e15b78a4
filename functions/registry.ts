/** The registry has a line for each job. A process that runs one job loads the modules of that job only. */

import { didYouMean } from '../shared/config/did-you-mean.ts';
import { UsageError } from '../shared/errors.ts';
import { checkRegistered } from '../shared/job/check.ts';
import type { AnyJob } from '../shared/job/job.ts';

const REGISTRY: Readonly<Record<string, () => Promise<AnyJob>>> = {
  'group-actions': async () => (await import('./group-actions/job.ts')).groupActions,
  'matrix-factorization': async () => (await import('./matrix-factorization/job.ts')).matrixFactorization,
  'similar-items': async () => (await import('./similar-items/job.ts')).similarItems,
  sessionitems: async () => (await import('./sessionitems/job.ts')).sessionItems,
  word2vec: async () => (await import('./word2vec/job.ts')).word2vec,
  'cluster-by-dimension': async () => (await import('./cluster-by-dimension/job.ts')).clusterByDimension,
  tagaffinity: async () => (await import('./tagaffinity/job.ts')).tagAffinity,
  basketanalysis: async () => (await import('./basketanalysis/job.ts')).basketAnalysis,
  fpgrowth: async () => (await import('./fpgrowth/job.ts')).fpGrowth,
  evaluate: async () => (await import('./evaluate/job.ts')).evaluate,
  recommendations: async () => (await import('./recommendations/job.ts')).recommendations,
  mostpopular: async () => (await import('./mostpopular/job.ts')).mostPopular,
  mostpopulardim: async () => (await import('./mostpopulardim/job.ts')).mostPopularByDimension,
};

export const JOB_NAMES: readonly string[] = Object.keys(REGISTRY);

/** @throws UsageError naming the job that may be meant; PipelineError for a declaration that breaks a rule */
export async function loadJob(name: string): Promise<AnyJob> {
  return checkRegistered(name, await REGISTRY[checkedJobName(name)]!());
}

/** Returns the name when a job has it. @throws UsageError as `loadJob` */
export function checkedJobName(name: string): string {
  if (Object.hasOwn(REGISTRY, name)) return name;
  const meant = didYouMean(name, JOB_NAMES);
  throw new UsageError(
    `there is no job '${name}'${meant === undefined ? '.' : `; did you mean ${meant}?`} Jobs: ${JOB_NAMES.join(', ')}`,
  );
}
