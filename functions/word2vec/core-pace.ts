/** The learning rate: from where it starts, and how it falls with the progress of all partitions together. */
import type { Pace } from '../../shared/kernels/word2vec.ts';
import { type CellWords, cellsOf, type Round, type Rounds } from './core-shares.ts';

/** With P > 1 the rate is raised to no more than this. */
const HIGHEST_RAISED_RATE = 0.1;

/**
 * P copies that are combined move less far than one trainer that goes through all their words, so the rate is raised: to
 * P × the rate, at most 0.1, but never lowered. Each dropped round halves it.
 */
export function startRate(learningRate: number, partitions: number, halvings: number): number {
  const raised = partitions === 1 ? learningRate : Math.min(partitions * learningRate, HIGHEST_RAISED_RATE);
  return Math.max(learningRate, raised) / 2 ** halvings;
}

/**
 * The pace of one partition in a round. All partitions train at the same time, so a word of one stands for as many of the
 * round as make all reach the end of the round together; in the warm-up for itself.
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
