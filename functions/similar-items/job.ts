import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { uploadOf, uploadWarnings } from '../../shared/live/upload.ts';
import { withDatabaseWarnings } from '../../shared/mysql/jdbc-setting.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { judging } from './judge.ts';
import { SIMILARITIES } from './live-similarities.ts';
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

export const similarItems = defineJob({
  name: 'similar-items',
  version: 3,
  summary: 'Item similarity: the cosine of the sets of users that two items have, exact or estimated by DIMSUM.',
  scope: 'client',
  settings,
  warnings: (given) => [...gapWarnings(given), ...uploadWarnings('item_similarity', given)],
  writes: 'item-similarity',
  users: [],
  judge: judging,
  scorer,
  neighbours,
  inputs: withDatabaseWarnings(dayFolders(ACTIONS, 'group-actions')),
  steps: [collect, pair, tally, number, weigh, compare, select, format],
  publish: publication,
  afterPublish: uploadOf('similar-items', SIMILARITIES),
  space,
  tables,
});
