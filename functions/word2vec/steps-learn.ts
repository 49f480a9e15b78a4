/**
 * `learn` is the map of the training loop. A shard of `train` is a partition: it holds the model and streams its sessions
 * past it. A shard of `combine` is a range of the vocabulary: it reads those rows of the checkpoint and of every copy.
 */
import type { ShardWork } from '../../shared/job/job.ts';
import { huffmanTree, paddedSize, SkipGram, startWordVector, windowKey } from '../../shared/kernels/word2vec.ts';
import type { SegmentBody } from '../../shared/store/segments.ts';
import { RowCombination } from './core-combine.ts';
import { paceOf, startRate } from './core-pace.ts';
import { cellsOf } from './core-shares.ts';
import type { Task } from './core-task.ts';
import { trainStream } from './core-train.ts';
import type { Vocabulary } from './core-vocabulary.ts';
import { MATRICES, type ModelMeta, modelObject, type RowRange, readRows } from './model-object.ts';
import type { Word2vecRun, Word2vecSettings } from './settings.ts';
import { EncodedSessions } from './steps-encode.ts';
import { readCounted, readVocabulary } from './steps-read.ts';

/** Memory of the function that trains, which holds the model. */
export const LEARN_MEMORY_MB = 3008;
/** The part of it that is kept free for what is read and written. */
export const ROOM_MB = 512;

/** A partition, to be trained. */
export type TrainShard = Task & { readonly kind: 'train'; readonly partition: number };
/** A range of the vocabulary, to be combined. */
export type CombineShard = Task & RowRange & { readonly kind: 'combine' };

export type LearnShard = TrainShard | CombineShard;

export const learn: ShardWork<Word2vecSettings, LearnShard, ModelMeta> = {
  kind: 'map',
  name: 'learn',
  memoryMb: LEARN_MEMORY_MB,
  timeoutSeconds: 900,
  run: (run, shard) => (shard.kind === 'train' ? train(run, shard) : combine(run, shard)),
};

async function train(run: Word2vecRun, task: TrainShard): Promise<SegmentBody<ModelMeta>> {
  const { seed, vectorSize, learningRate } = run.settings;
  const counted = await readCounted(run);
  const vocabulary = await readVocabulary(run);
  const tree = huffmanTree(vocabulary.counts);
  const trainer = SkipGram.create({ ...run.settings, tree, memoryMb: run.memoryMb - ROOM_MB });
  await startFrom(run, task, vocabulary, trainer);

  const sessions = await EncodedSessions.open(run, counted);
  const { from, to } = cellsOf(task);
  const rate = startRate(learningRate, counted.partitions, task.halvings);
  trainer.setPace(paceOf(sessions.words, task, counted, task.partition, rate));
  // In the warm-up one trainer takes the sessions of all partitions.
  const partitions = task.round === 0 ? [...Array(counted.partitions).keys()] : [task.partition];
  let before = 0;
  for (const partition of partitions) {
    const position = sessions.words.sum(0, from, partition);
    const start = { before, position, key: windowKey(seed, task.epoch, partition) };
    before += await trainStream(trainer, sessions.stream(partition, from, to), start);
  }
  return modelObject({ from: 0, to: counted.vocabulary }, trainer, paddedSize(vectorSize));
}

/** Fills the trainer with the checkpoint, or else with start vectors and with inner nodes of 0. */
async function startFrom(run: Word2vecRun, task: Task, { ids }: Vocabulary, trainer: SkipGram): Promise<void> {
  const { seed, vectorSize } = run.settings;
  const size = paddedSize(vectorSize);
  if (task.checkpoint < 0) {
    for (const [word, id] of ids.entries()) startWordVector(seed, id, vectorSize, trainer.input, word * size);
    return;
  }
  const checkpoint = await run.work.openAll(learn, task.checkpoint);
  const all = { from: 0, to: ids.length };
  for (const matrix of MATRICES) await readRows(checkpoint, matrix, all, size, trainer[matrix]);
}

/** Combines the copies to a new checkpoint. Without copies, after a dropped round, the checkpoint stays as it is. */
async function combine(
  run: Word2vecRun,
  { from, to, checkpoint, trained }: CombineShard,
): Promise<SegmentBody<ModelMeta>> {
  const size = paddedSize(run.settings.vectorSize);
  const before = await run.work.openAll(learn, checkpoint);
  const copies = trained < 0 ? [] : await run.work.openAll(learn, trained);
  const rowsOf = async (files: typeof before, matrix: (typeof MATRICES)[number]) => {
    const rows = new Float32Array((to - from) * size);
    await readRows(files, matrix, { from, to }, size, rows);
    return rows;
  };
  const combined = async (matrix: (typeof MATRICES)[number]) => {
    const combination = new RowCombination(await rowsOf(before, matrix), size);
    for (const copy of copies) combination.add(await rowsOf([copy], matrix));
    return combination.finish();
  };
  return modelObject({ from, to }, { input: await combined('input'), inner: await combined('inner') }, size);
}
