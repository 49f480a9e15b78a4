import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { judging } from './judge.ts';
import { neighbours } from './neighbours.ts';
import { publication } from './publication.ts';
import { recommender } from './recommender.ts';
import { scorer } from './scorer.ts';
import { settings } from './settings.ts';
import { space } from './space.ts';
import { format, merge } from './steps-format.ts';
import { rate } from './steps-rate.ts';
import { score, transpose } from './steps-score.ts';
import { sweep } from './steps-sweep.ts';
import { tables } from './tables.ts';

export const matrixFactorization = defineJob({
  name: 'matrix-factorization',
  version: 4,
  summary: 'User and item vectors from implicit feedback, by alternating least squares.',
  scope: 'client',
  settings,
  writes: 'matrix-factorization',
  users: [{ files: /^userFeatures\.txt(\.gz)?$/, form: 'before-bar' }],
  activates: 'mf',
  judge: judging,
  scorer,
  recommender,
  neighbours,
  inputs: dayFolders(ACTIONS, 'group-actions'),
  steps: [rate, score, transpose, sweep, format, merge],
  publish: publication,
  space,
  tables,
});
