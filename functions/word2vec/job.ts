import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { flag, integer, number } from '../../shared/config/settings.ts';
import { derivedDayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { maxIterations } from './core-task.ts';
import { judging } from './judge.ts';
import { publication } from './publication.ts';
import { expectedShards, MAX_PARTITIONS, MAX_ROUNDS, SERVED_VECTOR_SIZE, vectorSizeWarnings } from './settings.ts';
import { encode, encodeShards } from './steps-encode.ts';
import { format, formatShards } from './steps-format.ts';
import { LEARN_MEMORY_MB, learn, nextRound } from './steps-learn.ts';
import { count, countShards, read, readShards } from './steps-read.ts';

export const word2vec = defineJob({
  name: 'word2vec',
  version: 3,
  summary: 'Item vectors from sessions, by skip-gram with hierarchical softmax.',
  scope: 'client',
  settings: z.object({
    ...commonSettings,
    vectorSize: integer({
      default: SERVED_VECTOR_SIZE,
      min: 1,
      max: 1_000,
      meaning: `dimensions of a vector; the original server answers only with ${SERVED_VECTOR_SIZE}`,
    }),
    window: integer({
      default: 5,
      min: 1,
      max: 100,
      meaning: 'items on each side that are a context, shrunk at random for each item',
    }),
    minWordCount: integer({ default: 50, min: 0, meaning: 'items that are met less often get no vector' }),
    learningRate: number({
      default: 0.025,
      above: 0,
      max: 1,
      meaning: 'step size at the start; falls linearly to 0.0001 of itself',
    }),
    iterations: integer({ default: 1, min: 1, max: 100, meaning: 'epochs: how often every session is trained' }),
    partitions: integer({
      min: 1,
      max: MAX_PARTITIONS,
      meaning: 'copies trained at the same time and combined; if not set: 1 for every 10^10 words × vectorSize begun',
    }),
    rounds: integer({
      min: 1,
      max: MAX_ROUNDS,
      meaning: `checkpoints an epoch, where copies are combined; if not set: 8 with one epoch, else 4 (${MAX_ROUNDS} in all at most)`,
    }),
    sharedPath: flag({
      default: true,
      meaning: 'an item trains its contexts four at a time; false: strictly one after another',
    }),
  }),
  warnings: vectorSizeWarnings,
  writes: 'word2vec',
  activates: 'word2vec',
  judge: judging,
  inputs: derivedDayFolders('sessionitems'),
  steps: [
    { kind: 'map', name: 'read', memoryMb: 1769, timeoutSeconds: 900, shards: readShards, run: read },
    { kind: 'map', name: 'count', memoryMb: 3008, timeoutSeconds: 900, shards: countShards, run: count },
    {
      kind: 'map',
      name: 'encode',
      memoryMb: 1769,
      timeoutSeconds: 900,
      follows: ['read'],
      shards: encodeShards,
      run: encode,
    },
    {
      kind: 'loop',
      name: 'round',
      memoryMb: 1769,
      timeoutSeconds: 300,
      keep: 3,
      maxIterations: maxIterations(MAX_ROUNDS),
      expected: expectedShards,
      advance: nextRound,
      body: { kind: 'map', name: 'learn', memoryMb: LEARN_MEMORY_MB, timeoutSeconds: 900, run: learn },
    },
    {
      kind: 'map',
      name: 'format',
      memoryMb: 1769,
      timeoutSeconds: 900,
      publishes: true,
      shards: formatShards,
      run: format,
    },
  ],
  publish: publication,
});
