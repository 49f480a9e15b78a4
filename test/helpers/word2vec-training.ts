/** Trains word vectors in memory with the modules of the job, to measure their quality without a run of the job. */
import { RowCombination } from '../../functions/word2vec/core-combine.ts';
import { SessionEncoder } from '../../functions/word2vec/core-encode.ts';
import { paceOf, startRate } from '../../functions/word2vec/core-pace.ts';
import { cellOf, cellsOf, firstRound, type Rounds, roundAfter } from '../../functions/word2vec/core-shares.ts';
import { trainStream } from '../../functions/word2vec/core-train.ts';
import { longestRow } from '../../shared/kernels/longest-row.ts';
import {
  huffmanTree,
  paddedSize,
  SkipGram,
  sessionDraw,
  startWordVector,
  windowKey,
} from '../../shared/kernels/word2vec.ts';

export interface Corpus {
  /** Sessions of words, which are numbered by falling count. */
  readonly sessions: readonly Uint32Array[];
  /** (V) the number of times that each word occurs. */
  readonly counts: Float64Array;
}

export interface Training extends Rounds {
  readonly vectorSize: number;
  readonly window: number;
  readonly learningRate: number;
  readonly sharedPath: boolean;
  readonly seed: number;
}

/** The settings that measurements of quality share: small vectors, a few epochs, and the job's default rate. */
export const QUALITY_TRAINING = {
  vectorSize: 50,
  window: 5,
  learningRate: 0.025,
  iterations: 5,
  rounds: 4,
} as const;

/**
 * Returns the words' vectors, (V,stride), and the largest length that an inner node had after any round. Unlike the job,
 * it drops no round.
 */
export async function trainInMemory(
  { sessions, counts }: Corpus,
  training: Training,
): Promise<{ readonly vectors: Float32Array; readonly stride: number; readonly longestInner: number }> {
  const { partitions, seed, vectorSize } = training;
  const size = paddedSize(vectorSize);
  const trainer = SkipGram.create({ ...training, tree: huffmanTree(counts), memoryMb: 1024 });
  for (const word of counts.keys()) startWordVector(seed, word, vectorSize, trainer.input, word * size);

  const encoder = new SessionEncoder(training, Uint32Array.from(counts.keys()));
  for (const [session, words] of sessions.entries()) {
    const cell = cellOf(session, sessions.length, sessionDraw(seed, session), training);
    encoder.add(words, session % partitions, cell);
  }
  const { words } = encoder;
  const streams = encoder.views();
  const trainPartition = async (
    partition: number,
    epoch: number,
    cells: { from: number; to: number },
    before: number,
  ) => {
    async function* pieces() {
      for (let cell = cells.from; cell < cells.to; cell++) yield streams[words.index(partition, cell)]!;
    }
    const position = words.sum(0, cells.from, partition);
    return trainStream(trainer, pieces(), { before, position, key: windowKey(seed, epoch, partition) });
  };

  const rate = startRate(training.learningRate, partitions, 0);
  let longestInner = 0;
  for (let round = firstRound(training), next: typeof round | undefined = round; next !== undefined; ) {
    round = next;
    next = roundAfter(round, training);
    const copied = round.round > 0 && partitions > 1;
    const checkpoint = { input: trainer.input.slice(), inner: trainer.inner.slice() };
    const combined = {
      input: new RowCombination(trainer.input.slice(), size),
      inner: new RowCombination(trainer.inner.slice(), size),
    };
    let before = 0;
    for (let partition = 0; partition < partitions; partition++) {
      trainer.setPace(paceOf(words, round, training, partition, rate));
      const trained = await trainPartition(partition, round.epoch, cellsOf(round), before);
      if (!copied) {
        before += trained;
        continue;
      }
      for (const matrix of ['input', 'inner'] as const) {
        combined[matrix].add(trainer[matrix]);
        trainer[matrix].set(partition === partitions - 1 ? combined[matrix].finish() : checkpoint[matrix]);
      }
    }
    longestInner = Math.max(longestInner, longestRow(trainer.inner, size));
  }
  return { vectors: trainer.input, stride: size, longestInner };
}
