/**
 * Records on their way through the shuffle: four numbers and the bytes of a line, as columns.
 *
 * Three kinds travel alike. *N records, B buckets.*
 *
 *   kind       numbers (N, 4)             line                        bucket
 *   action     user, time, item, type     the action, with its end    hash of the user
 *   pending    0, time, item, type        the same, `"userid":0`      hash of the client and its own user id
 *   sighting   user, time, 0, 0           the client and its own id   hash of them
 *
 * A shard's object has, for each client and kind, the sections `offsets` (B + 1, 2): the first record and the first byte of
 * each bucket; `numbers`; `lengths` (N) of the lines; `lines`. All in bucket order, so that a reader of some buckets takes
 * one range of each.
 */
import { bytesOf, doublesIn, integersIn } from '../../shared/columns/bytes.ts';
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';

export const USER = 0;
export const TIME = 1;
export const ITEM = 2;
export const TYPE = 3;
/** Numbers a record. */
export const WIDTH = 4;

export type Kind = 'action' | 'pending' | 'sighting';

export class Records {
  readonly #numbers = new Growable(Float64Array);
  readonly #lengths = new Growable(Uint32Array);
  readonly #buckets = new Growable(Uint32Array);
  #lines = Buffer.allocUnsafe(1 << 12);
  #used = 0;

  get length(): number {
    return this.#lengths.length;
  }

  /** Bytes of all lines. */
  get bytes(): number {
    return this.#used;
  }

  /** Room for a line of up to `bytes` bytes, to be written at `position` of it and handed over by `add`. */
  room(bytes: number): Buffer {
    if (this.#used + bytes > this.#lines.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#lines.length * 2, this.#used + bytes));
      this.#lines.copy(larger, 0, 0, this.#used);
      this.#lines = larger;
    }
    return this.#lines;
  }

  get position(): number {
    return this.#used;
  }

  /** The record whose line was written to `room` up to, not including, `end`. */
  add(user: number, time: number, item: number, type: number, end: number, bucket: number): void {
    const numbers = this.#numbers;
    numbers.push(user);
    numbers.push(time);
    numbers.push(item);
    numbers.push(type);
    this.#lengths.push(end - this.#used);
    this.#buckets.push(bucket);
    this.#used = end;
  }

  writeTo(writer: SegmentWriter, client: string, kind: Kind, buckets: number): void {
    const bucketOf = this.#buckets.view();
    const records = offsetsOf(bucketOf, buckets);
    const order = orderBy(bucketOf, records);
    const from = this.#numbers.view();
    const lengthOf = this.#lengths.view();
    const startOf = new Float64Array(lengthOf.length);
    for (let record = 1; record < startOf.length; record++) {
      startOf[record] = (startOf[record - 1] as number) + (lengthOf[record - 1] as number);
    }
    const numbers = new Float64Array(from.length);
    const lengths = new Uint32Array(lengthOf.length);
    const lines = Buffer.allocUnsafe(this.#used);
    const offsets = new Float64Array(2 * (buckets + 1));
    let byte = 0;
    let bucket = 0;
    for (let place = 0; place < order.length; place++) {
      const record = order[place] as number;
      for (; bucket <= (bucketOf[record] as number); bucket++) offsets.set([place, byte], 2 * bucket);
      for (let field = 0; field < WIDTH; field++) {
        numbers[place * WIDTH + field] = from[record * WIDTH + field] as number;
      }
      const start = startOf[record] as number;
      lengths[place] = lengthOf[record] as number;
      byte += this.#lines.copy(lines, byte, start, start + (lengths[place] as number));
    }
    for (; bucket <= buckets; bucket++) offsets.set([order.length, byte], 2 * bucket);
    const section = (name: string) => sectionName(client, kind, name);
    writer.add(section('offsets'), bytesOf(offsets));
    writer.add(section('numbers'), bytesOf(numbers));
    writer.add(section('lengths'), bytesOf(lengths));
    writer.add(section('lines'), lines);
  }
}

/** Records read back: those of some buckets of one client and kind. */
export interface RecordColumns {
  /** (N, 4) */
  readonly numbers: Float64Array;
  readonly lengths: Uint32Array;
  readonly lines: Buffer;
}

/** The records in buckets `from` up to, not including, `to`; undefined where the shard has none of the client. */
export async function readRecords(
  file: SegmentFile,
  client: string,
  kind: Kind,
  from: number,
  to: number,
): Promise<RecordColumns | undefined> {
  const section = (name: string) => sectionName(client, kind, name);
  if (!file.has(section('offsets'))) return undefined;
  const offsets = doublesIn(await file.read(section('offsets')));
  const [firstRecord, firstByte] = [offsets[2 * from] as number, offsets[2 * from + 1] as number];
  const [endRecord, endByte] = [offsets[2 * to] as number, offsets[2 * to + 1] as number];
  const part = (bytes: number) => ({ start: firstRecord * bytes, end: endRecord * bytes });
  const lines = await file.read(section('lines'), { start: firstByte, end: endByte });
  return {
    numbers: doublesIn(await file.read(section('numbers'), part(8 * WIDTH))),
    lengths: integersIn(await file.read(section('lengths'), part(4))),
    lines: Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength),
  };
}

/** A client's name holds no slash, so no two are mixed up. */
const sectionName = (client: string, kind: Kind, name: string): string => `${client}/${kind}/${name}`;
