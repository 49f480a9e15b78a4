/** `format`: vectors to the text that the serving reader opens, a range of the vocabulary a shard; the first has the header. */
import type { Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { paddedSize } from '../../shared/kernels/word2vec.ts';
import type { Body } from '../../shared/store/store.ts';
import type { Task } from './core-task.ts';
import { headerOf, vectorLine } from './core-text.ts';
import { type RowRange, readRows } from './model-object.ts';
import type { Word2vecRun } from './settings.ts';
import { rangesOf } from './steps-learn.ts';
import { readCounted, readVocabulary } from './steps-read.ts';

/** Values that one shard writes: some seconds of work. */
const SHARD_VALUES = 16e6;
const CHUNK_CHARACTERS = 1 << 20;

export async function formatShards(run: Word2vecRun): Promise<readonly Shard[]> {
  const { vocabulary } = await readCounted(run);
  const count = shardCount(run, vocabulary * run.settings.vectorSize, SHARD_VALUES);
  const iteration = (await run.work.completedIterations('learn')) - 1;
  const [{ halvings }] = (await run.work.shards('learn', iteration)) as unknown as [Task];
  return rangesOf(vocabulary, Math.min(vocabulary, count)).map((range) => ({ ...range, iteration, halvings }));
}

export async function format(run: Word2vecRun, shard: Shard): Promise<Body> {
  const { vectorSize } = run.settings;
  const { from, to, iteration } = shard as unknown as RowRange & { iteration: number };
  const size = paddedSize(vectorSize);
  const rows = new Float32Array((to - from) * size);
  await readRows(await run.work.openAll('learn', iteration), 'input', { from, to }, size, rows);
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
