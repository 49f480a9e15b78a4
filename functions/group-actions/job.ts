import { defineJob } from '../../shared/job/job.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { logs } from './logs.ts';
import { publication } from './publication.ts';
import { settings } from './settings.ts';
import { order } from './steps-order.ts';
import { repair } from './steps-repair.ts';
import { scan } from './steps-scan.ts';
import { tables } from './tables.ts';

export const groupActions = defineJob({
  name: 'group-actions',
  version: 6,
  summary: 'Raw logs of a day into actions by client, user ids repaired, each part in order.',
  scope: 'logs',
  settings,
  writes: ACTIONS,
  users: [{ files: /^part-/, form: { field: 'userid' } }],
  inputs: { folders: [], writers: {}, list: logs },
  steps: [scan, repair, order],
  publish: publication,
  tables,
});
