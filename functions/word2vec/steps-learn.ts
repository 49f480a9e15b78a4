/**
 * `round` and `learn`: training, a task an iteration of the loop (`core-task.ts`).
 *
 * A shard of `train` is a partition: it holds the model and streams its sessions past it. A shard of `combine` is a range of
 * the vocabulary: it reads those rows of the checkpoint and of every copy.
 */
import { LimitError } from '../../shared/errors.ts';
import type { Next, Shard } from '../../shared/job/job.ts';
import { fusedMultiplyAdd } from '../../shared/kernels/als.ts';
import {
  huffmanTree,
  paddedSize,
  SkipGram,
  skipGramMemoryMb,
  startWordVector,
  windowKey,
} from '../../shared/kernels/word2vec.ts';
import type { Body } from '../../shared/store/store.ts';
import { RowCombination } from './core-combine.ts';
import { paceOf, startRate } from './core-pace.ts';
import { cellsOf } from './core-shares.ts';
import { type Ended, nextTask, type Task, taskOf } from './core-task.ts';
import { trainStream } from './core-train.ts';
import type { Vocabulary } from './core-vocabulary.ts';
import { innerNormOf, MATRICES, modelObject, type RowRange, readRows } from './model-object.ts';
import type { Word2vecRun } from './settings.ts';
import { EncodedSessions } from './steps-encode.ts';
import { type Counted, readCounted, readVocabulary } from './steps-read.ts';

/** Of the function that trains: the model, and room for what is read and written. */
export const LEARN_MEMORY_MB = 3008;
const ROOM_MB = 512;
/** Read by one shard of `combine`, checkpoint and copies together: some seconds of transfer. */
const COMBINE_BYTES = 256 << 20;
const FLOAT_BYTES = 4;

/** A task's own part: of `train` a partition, of `combine` a range of rows. */
type TaskShard = Task & { readonly partition: number } & RowRange;

export async function nextRound(run: Word2vecRun, completed: number): Promise<Next> {
  const counted = await readCounted(run);
  if (completed === 0) await checkBeforeTraining(run);
  const task = nextTask(counted, completed === 0 ? undefined : await endedTask(run, completed - 1));
  if (task === undefined) return { done: true };
  if (task.kind === 'train') logRound(run, counted, task);
  return {
    done: false,
    shards: task.kind === 'train' ? trainShards(task, counted) : combineShards(run, task, counted),
  };
}

async function endedTask(run: Word2vecRun, iteration: number): Promise<Ended> {
  const [shard] = (await run.work.shards('learn', iteration)) as unknown as [TaskShard];
  return { iteration, task: taskOf(shard), innerNorm: innerNormOf(await run.work.openAll('learn', iteration)) };
}

const trainShards = (task: Task, { partitions }: Counted): Shard[] =>
  Array.from({ length: task.round === 0 ? 1 : partitions }, (_, partition) => ({ ...task, partition }));

function combineShards(run: Word2vecRun, task: Task, { vocabulary, partitions }: Counted): Shard[] {
  const bytes = vocabulary * paddedSize(run.settings.vectorSize) * MATRICES.length * FLOAT_BYTES * (partitions + 1);
  const count = Math.min(vocabulary, run.shards ?? Math.ceil(bytes / COMBINE_BYTES));
  return rangesOf(vocabulary, count).map((range) => ({ ...task, ...range }));
}

/** Cuts rows into `count` ranges of about equal length. */
export function rangesOf(rows: number, count: number): RowRange[] {
  const cut = (part: number) => Math.floor((rows * part) / count);
  return Array.from({ length: count }, (_, part) => ({ from: cut(part), to: cut(part + 1) }));
}

function logRound(run: Word2vecRun, counted: Counted, { epoch, round, halvings }: Task): void {
  const what =
    round === 0 ? 'warm-up' : `epoch ${epoch + 1} of ${counted.iterations}, round ${round} of ${counted.rounds}`;
  const rate = startRate(run.settings.learningRate, counted.partitions, halvings);
  run.log('info', `${what}: ${counted.partitions} partitions, rate ${rate} at the start`, { epoch, round, halvings });
}

async function checkBeforeTraining(run: Word2vecRun): Promise<void> {
  if (!fusedMultiplyAdd()) {
    run.log(
      'warn',
      'this processor does not fuse multiply and add: the last digits may differ from those made elsewhere',
    );
  }
  const needed = skipGramMemoryMb({ ...run.settings, tree: huffmanTree((await readVocabulary(run)).counts) }) + ROOM_MB;
  if (needed <= LEARN_MEMORY_MB) return;
  throw new LimitError(
    `a vocabulary of ${(await readCounted(run)).vocabulary} items at vectorSize ${run.settings.vectorSize} needs ${needed} MiB, ` +
      `and a trainer has ${LEARN_MEMORY_MB}: raise minWordCount or lower vectorSize`,
  );
}

export async function learn(run: Word2vecRun, shard: Shard): Promise<Body> {
  const task = shard as unknown as TaskShard;
  return task.kind === 'train' ? train(run, task) : combine(run, task);
}

async function train(run: Word2vecRun, task: TaskShard): Promise<Body> {
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
  // In the warm-up one trainer takes every partition's sessions.
  const partitions = task.round === 0 ? [...Array(counted.partitions).keys()] : [task.partition];
  let before = 0;
  for (const partition of partitions) {
    const position = sessions.words.sum(0, from, partition);
    const start = { before, position, key: windowKey(seed, task.epoch, partition) };
    before += await trainStream(trainer, sessions.stream(partition, from, to), start);
  }
  return modelObject({ from: 0, to: counted.vocabulary }, trainer, paddedSize(vectorSize));
}

/** Fills the trainer with the checkpoint, or with start vectors; inner nodes then are 0. */
async function startFrom(run: Word2vecRun, task: Task, { ids }: Vocabulary, trainer: SkipGram): Promise<void> {
  const { seed, vectorSize } = run.settings;
  const size = paddedSize(vectorSize);
  if (task.checkpoint < 0) {
    for (const [word, id] of ids.entries()) startWordVector(seed, id, vectorSize, trainer.input, word * size);
    return;
  }
  const checkpoint = await run.work.openAll('learn', task.checkpoint);
  const all = { from: 0, to: ids.length };
  for (const matrix of MATRICES) await readRows(checkpoint, matrix, all, size, trainer[matrix]);
}

/** Without copies, after a round that was dropped, the checkpoint stays as it is. */
async function combine(run: Word2vecRun, { from, to, checkpoint, trained }: TaskShard): Promise<Body> {
  const size = paddedSize(run.settings.vectorSize);
  const before = await run.work.openAll('learn', checkpoint);
  const copies = trained < 0 ? [] : await run.work.openAll('learn', trained);
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
