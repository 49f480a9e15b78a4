import { derivedDayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { judging } from './judge.ts';
import { neighbours } from './neighbours.ts';
import { publication } from './publication.ts';
import { scorer } from './scorer.ts';
import { settings, vectorSizeWarnings } from './settings.ts';
import { space } from './space.ts';
import { encode } from './steps-encode.ts';
import { format } from './steps-format.ts';
import { count, read } from './steps-read.ts';
import { round } from './steps-round.ts';
import { tables } from './tables.ts';

export const word2vec = defineJob({
  name: 'word2vec',
  version: 3,
  summary: 'Item vectors from sessions, by skip-gram with hierarchical softmax.',
  scope: 'client',
  settings,
  warnings: vectorSizeWarnings,
  writes: 'word2vec',
  users: [],
  activates: 'word2vec',
  judge: judging,
  scorer,
  neighbours,
  inputs: derivedDayFolders('sessionitems'),
  steps: [read, count, encode, round, format],
  publish: publication,
  space,
  tables,
});
