/** `encode` turns item numbers of a shard into words of the vocabulary, in the order of partitions and cells. */
import { bytesOf } from '../../shared/columns/bytes.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { sessionDraw } from '../../shared/kernels/word2vec.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { eachSession, NO_WORD, SessionEncoder } from './core-encode.ts';
import { CellWords, cellOf, type Rounds } from './core-shares.ts';
import type { Word2vecRun, Word2vecSettings } from './settings.ts';
import { read, readCounted, readVocabulary, sessionsIn } from './steps-read.ts';

/** Words read at a time. */
const PIECE_WORDS = 1 << 20;

/** *N words of a shard, P partitions, R rounds.* */
const ENCODED = new ColumnTable({
  words: Uint32Array, // (N) vocabulary numbers, by partition, then by cell
  counts: Float64Array, // (P (R + 1)) words of each partition's part of each cell: `CellWords`
});

/** A shard of `read`, and the number of its first session in the whole input. */
type EncodeShard = { readonly read: number; readonly first: number };

export const encode: MapStep<Word2vecSettings, EncodeShard, null> = {
  kind: 'map',
  name: 'encode',
  memoryMb: 1769,
  timeoutSeconds: 900,
  follows: [read],
  shards: async (run) => {
    let first = 0;
    return (await run.work.openAll(read)).map(({ meta }, index) => {
      const shard = { read: index, first };
      first += meta.sessions;
      return shard;
    });
  },
  run: encodeSessions,
};

async function encodeSessions(run: Word2vecRun, shard: EncodeShard): Promise<SegmentBody<null>> {
  const counted = await readCounted(run);
  const { ids, words } = await sessionsIn(await run.work.open(read, shard.read));
  const encoder = new SessionEncoder(counted, await numbersOf(run, ids));
  let session = shard.first;
  eachSession(words, (items) => {
    const draw = counted.partitions === 1 ? 0 : sessionDraw(run.settings.seed, session);
    encoder.add(items, session % counted.partitions, cellOf(session, counted.sessions, draw, counted));
    session++;
  });
  const writer = new SegmentWriter();
  // The words lie in one array for each part of a cell; the section holds them one after another.
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

/** The sessions of all shards of `encode`, as streams of words. */
export class EncodedSessions {
  /** The sum over all shards. */
  readonly words: CellWords;
  readonly #files: readonly { readonly file: SegmentFile; readonly words: CellWords }[];

  private constructor(rounds: Rounds, files: readonly { readonly file: SegmentFile; readonly words: CellWords }[]) {
    this.words = new CellWords(rounds);
    this.#files = files;
    for (const { words } of files) this.words.add(words.counts);
  }

  static async open(run: Word2vecRun, rounds: Rounds): Promise<EncodedSessions> {
    const opened = (await run.work.openAll(encode)).map(async (file) => {
      const words = new CellWords(rounds);
      words.add((await ENCODED.read(file, 'counts')).counts);
      return { file, words };
    });
    return new EncodedSessions(rounds, await Promise.all(opened));
  }

  /** Yields a partition's words of the cells `from` up to, not including, `to`, in pieces of any length. */
  async *stream(partition: number, from: number, to: number): AsyncIterable<Uint32Array> {
    for (let cell = from; cell < to; cell++) {
      for (const { file, words } of this.#files) {
        const start = words.offset(partition, cell);
        const end = start + words.sum(cell, cell + 1, partition);
        for (let at = start; at < end; at += PIECE_WORDS) {
          yield await ENCODED.readRows(file, 'words', { from: at, to: Math.min(at + PIECE_WORDS, end) });
        }
      }
    }
  }
}
