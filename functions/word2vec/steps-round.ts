/**
 * `round` is the loop of training: each iteration is one task (`core-task.ts`). Its map, `learn`, has one shard for each
 * partition when it trains, and one for each range of the vocabulary when it combines.
 */
import { LimitError } from '../../shared/errors.ts';
import type { LoopStep, Next } from '../../shared/job/job.ts';
import { fusedMultiplyAdd } from '../../shared/kernels/als.ts';
import { huffmanTree, paddedSize, skipGramMemoryMb } from '../../shared/kernels/word2vec.ts';
import { startRate } from './core-pace.ts';
import { type Ended, maxIterations, nextTask, type Task, taskOf } from './core-task.ts';
import { innerNormOf, MATRICES, type ModelMeta, rangesOf } from './model-object.ts';
import { expectedShards, MAX_ROUNDS, type Word2vecRun, type Word2vecSettings } from './settings.ts';
import { LEARN_MEMORY_MB, type LearnShard, learn, ROOM_MB } from './steps-learn.ts';
import { type Counted, readCounted, readVocabulary } from './steps-read.ts';

/** Bytes that one shard of `combine` reads, checkpoint and copies together: some seconds of transfer. */
const COMBINE_BYTES = 256 << 20;

export const round: LoopStep<Word2vecSettings, LearnShard, ModelMeta> = {
  kind: 'loop',
  name: 'round',
  memoryMb: 1769,
  timeoutSeconds: 300,
  // A dropped round begins again from the checkpoint before the copies: two iterations before the last one.
  keep: 3,
  maxIterations: maxIterations(MAX_ROUNDS),
  expected: expectedShards,
  advance: nextRound,
  body: learn,
};

async function nextRound(run: Word2vecRun, completed: number): Promise<Next<LearnShard>> {
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

/** Every shard of an iteration carries its task. */
async function endedTask(run: Word2vecRun, iteration: number): Promise<Ended> {
  const shards = await run.work.shards(learn, iteration);
  return { iteration, task: taskOf(shards[0]!), innerNorm: innerNormOf(await run.work.openAll(learn, iteration)) };
}

const trainShards = (task: Task, { partitions }: Counted): LearnShard[] =>
  Array.from({ length: task.round === 0 ? 1 : partitions }, (_, partition) => ({ ...task, kind: 'train', partition }));

function combineShards(run: Word2vecRun, task: Task, { vocabulary, partitions }: Counted): LearnShard[] {
  const rowBytes = paddedSize(run.settings.vectorSize) * MATRICES.length * Float32Array.BYTES_PER_ELEMENT;
  const count = Math.min(
    vocabulary,
    run.shards ?? Math.ceil((vocabulary * rowBytes * (partitions + 1)) / COMBINE_BYTES),
  );
  return rangesOf(vocabulary, count).map((range) => ({ ...task, kind: 'combine', ...range }));
}

function logRound(run: Word2vecRun, counted: Counted, task: Task): void {
  const { epoch, halvings } = task;
  const what =
    task.round === 0
      ? 'warm-up'
      : `epoch ${epoch + 1} of ${counted.iterations}, round ${task.round} of ${counted.rounds}`;
  const rate = startRate(run.settings.learningRate, counted.partitions, halvings);
  run.log('info', `${what}: ${counted.partitions} partitions, rate ${rate} at the start`, {
    epoch,
    round: task.round,
    halvings,
  });
}

/** @throws LimitError for a vocabulary that a trainer's memory cannot hold */
async function checkBeforeTraining(run: Word2vecRun): Promise<void> {
  if (!fusedMultiplyAdd()) {
    run.log(
      'warn',
      'this processor does not fuse multiply and add: the last digits may differ from those made elsewhere',
    );
  }
  const { counts, ids } = await readVocabulary(run);
  const needed = skipGramMemoryMb({ ...run.settings, tree: huffmanTree(counts) }) + ROOM_MB;
  if (needed <= LEARN_MEMORY_MB) return;
  throw new LimitError(
    `a vocabulary of ${ids.length} items at vectorSize ${run.settings.vectorSize} needs ${needed} MiB, ` +
      `and a trainer has ${LEARN_MEMORY_MB}: raise minWordCount or lower vectorSize`,
  );
}
