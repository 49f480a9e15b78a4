import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integerList } from '../../shared/config/settings.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { visitSettings } from '../../shared/shuffle/visit-settings.ts';
import { visitSteps } from '../../shared/shuffle/visits.ts';
import { cutSessions, sessionActions } from './core-sessions.ts';

export const sessionItems = defineJob({
  name: 'sessionitems',
  version: 3,
  summary: 'Sessions: the items of each user in order of time, cut at long gaps.',
  scope: 'client',
  settings: z.object({
    ...commonSettings,
    ...visitSettings,
    allowedTypes: integerList({ default: [], meaning: 'action types that count; empty: all' }),
  }),
  writes: 'sessionitems',
  inputs: dayFolders('actions', 'group-actions'),
  ...visitSteps({ actions: sessionActions, cut: cutSessions, visits: 'sessions' }),
});
