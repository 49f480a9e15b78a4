import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { flag, number, text } from '../../shared/config/settings.ts';
import { defineJob } from '../../shared/job/job.ts';
import { logs } from './logs.ts';
import { publication } from './publication.ts';
import { order, orderShards } from './steps-order.ts';
import { repairIds, repairShards } from './steps-repair.ts';
import { SCAN_GROWTH, scan, scanShards } from './steps-scan.ts';

const { outputPath, startDay, maxRejectRatio, seed, activate, activationScheme, registerClient } = commonSettings;

export const groupActions = defineJob({
  name: 'group-actions',
  version: 4,
  summary: 'Raw logs of a day into actions by client, user ids repaired, each part in order.',
  scope: 'logs',
  settings: z.object({
    inputPathPattern: text({
      required: true,
      decidesBytes: false,
      meaning: 'where the logs are: %y, %m, %d are the day, * is a part of a name',
    }),
    outputPath,
    startDay,
    maxRejectRatio,
    seed,
    activate,
    activationScheme,
    registerClient,
    maxOtherDays: number({
      default: 0.5,
      min: 0,
      max: 1,
      meaning: 'share of the actions that may be more than a day away from the run’s day before it fails',
    }),
    gzipOutput: flag({ default: false, meaning: 'compress the output' }),
    singleClient: text({ meaning: 'only this client' }),
  }),
  writes: 'actions',
  inputs: { folders: [], list: logs },
  steps: [
    {
      kind: 'map',
      name: 'scan',
      memoryMb: 1769,
      timeoutSeconds: 900,
      growth: SCAN_GROWTH,
      shards: scanShards,
      run: scan,
    },
    { kind: 'map', name: 'repair', memoryMb: 1769, timeoutSeconds: 900, shards: repairShards, run: repairIds },
    {
      kind: 'map',
      name: 'order',
      memoryMb: 3008,
      timeoutSeconds: 900,
      publishes: true,
      shards: orderShards,
      run: order,
    },
  ],
  publish: publication,
});
