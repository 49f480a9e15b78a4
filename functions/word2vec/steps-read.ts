/** `read` turns sessions into item numbers. `count` makes the vocabulary from the counts of all shards. */
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import { type InputShard, planInputShards } from '../../shared/job/inputs.ts';
import { readItemLines } from '../../shared/job/item-lines.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { checkRejects, type ReadMeta } from '../../shared/job/rejects.ts';
import { SENTENCE_END } from '../../shared/kernels/word2vec.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Rounds } from './core-shares.ts';
import { type Vocabulary, vocabularyOf } from './core-vocabulary.ts';
import { roundsOf, type Word2vecRun, type Word2vecSettings } from './settings.ts';

/** Text that one shard reads, bytes: about as much in memory, and a few seconds of work. */
const SHARD_BYTES = 64 << 20;

/** *I distinct items of a shard, numbered by first sight; N items of its sessions, one session after another.* */
const READ = new ColumnTable({
  ids: Float64Array, // (I)
  counts: Float64Array, // (I) how often each item occurs
  words: Uint32Array, // (N) item numbers; the last item of a session has SENTENCE_END added
});

type ReadSessions = ReadMeta & { readonly sessions: number };

export const read: MapStep<Word2vecSettings, InputShard, ReadSessions> = {
  kind: 'map',
  name: 'read',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => planInputShards(run, SHARD_BYTES),
  run: readSessions,
};

export async function readSessions(
  run: Pick<Word2vecRun, 'input' | 'inputs' | 'settings'>,
  shard: InputShard,
): Promise<SegmentBody<ReadSessions>> {
  const items = new IdIndex();
  const counts = new Growable(Float64Array);
  const words = new Growable(Uint32Array);
  let sessions = 0;
  const rejects = await readItemLines(run, shard, (ids) => {
    for (let at = 0; at < ids.length; at++) {
      const number = items.add(ids[at]!);
      if (number === counts.length) counts.push(0);
      counts.view()[number]! += 1;
      words.push(at === ids.length - 1 ? number + SENTENCE_END : number);
    }
    sessions++;
  });
  const writer = new SegmentWriter();
  READ.write(writer, { ids: items.ids, counts: counts.view(), words: words.view() });
  return writer.finish({ ...rejects.writeTo(writer), sessions });
}

/** The sessions of one shard of `read`: its items, and their numbers session by session. */
export const sessionsIn = (file: SegmentFile) => READ.read(file, 'ids', 'words');

/** All that decides how training goes on. */
export type Counted = Rounds & {
  readonly sessions: number;
  /** The number of items in the vocabulary. */
  readonly vocabulary: number;
  /** The number of words of the vocabulary in all sessions. */
  readonly words: number;
};

/** *V items of the vocabulary, the most frequent first.* */
const VOCABULARY = new ColumnTable({
  ids: Float64Array, // (V)
  counts: Float64Array, // (V) how often each item occurs
});

/** The step has one shard, because there is one vocabulary, and each trainer holds all of it. */
export const count: MapStep<Word2vecSettings, { readonly lines: number }, Counted> = {
  kind: 'map',
  name: 'count',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: async (run) => {
    const { lines } = await checkRejects(run, await run.work.openAll(read));
    return [{ lines }];
  },
  run: countWords,
};

async function countWords(run: Word2vecRun): Promise<SegmentBody<Counted>> {
  const items = new IdIndex();
  const counts = new Growable(Float64Array);
  let sessions = 0;
  for (const file of await run.work.openAll(read)) {
    const own = await READ.read(file, 'ids', 'counts');
    for (let at = 0; at < own.ids.length; at++) {
      const number = items.add(own.ids[at]!);
      if (number === counts.length) counts.push(0);
      counts.view()[number]! += own.counts[at]!;
    }
    sessions += file.meta.sessions;
  }
  const vocabulary = vocabularyOf(items.ids, counts.view(), run.settings.minWordCount);
  if (vocabulary.ids.length === 0) {
    throw new EmptyModelError(
      `the vocabulary would be empty: none of ${items.size} items is met ${run.settings.minWordCount} times in ` +
        `${sessions} sessions. Lower minWordCount. Nothing is published`,
    );
  }
  const words = vocabulary.counts.reduce((sum, own) => sum + own, 0);
  const counted = { ...roundsOf(run.settings, words), sessions, vocabulary: vocabulary.ids.length, words };
  const writer = new SegmentWriter();
  VOCABULARY.write(writer, vocabulary);
  return writer.finish(counted);
}

export async function readCounted(run: Word2vecRun): Promise<Counted> {
  return (await run.work.open(count, 0)).meta;
}

export async function readVocabulary(run: Word2vecRun): Promise<Vocabulary> {
  return VOCABULARY.read(await run.work.open(count, 0), 'ids', 'counts');
}
