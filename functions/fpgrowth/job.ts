import { derivedDayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { judging } from './judge.ts';
import { publication } from './publication.ts';
import { scorer } from './scorer.ts';
import { settings } from './settings.ts';
import { count, tally } from './steps-count.ts';
import { group, mine } from './steps-mine.ts';
import { join, order } from './steps-rules.ts';
import { tables } from './tables.ts';

export const fpGrowth = defineJob({
  name: 'fpgrowth',
  version: 2,
  summary: 'Association rules: which item goes with those in a basket, from frequent item sets.',
  scope: 'client',
  settings,
  writes: 'fpgrowth',
  users: [],
  activates: 'assocrules',
  judge: judging,
  scorer,
  inputs: {
    // `inputSubFolder` may also name the folder of sessions, because a session is a line of items too.
    folders: ['basketanalysis', 'sessionitems'],
    writers: { basketanalysis: 'basketanalysis', sessionitems: 'sessionitems' },
    foldersOf: ({ inputSubFolder }) => [inputSubFolder],
    list: (request) => derivedDayFolders(request.settings.inputSubFolder).list(request),
  },
  steps: [count, tally, group, mine, join, order],
  publish: publication,
  tables,
});
