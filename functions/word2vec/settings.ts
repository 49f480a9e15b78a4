/** The settings that the steps use, as the door hands them on, and what follows from them and the data. */
import { ConfigError } from '../../shared/errors.ts';
import type { Run } from '../../shared/job/job.ts';
import type { Rounds } from './core-shares.ts';

export interface Word2vecSettings {
  readonly seed: number;
  readonly maxRejectRatio: number;
  readonly vectorSize: number;
  readonly window: number;
  readonly minWordCount: number;
  readonly learningRate: number;
  readonly iterations: number;
  readonly partitions?: number | undefined;
  readonly rounds?: number | undefined;
  readonly sharedPath: boolean;
}

export type Word2vecRun = Run<Word2vecSettings>;

/**
 * The original server reads vectors with the default settings of the SemanticVectors library, whose dimension is 200. With
 * any other size it answers every request that has no inclusion list with status 500.
 */
export const SERVED_VECTOR_SIZE = 200;

/** Warns where vectors that the original server cannot use are to be activated. */
export function vectorSizeWarnings(settings: { readonly activate: boolean; readonly vectorSize: number }): string[] {
  if (!settings.activate || settings.vectorSize === SERVED_VECTOR_SIZE) return [];
  return [
    `vectorSize is ${settings.vectorSize}: the original server answers requests only from vectors of ${SERVED_VECTOR_SIZE} ` +
      `dimensions, and most others with status 500. Set vectorSize to ${SERVED_VECTOR_SIZE}, or leave it out`,
  ];
}

export const MAX_PARTITIONS = 16;
/** All epochs together: each round is a checkpoint, and the history of an execution holds only so many. */
export const MAX_ROUNDS = 320;

/** Words × vector size that one partition is for: some minutes an epoch. */
const PARTITION_WORK = 1e10;
const ROUNDS = 4;
const ROUNDS_OF_ONE_EPOCH = 8;

/**
 * How training is divided.
 *
 * @param words of the vocabulary, in all sessions
 * @throws ConfigError for more rounds than an execution can have
 */
export function roundsOf(settings: Word2vecSettings, words: number): Rounds {
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

/** Of the training loop: a round trains and, of several partitions, combines, mostly in one shard. */
export function expectedShards(settings: Word2vecSettings): number[] {
  const { partitions, rounds, iterations } = roundsOf(settings, 0);
  const all = rounds * iterations;
  if (partitions === 1) return new Array<number>(all).fill(1);
  return [1, ...Array.from({ length: all }, () => [partitions, 1]).flat()];
}
