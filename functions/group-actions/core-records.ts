/**
 * Records of one client in the shuffle. A record has four numbers and a text, and records follow one another.
 *
 *   [user][time][item][type][length of the text][text]     four doubles and a u32, little-endian
 *
 * There are five kinds of records. The last two exist only if ids are assigned, and the second and third only otherwise:
 *
 *   kind       numbers                    text                              bucket
 *   action     user, time, item, type     the action's (`ActionTexts`)      hash of the user
 *   pending    0, time, item, type        the same                          hash of the client's own user id
 *   sighting   user, time, 0, 0           the client's own user id          hash of the client's own user id
 *   user       id, 0, 0, 0                the text that made the id         hash of the id
 *   item       id, 0, 0, 0                the text that made the id         hash of the id
 */
import { bytesOf, copyBytes, viewOf } from '../../shared/columns/bytes.ts';
import type { IdKind } from '../../shared/model/assigned-id.ts';

/** The offset of each field from the start of its record, in bytes. */
export const USER = 0;
export const TIME = 8;
export const ITEM = 16;
export const TYPE = 24;
const LENGTH = 32;
export const TEXT = 36;

/** A bucket's memory consists of pieces. Each piece is twice as large as the one before it, up to the largest size. */
const FIRST_PIECE_BYTES = 1 << 9;
const LARGEST_PIECE_BYTES = 1 << 16;

export type Kind = 'action' | 'pending' | 'sighting' | IdKind;

/** The records of one client and kind, by bucket. */
export class Records {
  /** The number of records. */
  length = 0;
  /** The bytes of all records. */
  bytes = 0;
  /** Bucket → its records; undefined for an empty bucket. */
  readonly #buckets: (Bucket | undefined)[];

  constructor(buckets: number) {
    this.#buckets = new Array<Bucket | undefined>(buckets).fill(undefined);
  }

  /**
   * Adds a record with the text `source[start, end)`, which is copied. The numbers are arguments of their own, because an object
   * that holds them made collecting and repairing about two percent slower.
   *
   * @param time milliseconds since 1970-01-01T00:00:00Z
   */
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

  /** Returns the sections of an object: `offsets`, and `records` in pieces. */
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

/**
 * The records of one bucket. They are in pieces, so that a growing bucket copies nothing and a small one takes little memory.
 */
class Bucket {
  /** The number of records. */
  records = 0;
  /** The current piece. */
  piece = viewOf(Buffer.allocUnsafeSlow(FIRST_PIECE_BYTES));
  #used = 0;
  readonly #full: Uint8Array[] = [];

  /** Makes room for one more record of `bytes` bytes, and returns its start in `piece`. */
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

/** Writes a record of `TEXT + end - start` bytes to `to` from `at` on. Its text is `source[start, end)`. */
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

/** The records of *B* consecutive buckets of one client and kind. `nextRecord` leads from one record to the next. */
export interface RecordBytes {
  /** The number of records before each of the buckets, and the number of bytes. (B + 1, 2) */
  readonly offsets: Float64Array;
  readonly bytes: Buffer;
  /** A view of `bytes`. */
  readonly view: DataView;
}

/** Returns the end of the record at `at`, where its text ends and the next record begins. */
export const nextRecord = (view: DataView, at: number): number => at + TEXT + view.getUint32(at + LENGTH, true);
