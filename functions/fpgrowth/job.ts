import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number, text } from '../../shared/config/settings.ts';
import { derivedDayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { judging } from './judge.ts';
import { publication } from './publication.ts';
import { count, countShards, tally, tallyShards } from './steps-count.ts';
import { group, groupShards, mine, mineShards } from './steps-mine.ts';
import { join, joinShards, order, orderShards } from './steps-rules.ts';

export const fpGrowth = defineJob({
  name: 'fpgrowth',
  version: 2,
  summary: 'Association rules: which item goes with those in a basket, from frequent item sets.',
  scope: 'client',
  settings: z.object({
    ...commonSettings,
    inputSubFolder: text({ default: 'basketanalysis', meaning: 'job folder that the baskets are read from' }),
    minSupport: number({
      default: 0.005,
      min: 0,
      max: 1,
      meaning: 'share of the baskets that hold an item set, at least',
    }),
    minItemSetFreq: integer({
      default: 1,
      min: 0,
      meaning: 'baskets that hold an item set: strictly more than this; with 0 rules may rest on a single basket',
    }),
    maxItemSetSize: integer({ default: 5, min: 1, meaning: 'items of a rule, antecedent and consequent together' }),
    minConfidence: number({ default: 0.2, min: 0, max: 1, meaning: 'confidence of a rule: strictly greater' }),
    minInterest: number({
      default: 0.1,
      min: -1,
      max: 1,
      meaning: 'confidence less the support of the consequent: strictly greater',
    }),
    minLift: number({ default: 0, min: 0, meaning: 'confidence over the support of the consequent: strictly greater' }),
  }),
  reads: ['basketanalysis'],
  writes: 'fpgrowth',
  activates: 'assocrules',
  judge: judging,
  inputs: (request) => derivedDayFolders(request.settings.inputSubFolder)(request),
  steps: [
    { kind: 'map', name: 'count', memoryMb: 1769, timeoutSeconds: 900, shards: countShards, run: count },
    { kind: 'map', name: 'tally', memoryMb: 1769, timeoutSeconds: 900, shards: tallyShards, run: tally },
    {
      kind: 'map',
      name: 'group',
      memoryMb: 1769,
      timeoutSeconds: 900,
      follows: ['count'],
      shards: groupShards,
      run: group,
    },
    { kind: 'map', name: 'mine', memoryMb: 3008, timeoutSeconds: 900, shards: mineShards, run: mine },
    { kind: 'map', name: 'join', memoryMb: 1769, timeoutSeconds: 900, shards: joinShards, run: join },
    {
      kind: 'map',
      name: 'order',
      memoryMb: 1769,
      timeoutSeconds: 900,
      publishes: true,
      shards: orderShards,
      run: order,
    },
  ],
  publish: publication,
});
