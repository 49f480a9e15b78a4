import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { choice, integer, number, records } from '../../shared/config/settings.ts';
import { dayFolders, READING_GROWTH } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { judging } from './judge.ts';
import { publication } from './publication.ts';
import { formatFactors, formatShards, merge, mergeShards } from './steps-format.ts';
import { rate, rateShards } from './steps-rate.ts';
import { pairGrowth, score, scoreShards, transpose, transposeShards } from './steps-score.ts';
import { expectedShards, maxHalfSweeps, nextHalfSweep, solve } from './steps-sweep.ts';

const MAX_ITERATIONS = 200;

export const matrixFactorization = defineJob({
  name: 'matrix-factorization',
  version: 4,
  summary: 'User and item vectors from implicit feedback, by alternating least squares.',
  scope: 'client',
  settings: z.object({
    ...commonSettings,
    rank: integer({ default: 30, min: 1, max: 256, meaning: 'number of latent factors' }),
    iterations: integer({ default: 5, min: 1, max: MAX_ITERATIONS, meaning: 'sweeps: each solves items, then users' }),
    lambda: number({ default: 0.01, min: 0, meaning: 'regularisation, times the positive pairs of each user or item' }),
    alpha: number({ default: 1, min: 0, meaning: 'confidence of a pair: 1 + alpha × |score|' }),
    actionWeightings: records(
      {
        actionType: integer({ required: true, meaning: 'type of the action' }),
        valuePerAction: number({
          required: true,
          meaning: 'what one such action adds to the score; negative: a dislike',
        }),
        maxSum: number({ required: true, meaning: 'the most that all actions of this type add' }),
      },
      {
        default: [{ actionType: 1, valuePerAction: 1, maxSum: 1 }],
        meaning: 'what actions are worth; types not listed score nothing',
      },
    ),
    solver: choice(['exact', 'pcg'], {
      default: 'exact',
      meaning: 'exact: Cholesky; pcg: two preconditioned conjugate gradient steps, the last half-sweep exact',
    }),
  }),
  reads: ['actions'],
  writes: 'matrix-factorization',
  activates: 'mf',
  judge: judging,
  inputs: dayFolders('actions', 'group-actions'),
  steps: [
    {
      kind: 'map',
      name: 'rate',
      memoryMb: 1769,
      timeoutSeconds: 900,
      growth: READING_GROWTH,
      shards: rateShards,
      run: rate,
    },
    {
      kind: 'map',
      name: 'score',
      memoryMb: 1769,
      timeoutSeconds: 900,
      growth: pairGrowth,
      shards: scoreShards,
      run: score,
    },
    {
      kind: 'map',
      name: 'transpose',
      memoryMb: 1769,
      timeoutSeconds: 900,
      growth: pairGrowth,
      shards: transposeShards,
      run: transpose,
    },
    {
      kind: 'loop',
      name: 'sweep',
      memoryMb: 1769,
      timeoutSeconds: 300,
      keep: 2,
      maxIterations: maxHalfSweeps(MAX_ITERATIONS),
      expected: expectedShards,
      advance: nextHalfSweep,
      body: { kind: 'map', name: 'solve', memoryMb: 3008, timeoutSeconds: 900, run: solve },
    },
    {
      kind: 'map',
      name: 'format',
      memoryMb: 1769,
      timeoutSeconds: 900,
      follows: ['score', 'transpose'],
      shards: formatShards,
      run: formatFactors,
    },
    {
      kind: 'map',
      name: 'merge',
      memoryMb: 1769,
      timeoutSeconds: 900,
      publishes: true,
      shards: mergeShards,
      run: merge,
    },
  ],
  publish: publication,
});
