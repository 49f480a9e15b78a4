/**
 * Putting a part in order: by user, then time, then item, then type, then the bytes of the line. The user decides the part.
 */
import { viewOf } from '../../shared/columns/bytes.ts';
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { ActionLineWriter } from '../../shared/model/action-line.ts';
import { partOf } from '../../shared/shuffle/parts.ts';
import { ITEM, nextRecord, type RecordBytes, TEXT, TIME, TYPE, USER } from './core-records.ts';

const CHUNK_BYTES = 1 << 18;
/** Longer groups are worth the set-up of the built-in sort. */
const INSERTION_LENGTH = 16;

/** The lines of part `part` of a client's `parts`, in order, in chunks. */
export function* orderPart(
  client: string,
  shuffled: readonly RecordBytes[],
  part: number,
  parts: number,
): Generator<Uint8Array> {
  const records = new PartRecords(client, shuffled, part, parts);
  const order = records.order();
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let view = viewOf(chunk);
  let used = 0;
  for (let place = 0; place < order.length; place++) {
    const record = order[place] as number;
    const room = records.roomOf(record);
    if (used + room > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, room));
      view = viewOf(chunk);
      used = 0;
    }
    used = records.writeLine(record, chunk, view, used);
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/** The records of one part (N): their numbers side by side, and where their texts are. */
class PartRecords {
  readonly #writer: ActionLineWriter;
  readonly #shuffled: readonly RecordBytes[];
  /** Which of `shuffled` a record is in, and where it begins there. */
  readonly #sources: Uint32Array;
  readonly #starts: Float64Array;
  readonly #users: Float64Array;
  readonly #times: Float64Array;
  readonly #items: Float64Array;
  readonly #types: Float64Array;

  constructor(client: string, shuffled: readonly RecordBytes[], part: number, parts: number) {
    this.#writer = new ActionLineWriter(client);
    this.#shuffled = shuffled;
    const most = shuffled.reduce((sum, { count }) => sum + count, 0);
    const sources = new Uint32Array(most);
    const starts = new Float64Array(most);
    const users = new Float64Array(most);
    const times = new Float64Array(most);
    const items = new Float64Array(most);
    const types = new Float64Array(most);
    let count = 0;
    for (const [source, { view }] of shuffled.entries()) {
      for (let at = 0, end = 0; at < view.byteLength; at = end) {
        end = nextRecord(view, at);
        const user = view.getFloat64(at + USER, true);
        if (parts > 1 && partOf(user, parts) !== part) continue;
        sources[count] = source;
        starts[count] = at;
        users[count] = user;
        times[count] = view.getFloat64(at + TIME, true);
        items[count] = view.getFloat64(at + ITEM, true);
        types[count++] = view.getFloat64(at + TYPE, true);
      }
    }
    this.#sources = sources;
    this.#starts = starts;
    this.#users = users.subarray(0, count);
    this.#times = times;
    this.#items = items;
    this.#types = types;
  }

  /** What the record's line may take, bytes. */
  roomOf(record: number): number {
    const start = this.#starts[record] as number;
    return nextRecord(this.#recordsWith(record).view, start) - start + this.#writer.added;
  }

  /** Writes the record's line at `at` of `to` and `toView`, which are the same bytes; returns the place behind it. */
  writeLine(record: number, to: Uint8Array, toView: DataView, at: number): number {
    const user = this.#users[record] as number;
    const item = this.#items[record] as number;
    const type = this.#types[record] as number;
    const texts = (this.#starts[record] as number) + TEXT;
    return this.#writer.write(user, item, type, this.#recordsWith(record).bytes, texts, to, toView, at);
  }

  /** Users by counting sort; each user's records, mostly few and mostly in order already, by comparing. */
  order(): Uint32Array {
    const index = new IdIndex();
    const ranks = Uint32Array.from(this.#users, (user) => index.add(user));
    const ascending = Float64Array.from(index.ids).sort();
    const rankOf = new Uint32Array(ascending.length);
    for (let rank = 0; rank < ascending.length; rank++) rankOf[index.get(ascending[rank] as number)] = rank;
    for (let record = 0; record < ranks.length; record++) ranks[record] = rankOf[ranks[record] as number] as number;
    const offsets = offsetsOf(ranks, ascending.length);
    const order = orderBy(ranks, offsets);
    for (let rank = 0; rank < ascending.length; rank++) {
      this.#sortUser(order, offsets[rank] as number, offsets[rank + 1] as number);
    }
    return order;
  }

  /** `order[start, end)`: the records of one user. */
  #sortUser(order: Uint32Array, start: number, end: number): void {
    if (end - start > INSERTION_LENGTH) {
      let sorted = start + 1;
      while (sorted < end && this.#compare(order[sorted - 1] as number, order[sorted] as number) <= 0) sorted++;
      if (sorted < end) order.subarray(start, end).sort((a, b) => this.#compare(a, b));
      return;
    }
    for (let next = start + 1; next < end; next++) {
      const record = order[next] as number;
      let place = next;
      for (; place > start && this.#compare(order[place - 1] as number, record) > 0; place--) {
        order[place] = order[place - 1] as number;
      }
      order[place] = record;
    }
  }

  /** Of two records of one user: time, item, type, then the line's bytes. */
  #compare(a: number, b: number): number {
    const times = (this.#times[a] as number) - (this.#times[b] as number);
    if (times !== 0) return times;
    const items = (this.#items[a] as number) - (this.#items[b] as number);
    if (items !== 0) return items;
    const types = (this.#types[a] as number) - (this.#types[b] as number);
    return types === 0 ? this.#compareLines(a, b) : types;
  }

  #compareLines(a: number, b: number): number {
    return Buffer.compare(this.#line(a), this.#line(b));
  }

  #line(record: number): Buffer {
    const line = Buffer.allocUnsafe(this.roomOf(record));
    return line.subarray(0, this.writeLine(record, line, viewOf(line), 0));
  }

  #recordsWith(record: number): RecordBytes {
    return this.#shuffled[this.#sources[record] as number] as RecordBytes;
  }
}
