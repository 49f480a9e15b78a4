/**
 * Sorts the records of a part by user, then time, item, type, and the bytes of the line. A record's part follows from its user.
 *
 * First each bucket is sorted alone and copied, so that the records of each user are together and in order. A bucket fits into
 * the processor's caches, and a part does not. Then the records are written user by user, in ascending order of users.
 */
import { copyBytes, viewOf } from '../../shared/columns/bytes.ts';
import { ascending, offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { sortRows } from '../../shared/columns/sort-range.ts';
import { ActionLineWriter } from '../../shared/model/action-line.ts';
import { placesOf } from '../../shared/shuffle/join-runs.ts';
import { partOf } from '../../shared/shuffle/parts.ts';
import { ITEM, nextRecord, type RecordBytes, TEXT, TIME, TYPE, USER } from './core-records.ts';

const CHUNK_BYTES = 1 << 18;

/**
 * Yields the sorted lines of part `part` of a client's `parts`.
 *
 * @param shuffled records of the same buckets from several objects
 */
export function* orderPart(
  client: string,
  shuffled: readonly RecordBytes[],
  part: number,
  parts: number,
): Generator<Uint8Array> {
  const writer = new ActionLineWriter(client);
  const { users, starts, bytes, view } = recordsByUser(writer, shuffled, part, parts);
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let chunkView = viewOf(chunk);
  let used = 0;
  for (const place of ascending(users)) {
    const end = starts[place + 1]!;
    for (let at = starts[place]!, next = 0; at < end; at = next) {
      next = nextRecord(view, at);
      const room = next - at + writer.added;
      if (used + room > chunk.length) {
        yield chunk.subarray(0, used);
        chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, room));
        chunkView = viewOf(chunk);
        used = 0;
      }
      used = writeLine(writer, bytes, view, at, chunk, chunkView, used);
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/** Writes the line of the record that begins at `record` to `to` from `at` on, and returns the line's end. */
function writeLine(
  writer: ActionLineWriter,
  bytes: Buffer,
  view: DataView,
  record: number,
  to: Buffer,
  toView: DataView,
  at: number,
): number {
  const user = view.getFloat64(record + USER, true);
  const item = view.getFloat64(record + ITEM, true);
  const type = view.getFloat64(record + TYPE, true);
  return writer.write(user, item, type, bytes, record + TEXT, to, toView, at);
}

/**
 * *U users*, in any order. The sorted records of user `u` are the bytes `starts[u]` (inclusive) to `starts[u + 1]` (exclusive).
 */
interface RecordsByUser {
  /** (U) */
  readonly users: Float64Array;
  /** (U + 1) */
  readonly starts: Float64Array;
  readonly bytes: Buffer;
  readonly view: DataView;
}

function recordsByUser(
  writer: ActionLineWriter,
  shuffled: readonly RecordBytes[],
  part: number,
  parts: number,
): RecordsByUser {
  const bytes = Buffer.allocUnsafeSlow(shuffled.reduce((sum, records) => sum + records.bytes.length, 0));
  const view = viewOf(bytes);
  const users = new Growable(Float64Array);
  const starts = new Growable(Float64Array);
  const buckets = (shuffled[0]?.offsets.length ?? 2) / 2 - 1;
  let used = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const records = new BucketRecords(writer, shuffled, bucket, (user) => parts === 1 || partOf(user, parts) === part);
    let last = Number.NaN;
    for (const record of records.order()) {
      const user = records.users[record]!;
      if (user !== last) {
        users.push(user);
        starts.push(used);
        last = user;
      }
      used = records.copy(record, view, used);
    }
  }
  starts.push(used);
  return { users: users.view(), starts: starts.view(), bytes, view };
}

/** The records of one bucket: the columns of their numbers, and their positions. *N records*, one entry of each column each. */
class BucketRecords {
  readonly users: Float64Array;
  readonly #writer: ActionLineWriter;
  readonly #shuffled: readonly RecordBytes[];
  /** The index in `shuffled` of the object with the record. */
  readonly #sources: Uint32Array;
  /** The start of the record in that object. */
  readonly #starts: Float64Array;
  readonly #times: Float64Array;
  readonly #items: Float64Array;
  readonly #types: Float64Array;

  /** @param isWanted true for the users of the part, because a bucket may belong to two parts */
  constructor(
    writer: ActionLineWriter,
    shuffled: readonly RecordBytes[],
    bucket: number,
    isWanted: (user: number) => boolean,
  ) {
    this.#writer = writer;
    this.#shuffled = shuffled;
    const between = (offsets: Float64Array, which: number) =>
      [offsets[2 * bucket + which]!, offsets[2 * bucket + 2 + which]!] as const;
    const most = shuffled.reduce((sum, { offsets }) => {
      const [first, end] = between(offsets, 0);
      return sum + end - first;
    }, 0);
    const sources = new Uint32Array(most);
    const starts = new Float64Array(most);
    const users = new Float64Array(most);
    const times = new Float64Array(most);
    const items = new Float64Array(most);
    const types = new Float64Array(most);
    let count = 0;
    for (const [source, { offsets, view }] of shuffled.entries()) {
      const [first, end] = between(offsets, 1);
      for (let at = first; at < end; at = nextRecord(view, at)) {
        const user = view.getFloat64(at + USER, true);
        if (!isWanted(user)) continue;
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
    this.users = users.subarray(0, count);
    this.#times = times;
    this.#items = items;
    this.#types = types;
  }

  /** Copies the record to `to` from `at` on, and returns the end of the copy. */
  copy(record: number, to: DataView, at: number): number {
    const { view } = this.#source(record);
    const start = this.#starts[record]!;
    return copyBytes(view, start, nextRecord(view, start), to, at);
  }

  /**
   * Returns the records in order. Users are sorted by counting. The records of one user are sorted by comparison, because they
   * are mostly few and mostly in order already.
   */
  order(): Uint32Array {
    const index = new IdIndex();
    const ranks = new Uint32Array(this.users.length);
    for (let record = 0; record < ranks.length; record++) ranks[record] = index.add(this.users[record]!);
    const rankOf = placesOf(index, Float64Array.from(index.ids).sort());
    for (let record = 0; record < ranks.length; record++) ranks[record] = rankOf[ranks[record]!]!;
    const offsets = offsetsOf(ranks, index.size);
    const order = orderBy(ranks, offsets);
    const compare = (a: number, b: number): number => this.#compare(a, b);
    for (let rank = 0; rank < index.size; rank++) {
      sortRows(order, offsets[rank]!, offsets[rank + 1]!, compare);
    }
    return order;
  }

  /** Compares two records of one user by time, item, type, and the bytes of the line. */
  #compare(a: number, b: number): number {
    const times = this.#times[a]! - this.#times[b]!;
    if (times !== 0) return times;
    const items = this.#items[a]! - this.#items[b]!;
    if (items !== 0) return items;
    const types = this.#types[a]! - this.#types[b]!;
    return types === 0 ? Buffer.compare(this.#line(a), this.#line(b)) : types;
  }

  #line(record: number): Buffer {
    const { bytes, view } = this.#source(record);
    const start = this.#starts[record]!;
    const line = Buffer.allocUnsafe(nextRecord(view, start) - start + this.#writer.added);
    return line.subarray(0, writeLine(this.#writer, bytes, view, start, line, viewOf(line), 0));
  }

  #source(record: number): RecordBytes {
    return this.#shuffled[this.#sources[record]!]!;
  }
}
