import { EVALUATION } from '../../shared/evaluation/metrics-document.ts';
import { defineJob } from '../../shared/job/job.ts';
import { complete } from './complete.ts';
import { inputs } from './days.ts';
import { publication } from './publication.ts';
import { settings } from './settings.ts';
import { choose, tally } from './steps-choose.ts';
import { read, split } from './steps-read.ts';
import { report } from './steps-report.ts';
import { measure, score } from './steps-score.ts';

export const evaluate = defineJob({
  name: 'evaluate',
  version: 2,
  summary: 'How good the models are: each one is judged on what users did after its training, beside popularity.',
  scope: 'client',
  settings,
  complete,
  writes: EVALUATION,
  users: [],
  inputs,
  accompanies: ({ scorer }) => scorer !== undefined,
  steps: [read, split, tally, choose, score, measure, report],
  publish: publication,
});
