/** The registry: one line a job. */

import { didYouMean } from '../shared/config/did-you-mean.ts';
import { UsageError } from '../shared/errors.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { basketAnalysis } from './basketanalysis/job.ts';
import { clusterByDimension } from './cluster-by-dimension/job.ts';
import { fpGrowth } from './fpgrowth/job.ts';
import { groupActions } from './group-actions/job.ts';
import { matrixFactorization } from './matrix-factorization/job.ts';
import { sessionItems } from './sessionitems/job.ts';
import { similarItems } from './similar-items/job.ts';
import { tagAffinity } from './tagaffinity/job.ts';
import { word2vec } from './word2vec/job.ts';

export const JOBS: readonly AnyJob[] = [
  groupActions,
  matrixFactorization,
  similarItems,
  sessionItems,
  word2vec,
  clusterByDimension,
  tagAffinity,
  basketAnalysis,
  fpGrowth,
];

/** @throws UsageError naming the job that may be meant */
export function jobNamed(name: string): AnyJob {
  const job = JOBS.find((candidate) => candidate.name === name);
  if (job !== undefined) return job;
  const names = JOBS.map((candidate) => candidate.name);
  const meant = didYouMean(name, names);
  throw new UsageError(
    `there is no job '${name}'${meant === undefined ? '.' : `; did you mean ${meant}?`} Jobs: ${names.join(', ')}`,
  );
}
