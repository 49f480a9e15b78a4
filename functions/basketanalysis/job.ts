import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { visitSteps } from '../../shared/shuffle/visits.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { basketActions, fillBaskets } from './core-baskets.ts';
import { type BasketSettings, settings } from './settings.ts';
import { tables } from './tables.ts';

export const basketAnalysis = defineJob({
  name: 'basketanalysis',
  version: 3,
  summary: 'Baskets: what each user put in and did not take out again, cut at long gaps.',
  scope: 'client',
  settings,
  writes: 'basketanalysis',
  users: [],
  inputs: dayFolders(ACTIONS, 'group-actions'),
  ...visitSteps<BasketSettings>({ actions: basketActions, cut: fillBaskets, visits: 'baskets' }),
  tables,
});
