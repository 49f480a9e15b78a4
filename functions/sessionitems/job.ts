import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { visitSteps } from '../../shared/shuffle/visits.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { cutSessions, sessionActions } from './core-sessions.ts';
import { type SessionSettings, settings } from './settings.ts';
import { tables } from './tables.ts';

export const sessionItems = defineJob({
  name: 'sessionitems',
  version: 3,
  summary: 'Sessions: the items of each user in order of time, cut at long gaps.',
  scope: 'client',
  settings,
  writes: 'sessionitems',
  users: [],
  inputs: dayFolders(ACTIONS, 'group-actions'),
  ...visitSteps<SessionSettings>({ actions: sessionActions, cut: cutSessions, visits: 'sessions' }),
  tables,
});
