/**
 * Putting a part in order: by user, then time, then item, then type, then the bytes of the line. The user decides the part.
 */
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { partOf } from '../../shared/shuffle/parts.ts';
import { type RecordColumns, USER, WIDTH } from './core-records.ts';

const CHUNK_BYTES = 1 << 18;
/** Longer groups are worth the set-up of the built-in sort. */
const INSERTION_LENGTH = 16;

/** The lines of part `part` of `parts`, in order, in chunks. */
export function* orderPart(columns: readonly RecordColumns[], part: number, parts: number): Generator<Uint8Array> {
  const records = new PartRecords(columns, part, parts);
  const order = records.order();
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  for (const record of order) {
    const length = records.lengthOf(record);
    if (used + length > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, length));
      used = 0;
    }
    used = records.copyLine(record, chunk, used);
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/** The records of one part: places in the columns they came in. */
class PartRecords {
  readonly #columns: readonly RecordColumns[];
  /** By record: which columns, which place there, where its line begins. */
  readonly #source: Uint32Array;
  readonly #place: Uint32Array;
  readonly #start: Float64Array;
  readonly #users: Float64Array;

  constructor(columns: readonly RecordColumns[], part: number, parts: number) {
    this.#columns = columns;
    const most = columns.reduce((sum, { lengths }) => sum + lengths.length, 0);
    this.#source = new Uint32Array(most);
    this.#place = new Uint32Array(most);
    this.#start = new Float64Array(most);
    const users = new Float64Array(most);
    let count = 0;
    for (const [source, { numbers, lengths }] of columns.entries()) {
      for (let place = 0, start = 0; place < lengths.length; place++) {
        const user = numbers[place * WIDTH + USER] as number;
        if (parts === 1 || partOf(user, parts) === part) {
          this.#source[count] = source;
          this.#place[count] = place;
          this.#start[count] = start;
          users[count++] = user;
        }
        start += lengths[place] as number;
      }
    }
    this.#users = users.subarray(0, count);
  }

  lengthOf(record: number): number {
    return this.#column(record).lengths[this.#place[record] as number] as number;
  }

  copyLine(record: number, to: Buffer, at: number): number {
    const start = this.#start[record] as number;
    return at + this.#column(record).lines.copy(to, at, start, start + this.lengthOf(record));
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
      this.#sortUser(order.subarray(offsets[rank], offsets[rank + 1]));
    }
    return order;
  }

  #sortUser(records: Uint32Array): void {
    if (records.length > INSERTION_LENGTH) {
      records.sort((a, b) => this.#compare(a, b));
      return;
    }
    for (let end = 1; end < records.length; end++) {
      const record = records[end] as number;
      let place = end;
      for (; place > 0 && this.#compare(records[place - 1] as number, record) > 0; place--) {
        records[place] = records[place - 1] as number;
      }
      records[place] = record;
    }
  }

  /** Of two records of one user: time, item, type, then the line's bytes. */
  #compare(a: number, b: number): number {
    const [ofA, ofB] = [this.#column(a), this.#column(b)];
    const [atA, atB] = [(this.#place[a] as number) * WIDTH, (this.#place[b] as number) * WIDTH];
    for (let field = USER + 1; field < WIDTH; field++) {
      const difference = (ofA.numbers[atA + field] as number) - (ofB.numbers[atB + field] as number);
      if (difference !== 0) return difference;
    }
    const [startA, startB] = [this.#start[a] as number, this.#start[b] as number];
    return ofA.lines.compare(ofB.lines, startB, startB + this.lengthOf(b), startA, startA + this.lengthOf(a));
  }

  #column(record: number): RecordColumns {
    return this.#columns[this.#source[record] as number] as RecordColumns;
  }
}
