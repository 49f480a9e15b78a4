import { defineJob } from '../../shared/job/job.ts';
import { inputs } from './inputs.ts';
import { publication } from './publication.ts';
import { settings } from './settings.ts';
import { meet, tally } from './steps-meet.ts';
import { order } from './steps-order.ts';
import { parse, read } from './steps-read.ts';
import { recommend } from './steps-recommend.ts';
import { tables } from './tables.ts';

export const recommendations = defineJob({
  name: 'recommendations',
  version: 1,
  summary: 'The best items of every user: exactly those with the largest inner products of the factors.',
  scope: 'client',
  settings,
  writes: 'recommendations',
  // The lines are always written, so a Parquet file names no user whom they do not name.
  users: [{ files: /^part-/, form: { field: 'user' } }],
  inputs,
  configure: { memoryMb: 1769, timeoutSeconds: 900 },
  steps: [read, parse, meet, tally, recommend, order],
  publish: publication,
  tables,
});
