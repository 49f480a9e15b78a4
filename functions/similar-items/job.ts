import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { databaseOf } from '../../shared/mysql/jdbc-setting.ts';
import { judging } from './judge.ts';
import { neighbours } from './neighbours.ts';
import { publication } from './publication.ts';
import { scorer } from './scorer.ts';
import { gapWarnings, settings } from './settings.ts';
import { space } from './space.ts';
import { compare } from './steps-compare.ts';
import { format } from './steps-format.ts';
import { number } from './steps-number.ts';
import { collect, pair } from './steps-pair.ts';
import { select } from './steps-select.ts';
import { tally } from './steps-tally.ts';
import { weigh } from './steps-weigh.ts';
import { tables } from './tables.ts';
import { upload } from './upload.ts';

const actions = dayFolders('actions', 'group-actions');

export const similarItems = defineJob({
  name: 'similar-items',
  version: 3,
  summary: 'Item similarity: the cosine of the sets of users that two items have, exact or estimated by DIMSUM.',
  scope: 'client',
  settings,
  warnings: gapWarnings,
  writes: 'item-similarity',
  judge: judging,
  scorer,
  neighbours,
  inputs: {
    ...actions,
    list: async (request) => {
      const listing = await actions.list(request);
      const warnings = [...listing.warnings];
      if (request.settings.jdbc !== '') await databaseOf(request.settings.jdbc, (message) => warnings.push(message));
      return { ...listing, warnings };
    },
  },
  steps: [collect, pair, tally, number, weigh, compare, select, format],
  publish: publication,
  afterPublish: upload,
  space,
  tables,
});
