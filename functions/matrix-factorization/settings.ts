import * as z from 'zod';
import { actionWeightingFields } from '../../shared/config/action-weightings.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { choice, integer, number, records } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { excludeSettings } from '../../shared/shuffle/excluded-users.ts';
import { qualitySettings } from '../../shared/verdict/quality-settings.ts';

export const MAX_ITERATIONS = 200;

export const settings = z.object({
  ...commonSettings,
  ...excludeSettings,
  ...qualitySettings,
  rank: integer({ default: 30, min: 1, max: 256, meaning: 'number of latent factors' }),
  iterations: integer({ default: 5, min: 1, max: MAX_ITERATIONS, meaning: 'sweeps: each solves items, then users' }),
  lambda: number({
    default: 0.01,
    min: 0,
    meaning: 'regularisation, multiplied by the number of positive pairs of each user or item',
  }),
  alpha: number({ default: 1, min: 0, meaning: 'confidence of a pair: 1 + alpha × |score|' }),
  actionWeightings: records(actionWeightingFields, {
    default: [{ actionType: 1, valuePerAction: 1, maxSum: 1 }],
    meaning: 'values of the types of action; a type that is not listed adds nothing to a score',
  }),
  halfLifeDays: number({
    above: 0,
    meaning:
      'days after which an action weighs half: its weight is 2^(−age / halfLifeDays), and at least 0.05; every action weighs 1 if not set',
  }),
  solver: choice(['exact', 'pcg'], {
    default: 'exact',
    meaning: 'exact: Cholesky; pcg: two preconditioned conjugate gradient steps, the last half-sweep exact',
  }),
});

export type FactorizationSettings = z.output<typeof settings>;

export type FactorizationRun = Run<FactorizationSettings>;
