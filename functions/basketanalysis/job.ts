import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer } from '../../shared/config/settings.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { visitSettings } from '../../shared/shuffle/visit-settings.ts';
import { visitSteps } from '../../shared/shuffle/visits.ts';
import { basketActions, fillBaskets } from './core-baskets.ts';

export const basketAnalysis = defineJob({
  name: 'basketanalysis',
  version: 3,
  summary: 'Baskets: what each user put in and did not take out again, cut at long gaps.',
  scope: 'client',
  settings: z
    .object({
      ...commonSettings,
      ...visitSettings,
      addToBasketType: integer({ default: 1, meaning: 'action type that puts an item into the basket' }),
      removeFromBasketType: integer({
        default: 2,
        aliases: ['removefromBasketType'],
        meaning: 'action type that takes an item out of the basket',
      }),
    })
    .refine(({ addToBasketType, removeFromBasketType }) => addToBasketType !== removeFromBasketType, {
      error:
        'addToBasketType and removeFromBasketType are the same: an action cannot do both. Give them different types',
    }),
  writes: 'basketanalysis',
  inputs: dayFolders('actions', 'group-actions'),
  ...visitSteps({ actions: basketActions, cut: fillBaskets, visits: 'baskets' }),
});
