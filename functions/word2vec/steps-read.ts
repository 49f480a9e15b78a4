/** `read` and `count`: sessions in as item numbers, and from the counts of all of them the vocabulary. */
import { bytesOf, doublesIn } from '../../shared/columns/bytes.ts';
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import { type InputShard, planInputShards } from '../../shared/job/inputs.ts';
import { readItemLines } from '../../shared/job/item-lines.ts';
import type { Shard } from '../../shared/job/job.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import { SENTENCE_END } from '../../shared/kernels/word2vec.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import type { Rounds } from './core-shares.ts';
import { type Vocabulary, vocabularyOf } from './core-vocabulary.ts';
import { roundsOf, type Word2vecRun } from './settings.ts';

/** Text that one shard reads, bytes: about as much in memory, and a few seconds of work. */
const SHARD_BYTES = 64 << 20;

export const readShards = async (run: Word2vecRun): Promise<readonly Shard[]> => planInputShards(run, SHARD_BYTES);

/** Items are numbered by first sight in the shard; the last item of a session has SENTENCE_END added. */
export async function read(run: Pick<Word2vecRun, 'input' | 'inputs' | 'settings'>, shard: Shard): Promise<Body> {
  const items = new IdIndex();
  const counts = new Growable(Float64Array);
  const words = new Growable(Uint32Array);
  let sessions = 0;
  const rejects = await readItemLines(run, shard as unknown as InputShard, (ids) => {
    for (let at = 0; at < ids.length; at++) {
      const number = items.add(ids[at]!);
      if (number === counts.length) counts.push(0);
      counts.view()[number]! += 1;
      words.push(at === ids.length - 1 ? number + SENTENCE_END : number);
    }
    sessions++;
  });
  const writer = new SegmentWriter();
  writer.add('ids', bytesOf(items.ids));
  writer.add('counts', bytesOf(counts.view()));
  writer.add('words', bytesOf(words.view()));
  return writer.finish({ ...rejects.writeTo(writer), sessions });
}

/** All that decides how training goes on. */
export interface Counted extends Rounds {
  readonly sessions: number;
  /** Items in the vocabulary. */
  readonly vocabulary: number;
  /** Words of the vocabulary, in all sessions. */
  readonly words: number;
}

export async function countShards(run: Word2vecRun): Promise<readonly Shard[]> {
  const { lines } = await checkRejects(run, await run.work.openAll('read'));
  return [{ lines }];
}

/** One shard: the vocabulary is one, and whoever trains holds all of it. */
export async function count(run: Word2vecRun): Promise<Body> {
  const items = new IdIndex();
  const counts = new Growable(Float64Array);
  let sessions = 0;
  for (const file of await run.work.openAll('read')) {
    const [ids, own] = (await file.readMany(['ids', 'counts'])).map(doublesIn) as [Float64Array, Float64Array];
    for (let at = 0; at < ids.length; at++) {
      const number = items.add(ids[at]!);
      if (number === counts.length) counts.push(0);
      counts.view()[number]! += own[at]!;
    }
    sessions += (file.meta as { sessions: number }).sessions;
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
  writer.add('ids', bytesOf(vocabulary.ids));
  writer.add('counts', bytesOf(vocabulary.counts));
  return writer.finish(counted);
}

export async function readCounted(run: Word2vecRun): Promise<Counted> {
  return (await run.work.open('count', 0)).meta as unknown as Counted;
}

export async function readVocabulary(run: Word2vecRun): Promise<Vocabulary> {
  const [ids, counts] = await (await run.work.open('count', 0)).readMany(['ids', 'counts']);
  return { ids: doublesIn(ids), counts: doublesIn(counts) };
}
