/**
 * Lines of item ids by user, on their way to the parts of an output.
 *
 * How many parts there are follows from the number of lines, which is known only when every shard has written its own. So a
 * shard lays its lines down in *cells*, from which any number of parts can be put together without reading much twice. A
 * cell is all lines of some buckets, users ascending; it is closed at the end of the bucket that fills it. Example, where
 * 4 lines fill a cell:
 *
 *   bucket           4          5           6
 *   user (lines)   9 (2)   3 (2) 20 (1)   7 (2)
 *   cells          { 3 (2)  9 (2)  20 (1) }   { 7 (2) }       of buckets [4, 6) and [6, 7)
 *
 * The shard's object, *U users that have lines*: `users` (U), doubles; `lengths` (U), u32, the bytes of each user's lines;
 * `text`. All cell by cell; the meta lists the cells.
 */
import { bytesOf, copyBytes, viewOf } from '../columns/bytes.ts';
import { ascending } from '../columns/counting-sort.ts';
import { Growable } from '../columns/growable.ts';
import { ItemLineWriter } from '../model/item-line-writer.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../store/segments.ts';
import { bucketOfId } from './buckets.ts';

/** Lines that fill a cell: a quarter of a part, so that a part is made of few cells and shares at most two with others. */
const CELL_LINES = 2 ** 18;

/** Of buckets `from` up to, not including, `to`. */
export type Cell = {
  readonly from: number;
  readonly to: number;
  readonly users: number;
  readonly lines: number;
  readonly bytes: number;
};

/** The meta of a shard's object. */
export type LinesMeta = { readonly cells: readonly Cell[] };

export const cellsIn = ({ meta }: SegmentFile<LinesMeta>): readonly Cell[] => meta.cells;

/** Takes the lines of one user after another, users in layout order (`buckets.ts`). */
export class UserLines {
  /** Of all users. */
  lines = 0;
  readonly #buckets: number;
  readonly #cellLines: number;
  readonly #text = new ItemLineWriter();
  readonly #users = new Growable(Float64Array);
  /** By user, in the order they came: how many lines and bytes stand before theirs. */
  readonly #linesBefore = new Growable(Float64Array);
  readonly #bytesBefore = new Growable(Float64Array);
  #lastUser = Number.NaN;

  /** @param buckets how finely the shuffle is cut */
  constructor(buckets: number, cellLines = CELL_LINES) {
    this.#buckets = buckets;
    this.#cellLines = cellLines;
  }

  /** Adds `ids[start, end)` as the next line of `user`. */
  add(user: number, ids: Float64Array, start: number, end: number): void {
    if (user !== this.#lastUser) {
      this.#lastUser = user;
      this.#users.push(user);
      this.#linesBefore.push(this.lines);
      this.#bytesBefore.push(this.#text.length);
    }
    this.#text.line(ids, start, end);
    this.lines++;
  }

  /** The shard's object. */
  finish(): SegmentBody<LinesMeta> {
    const users = this.#users.view();
    const count = users.length;
    this.#linesBefore.push(this.lines);
    this.#bytesBefore.push(this.#text.length);
    const [linesBefore, bytesBefore] = [this.#linesBefore.view(), this.#bytesBefore.view()];
    const sorted = { users: new Float64Array(count), lengths: new Uint32Array(count) };
    const text = Buffer.allocUnsafe(this.#text.length);
    const [from, to] = [viewOf(this.#text.view()), viewOf(text)];
    const cells: Cell[] = [];
    let byte = 0;
    for (let first = 0, end = 0; first < count; first = end) {
      end = this.#endOfCell(first);
      const order = ascending(users.subarray(first, end));
      for (let place = 0; place < order.length; place++) {
        const user = first + order[place]!;
        const [start, stop] = [bytesBefore[user]!, bytesBefore[user + 1]!];
        sorted.users[first + place] = users[user]!;
        sorted.lengths[first + place] = stop - start;
        byte = copyBytes(from, start, stop, to, byte);
      }
      const between = (before: Float64Array) => before[end]! - before[first]!;
      cells.push({
        from: this.#bucketOf(first),
        to: this.#bucketOf(end - 1) + 1,
        users: end - first,
        lines: between(linesBefore),
        bytes: between(bytesBefore),
      });
    }
    const writer = new SegmentWriter();
    writer.add('users', bytesOf(sorted.users));
    writer.add('lengths', bytesOf(sorted.lengths));
    writer.add('text', text);
    return writer.finish({ cells });
  }

  /** The end of the cell that begins with the user at `first`: the end of the bucket that fills it. */
  #endOfCell(first: number): number {
    const linesBefore = this.#linesBefore.view();
    const count = this.#users.length;
    const filled = linesBefore[first]! + this.#cellLines;
    let end = first + 1;
    while (end < count && linesBefore[end]! < filled) end++;
    while (end < count && this.#bucketOf(end) === this.#bucketOf(end - 1)) end++;
    return end;
  }

  #bucketOf(place: number): number {
    return bucketOfId(this.#users.view()[place]!, this.#buckets);
  }
}
