/** The learning rate: its start, and its decrease with the progress of all partitions together. */
import type { Pace } from '../../shared/kernels/word2vec.ts';
import { type CellWords, cellsOf, type Round, type Rounds } from './core-shares.ts';

/** The highest rate to which the rate is raised with P > 1. */
const HIGHEST_RAISED_RATE = 0.1;

/**
 * Returns the learning rate at the start. P copies that are combined move less far than one trainer that trains all their
 * words. The rate is therefore raised to P × the rate, at most 0.1, and never lowered. Each dropped round halves it.
 */
export function startRate(learningRate: number, partitions: number, halvings: number): number {
  const raised = partitions === 1 ? learningRate : Math.min(partitions * learningRate, HIGHEST_RAISED_RATE);
  return Math.max(learningRate, raised) / 2 ** halvings;
}

/**
 * Returns the pace of one partition in a round. All partitions train at the same time and reach the end of the round
 * together. A word of one partition therefore counts as (words of the round) / (words of the partition) words of progress. In
 * the warm-up it counts as one word.
 */
export function paceOf(words: CellWords, at: Round, rounds: Rounds, partition: number, rate: number): Pace {
  const wordsOfEpoch = words.sum(0, rounds.rounds + 1);
  const { from, to } = cellsOf(at);
  const own = at.round === 0 ? words.sum(from, to) : words.sum(from, to, partition);
  return {
    startRate: rate,
    totalWords: wordsOfEpoch * rounds.iterations,
    doneWords: wordsOfEpoch * at.epoch + words.sum(0, from),
    wordsEach: own === 0 ? 1 : words.sum(from, to) / own,
  };
}
