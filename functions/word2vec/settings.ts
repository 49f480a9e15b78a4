/** The settings of the job, and what follows from them and the data. */
import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { flag, integer, number } from '../../shared/config/settings.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Run } from '../../shared/job/job.ts';
import { qualitySettings } from '../../shared/verdict/quality-settings.ts';
import type { Rounds } from './core-shares.ts';

/**
 * The original server reads vectors with the default settings of the SemanticVectors library, whose dimension is 200. With
 * any other size it answers every request that has no inclusion list with status 500.
 */
export const SERVED_VECTOR_SIZE = 200;

export const MAX_PARTITIONS = 16;
/** The most rounds in all epochs together. Each round is a checkpoint, and the history of an execution is limited. */
export const MAX_ROUNDS = 320;

export const settings = z.object({
  ...commonSettings,
  ...qualitySettings,
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
  minWordCount: integer({
    default: 50,
    min: 0,
    meaning:
      'items that are met less often get no vector; a small shop needs less, since 50 leaves 367 of the 2,690 items of a month of Online Retail',
  }),
  learningRate: number({
    default: 0.025,
    above: 0,
    max: 1,
    meaning: 'learning rate at the start; it falls linearly to 0.0001 of this value; 0.1 is better on small data',
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
});

export type Word2vecSettings = z.output<typeof settings>;

export type Word2vecRun = Run<Word2vecSettings>;

/** Warns where vectors that the original server cannot use are to be activated. */
export function vectorSizeWarnings(settings: { readonly activate: boolean; readonly vectorSize: number }): string[] {
  if (!settings.activate || settings.vectorSize === SERVED_VECTOR_SIZE) return [];
  return [
    `vectorSize is ${settings.vectorSize}: the original server answers requests only from vectors of ${SERVED_VECTOR_SIZE} ` +
      `dimensions, and most others with status 500. Set vectorSize to ${SERVED_VECTOR_SIZE}, or leave it out`,
  ];
}

/** The product of words and vector size that one partition trains: some minutes an epoch. */
const PARTITION_WORK = 1e10;
const ROUNDS = 4;
const ROUNDS_OF_ONE_EPOCH = 8;

/**
 * Returns the division of training into partitions and rounds.
 *
 * @param words of the vocabulary, in all sessions
 * @throws ConfigError for more rounds than an execution can have
 */
export function roundsOf(
  settings: Pick<Word2vecSettings, 'vectorSize' | 'iterations' | 'partitions' | 'rounds'>,
  words: number,
): Rounds {
  const { iterations, vectorSize } = settings;
  const partitions = Math.min(MAX_PARTITIONS, 1 + Math.floor((words * vectorSize) / PARTITION_WORK));
  const fitting = Math.min(iterations === 1 ? ROUNDS_OF_ONE_EPOCH : ROUNDS, Math.floor(MAX_ROUNDS / iterations));
  const rounds = settings.rounds ?? fitting;
  if (rounds * iterations > MAX_ROUNDS) {
    throw new ConfigError(
      `rounds is ${rounds} and iterations ${iterations}: together they may make ${MAX_ROUNDS} rounds at most. ` +
        `Lower rounds to ${Math.floor(MAX_ROUNDS / iterations)}, or iterations`,
    );
  }
  return { partitions: settings.partitions ?? partitions, rounds, iterations };
}

/**
 * Returns the shards of each iteration of the loop: a round trains its partitions and, when there are several, combines in
 * one shard.
 */
export function expectedShards(settings: Word2vecSettings): number[] {
  const { partitions, rounds, iterations } = roundsOf(settings, 0);
  const all = rounds * iterations;
  if (partitions === 1) return new Array<number>(all).fill(1);
  return [1, ...Array.from({ length: all }, () => [partitions, 1]).flat()];
}
