import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number as numeric } from '../../shared/config/settings.ts';
import { dayFolders, READING_GROWTH } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { databaseOf, jdbcSetting } from '../../shared/mysql/jdbc-setting.ts';
import { judging } from './judge.ts';
import { publication } from './publication.ts';
import { compare, compareShards } from './steps-compare.ts';
import { format, formatShards, select, selectShards } from './steps-output.ts';
import {
  collect,
  collectShards,
  number,
  numberShards,
  pair,
  pairShards,
  tally,
  weigh,
  wholeShard,
} from './steps-pairs.ts';
import { upload } from './upload.ts';

/** Every step that goes through data: one virtual processor. */
const SIZE = { memoryMb: 1769, timeoutSeconds: 900 } as const;

const actions = dayFolders('actions', 'group-actions');

export const similarItems = defineJob({
  name: 'similar-items',
  version: 3,
  summary: 'Item similarity: the cosine of the sets of users that two items have, exact or estimated by DIMSUM.',
  scope: 'client',
  settings: z.object({
    ...commonSettings,
    itemType: integer({ default: -1, min: -1, meaning: 'action type that counts; -1: all' }),
    sample: numeric({ default: 1, min: 0, max: 1, meaning: 'share of the actions kept' }),
    minUsersPerItem: integer({ default: 0, min: 0, meaning: 'items with fewer users are left out' }),
    maxUsersPerItem: integer({ default: 2_000_000, min: 0, meaning: 'items with more users are left out' }),
    minItemsPerUser: integer({
      default: 0,
      min: 0,
      meaning: 'users with fewer items are left out, counted after items have been left out',
    }),
    dimsumThreshold: numeric({
      default: 0.1,
      min: 0,
      meaning: 'similarities from here on are estimated well; below 0.000001 all are exact',
    }),
    limit: integer({ default: 100, min: 1, max: 1000, meaning: 'partners kept of each item' }),
    jdbc: jdbcSetting('database whose table item_similarity is filled'),
  }),
  writes: 'item-similarity',
  judge: judging,
  inputs: {
    folders: actions.folders,
    list: async (request) => {
      const listing = await actions.list(request);
      const warnings = [...listing.warnings];
      if (request.settings.jdbc !== '') await databaseOf(request.settings.jdbc, (message) => warnings.push(message));
      return { ...listing, warnings };
    },
  },
  steps: [
    { kind: 'map', name: 'collect', ...SIZE, growth: READING_GROWTH, shards: collectShards, run: collect },
    { kind: 'map', name: 'pair', ...SIZE, shards: pairShards, run: pair },
    { kind: 'map', name: 'tally', ...SIZE, shards: wholeShard, run: tally },
    { kind: 'map', name: 'number', ...SIZE, follows: ['pair'], shards: numberShards, run: number },
    { kind: 'map', name: 'weigh', ...SIZE, shards: wholeShard, run: weigh },
    { kind: 'map', name: 'compare', ...SIZE, shards: compareShards, run: compare },
    { kind: 'map', name: 'select', ...SIZE, shards: selectShards, run: select },
    { kind: 'map', name: 'format', ...SIZE, shards: formatShards, run: format },
  ],
  publish: publication,
  afterPublish: upload,
});
