/**
 * Records of one client on their way through the shuffle: four numbers and some text, one record behind another.
 *
 *   [user][time][item][type][length of the text][text]     four doubles and a u32, little-endian
 *
 * Three kinds travel alike:
 *
 *   kind       numbers                    text                              bucket
 *   action     user, time, item, type     the action's (`ActionTexts`)      hash of the user
 *   pending    0, time, item, type        the same                          hash of the client's own user id
 *   sighting   user, time, 0, 0           the client's own user id          hash of it
 *
 * A shard's object has two sections for each client and kind: `records`, in bucket order, so that a reader of some buckets
 * takes one range; and `offsets` (B + 1, 2) doubles: the records before each of the *B* buckets, and the bytes before it.
 */
import { bytesOf, copyBytes, doublesIn, viewOf } from '../../shared/columns/bytes.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';

/** Where the numbers lie in a record, bytes. */
export const USER = 0;
export const TIME = 8;
export const ITEM = 16;
export const TYPE = 24;
const LENGTH = 32;
/** What comes before the text. */
export const TEXT = 36;

/** A bucket's memory comes in pieces, the first of this many bytes, each twice as large as the one before it up to the last. */
const FIRST_PIECE_BYTES = 1 << 9;
const LARGEST_PIECE_BYTES = 1 << 16;

export type Kind = 'action' | 'pending' | 'sighting';

export class Records {
  length = 0;
  /** Of all records. */
  bytes = 0;
  /** By bucket; those that are empty are missing. */
  readonly #buckets: (Bucket | undefined)[];

  constructor(buckets: number) {
    this.#buckets = new Array<Bucket | undefined>(buckets).fill(undefined);
  }

  /** Adds a record with the text `source[start, end)`, which is copied. */
  add(
    bucket: number,
    user: number,
    time: number,
    item: number,
    type: number,
    source: DataView,
    start: number,
    end: number,
  ): void {
    let records = this.#buckets[bucket];
    if (records === undefined) {
      records = new Bucket();
      this.#buckets[bucket] = records;
    }
    const size = TEXT + end - start;
    const at = records.room(size);
    writeRecord(records.piece, at, user, time, item, type, source, start, end);
    this.length++;
    this.bytes += size;
  }

  /** Where each bucket begins, and the bytes of all, one bucket behind another. */
  laidOut(): { readonly offsets: Float64Array; readonly pieces: readonly Uint8Array[] } {
    const offsets = new Float64Array(2 * (this.#buckets.length + 1));
    const pieces: Uint8Array[] = [];
    let records = 0;
    let bytes = 0;
    for (const [bucket, own] of this.#buckets.entries()) {
      offsets.set([records, bytes], 2 * bucket);
      if (own === undefined) continue;
      records += own.records;
      for (const piece of own.pieces()) {
        pieces.push(piece);
        bytes += piece.byteLength;
      }
    }
    offsets.set([records, bytes], 2 * this.#buckets.length);
    return { offsets, pieces };
  }
}

/** Adds all of a shard's records, the offsets last: they come with the index of the object. */
export function addRecords(
  writer: SegmentWriter,
  all: readonly (readonly [client: string, kind: Kind, records: Records])[],
): void {
  const laidOut = all.map(([client, kind, records]) => ({ client, kind, ...records.laidOut() }));
  for (const { client, kind, pieces } of laidOut) writer.add(sectionName(client, kind, 'records'), pieces);
  for (const { client, kind, offsets } of laidOut) writer.add(sectionName(client, kind, 'offsets'), bytesOf(offsets));
}

/** The records of one bucket: in pieces, so that none is copied as they become more, and small where there are few. */
class Bucket {
  records = 0;
  /** The piece that is being filled. */
  piece = viewOf(Buffer.allocUnsafeSlow(FIRST_PIECE_BYTES));
  #used = 0;
  readonly #full: Uint8Array[] = [];

  /** Room for one more record of `bytes` bytes: where it begins in `piece`. */
  room(bytes: number): number {
    this.records++;
    if (this.#used + bytes > this.piece.byteLength) {
      this.#full.push(bytesOf(this.piece).subarray(0, this.#used));
      const usual = Math.min(2 * this.piece.byteLength, LARGEST_PIECE_BYTES);
      this.piece = viewOf(Buffer.allocUnsafeSlow(Math.max(usual, bytes)));
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }

  pieces(): Uint8Array[] {
    return [...this.#full, bytesOf(this.piece).subarray(0, this.#used)];
  }
}

/** Writes a record of `TEXT + end - start` bytes at `at`; its text is `source[start, end)`. */
export function writeRecord(
  to: DataView,
  at: number,
  user: number,
  time: number,
  item: number,
  type: number,
  source: DataView,
  start: number,
  end: number,
): void {
  to.setFloat64(at + USER, user, true);
  to.setFloat64(at + TIME, time, true);
  to.setFloat64(at + ITEM, item, true);
  to.setFloat64(at + TYPE, type, true);
  to.setUint32(at + LENGTH, end - start, true);
  copyBytes(source, start, end, to, at + TEXT);
}

/** Records read back: those of *B* buckets of one client and kind. Go from one to the next by `nextRecord`. */
export interface RecordBytes {
  /** The records before each of the buckets, and the bytes before it. (B + 1, 2) */
  readonly offsets: Float64Array;
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
}

/** Where the record behind that at `at` begins, which is where that one's text ends. */
export const nextRecord = (view: DataView, at: number): number => at + TEXT + view.getUint32(at + LENGTH, true);

/** The records in buckets `from` up to, not including, `to`; undefined where the shard has none of the client. */
export async function readRecords(
  file: SegmentFile,
  client: string,
  kind: Kind,
  from: number,
  to: number,
): Promise<RecordBytes | undefined> {
  const section = (name: string) => sectionName(client, kind, name);
  if (!file.has(section('offsets'))) return undefined;
  const offsets = doublesIn(await file.read(section('offsets'), { start: 16 * from, end: 16 * (to + 1) }));
  const [first, start] = [offsets[0]!, offsets[1]!];
  const bytes = await file.read(section('records'), { start, end: offsets.at(-1)! });
  return {
    offsets: offsets.map((offset, at) => offset - (at % 2 === 0 ? first : start)),
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    view: viewOf(bytes),
  };
}

/** A client's name holds no slash, so no two are mixed up. */
const sectionName = (client: string, kind: Kind, name: string): string => `${client}/${kind}/${name}`;
