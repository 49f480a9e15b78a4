/** `encode`: what a shard read, as words of the vocabulary laid out by who trains them when. */
import { bytesOf, doublesIn, integersIn } from '../../shared/columns/bytes.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import type { Shard } from '../../shared/job/job.ts';
import { sessionDraw } from '../../shared/kernels/word2vec.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { eachSession, NO_WORD, SessionEncoder } from './core-encode.ts';
import { CellWords, cellOf, type Rounds } from './core-shares.ts';
import type { Word2vecRun } from './settings.ts';
import { readCounted, readVocabulary } from './steps-read.ts';

/** Words read at a time. */
const PIECE_WORDS = 1 << 20;
const WORD_BYTES = 4;

/** One for each shard of `read`, with the number of its first session in the whole input. */
export async function encodeShards(run: Word2vecRun): Promise<readonly Shard[]> {
  let first = 0;
  return (await run.work.openAll('read')).map((file, read) => {
    const shard = { read, first };
    first += (file.meta as { sessions: number }).sessions;
    return shard;
  });
}

export async function encode(run: Word2vecRun, shard: Shard): Promise<Body> {
  const counted = await readCounted(run);
  const file = await run.work.open('read', shard.read as number);
  const [ids, words] = await file.readMany(['ids', 'words']);
  const encoder = new SessionEncoder(counted, await numbersOf(run, doublesIn(ids)));
  let session = shard.first as number;
  eachSession(integersIn(words), (items) => {
    const draw = counted.partitions === 1 ? 0 : sessionDraw(run.settings.seed, session);
    encoder.add(items, session % counted.partitions, cellOf(session, counted.sessions, draw, counted));
    session++;
  });
  const writer = new SegmentWriter();
  writer.add('words', encoder.views().map(bytesOf));
  writer.add('counts', bytesOf(encoder.words.counts));
  return writer.finish();
}

/** Item number → vocabulary number, or NO_WORD. */
async function numbersOf(run: Word2vecRun, items: Float64Array): Promise<Uint32Array> {
  const vocabulary = new IdIndex();
  for (const id of (await readVocabulary(run)).ids) vocabulary.add(id);
  return Uint32Array.from(items, (id) => {
    const number = vocabulary.get(id);
    return number < 0 ? NO_WORD : number;
  });
}

/** What all shards of `encode` wrote, as streams of words. */
export class EncodedSessions {
  /** Of all shards. */
  readonly words: CellWords;
  readonly #files: readonly { readonly file: SegmentFile; readonly words: CellWords }[];

  private constructor(rounds: Rounds, files: readonly { readonly file: SegmentFile; readonly words: CellWords }[]) {
    this.words = new CellWords(rounds);
    this.#files = files;
    for (const { words } of files) this.words.add(words.counts);
  }

  static async open(run: Word2vecRun, rounds: Rounds): Promise<EncodedSessions> {
    const opened = (await run.work.openAll('encode')).map(async (file) => {
      const words = new CellWords(rounds);
      words.add(doublesIn(await file.read('counts')));
      return { file, words };
    });
    return new EncodedSessions(rounds, await Promise.all(opened));
  }

  /** A partition's words of the cells `from` to `to` (exclusive), in pieces of any length. */
  async *stream(partition: number, from: number, to: number): AsyncIterable<Uint32Array> {
    for (let cell = from; cell < to; cell++) {
      for (const { file, words } of this.#files) {
        const start = words.offset(partition, cell);
        const end = start + words.sum(cell, cell + 1, partition);
        for (let at = start; at < end; at += PIECE_WORDS) {
          const part = { start: at * WORD_BYTES, end: Math.min(at + PIECE_WORDS, end) * WORD_BYTES };
          yield integersIn(await file.read('words', part));
        }
      }
    }
  }
}
