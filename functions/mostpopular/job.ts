import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { uploadOf, uploadWarnings } from '../../shared/live/upload.ts';
import { withDatabaseWarnings } from '../../shared/mysql/jdbc-setting.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { judging } from './judge.ts';
import { POPULARITIES } from './popularity-table.ts';
import { publication } from './publication.ts';
import { settings } from './settings.ts';
import { count, order, tally } from './steps.ts';
import { tables } from './tables.ts';

export const mostPopular = defineJob({
  name: 'mostpopular',
  version: 1,
  summary: 'Most popular: how many actions each item has, the most popular item first.',
  scope: 'client',
  settings,
  warnings: (given) => uploadWarnings('items_recent_popularity', given),
  writes: 'mostpopular',
  users: [],
  judge: judging,
  inputs: withDatabaseWarnings(dayFolders(ACTIONS, 'group-actions')),
  steps: [count, tally, order],
  publish: publication,
  afterPublish: uploadOf('mostpopular', POPULARITIES),
  tables,
});
