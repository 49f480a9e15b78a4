import * as z from 'zod';
import { actionWeightingFields } from '../../shared/config/action-weightings.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { formatted, integer, records } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { excludeSettings } from '../../shared/shuffle/excluded-users.ts';
import { parseCandidates } from './candidates.ts';

/** A sum of a measure over as many users is exact in a double (`shared/evaluation/measures.ts`). */
const MOST_USERS = 1_000_000;

export const settings = z.object({
  ...commonSettings,
  ...excludeSettings,
  days: integer({ default: 30, min: 1, max: 36_500, meaning: 'number of training days, before the test days' }),
  testDays: integer({
    default: 1,
    min: 1,
    max: 366,
    meaning: 'number of test days, counted backwards from startDay',
  }),
  cutoff: integer({ default: 20, min: 1, max: 1_000, meaning: 'length of the lists that are judged' }),
  testUsers: integer({
    default: 20_000,
    min: 1,
    max: MOST_USERS,
    meaning: 'most test users; of more users, those with the smallest hashes are taken',
  }),
  // They have no default here: without them the run takes those of the client's matrix-factorization.
  actionWeightings: records(actionWeightingFields, {
    meaning:
      'values of the types of action; an action of a type with a valuePerAction above 0 is positive; those of the client’s matrix-factorization if not set',
  }),
  candidates: formatted(
    { allowed: 'a JSON list of {name, job, run, day, settings, folder}', check: (text) => void parseCandidates(text) },
    {
      meaning:
        'models to evaluate, in the form that other commands write; if not set, that of each job which was live or published before the test days',
    },
  ),
});

export type EvaluationSettings = z.output<typeof settings>;

export type EvaluationRun = Run<EvaluationSettings>;
