/**
 * `format` writes vectors as the text that the serving reader opens. A shard is a range of the vocabulary; the first one
 * begins with the header.
 */
import { completedIterations } from '../../shared/job/iterations.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { paddedSize } from '../../shared/kernels/word2vec.ts';
import { headerOf, vectorLine } from './core-text.ts';
import { type RowRange, rangesOf, readRows } from './model-object.ts';
import type { Word2vecRun, Word2vecSettings } from './settings.ts';
import { learn } from './steps-learn.ts';
import { readCounted, readVocabulary } from './steps-read.ts';

/** Values that one shard writes: some seconds of work. */
const SHARD_VALUES = 16e6;
const CHUNK_CHARACTERS = 1 << 20;

/** A range of the vocabulary, the iteration that trained it last, and the number of times that the learning rate was halved. */
type FormatShard = RowRange & { readonly iteration: number; readonly halvings: number };

export const format: MapStep<Word2vecSettings, FormatShard> = {
  kind: 'map',
  name: 'format',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: planText,
  run: writeText,
};

async function planText(run: Word2vecRun): Promise<readonly FormatShard[]> {
  const { vocabulary } = await readCounted(run);
  const count = shardCount(run, vocabulary * run.settings.vectorSize, SHARD_VALUES);
  const iteration = (await completedIterations(run.work, learn)) - 1;
  // Every shard of an iteration carries its task.
  const { halvings } = (await run.work.shards(learn, iteration))[0]!;
  return rangesOf(vocabulary, Math.min(vocabulary, count)).map((range) => ({ ...range, iteration, halvings }));
}

async function writeText(run: Word2vecRun, { from, to, iteration }: FormatShard): Promise<AsyncIterable<Uint8Array>> {
  const { vectorSize } = run.settings;
  const size = paddedSize(vectorSize);
  const rows = new Float32Array((to - from) * size);
  await readRows(await run.work.openAll(learn, iteration), 'input', { from, to }, size, rows);
  const { ids } = await readVocabulary(run);
  return (async function* () {
    const encoder = new TextEncoder();
    let text = from === 0 ? headerOf(vectorSize) : '';
    for (let word = from; word < to; word++) {
      text += vectorLine(ids[word]!, rows, (word - from) * size, vectorSize);
      if (text.length < CHUNK_CHARACTERS) continue;
      yield encoder.encode(text);
      text = '';
    }
    yield encoder.encode(text);
  })();
}
