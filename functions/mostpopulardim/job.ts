import { withCatalogue } from '../../shared/catalogue/catalogue.ts';
import { allDimensionsReader } from '../../shared/catalogue/dimensions.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { judging } from './judge.ts';
import { publication } from './publication.ts';
import { settings } from './settings.ts';
import { collect, count, order } from './steps.ts';
import { tables } from './tables.ts';

export const mostPopularByDimension = defineJob({
  name: 'mostpopulardim',
  version: 1,
  summary: 'Most popular by dimension: the items with the most actions in each dimension of items.',
  scope: 'client',
  settings,
  writes: 'mostpopulardim',
  users: [],
  activates: 'mostpopulardim',
  inputs: withCatalogue(dayFolders(ACTIONS, 'group-actions'), allDimensionsReader),
  configure: { memoryMb: 1769, timeoutSeconds: 900 },
  judge: judging,
  steps: [collect, count, order],
  publish: publication,
  tables,
});
