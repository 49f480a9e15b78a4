/**
 * Lines by user, of item ids or of other text, before they are joined to the parts of an output.
 *
 * The number of parts follows from the number of lines, which is known only when every shard has written its lines. A shard
 * therefore writes *cells*. Any number of parts can be made from cells, and few of them are read twice. A cell has all lines of
 * some buckets, by ascending user. It ends with the bucket that fills it. In this example four lines fill a cell:
 *
 *   bucket           4          5           6
 *   user (lines)   9 (2)   3 (2) 20 (1)   7 (2)
 *   cells          { 3 (2)  9 (2)  20 (1) }   { 7 (2) }       of buckets [4, 6) and [6, 7)
 *
 * The shard's object has the columns `LINES` and the section `text`, all in the order of the cells. The meta lists the cells.
 */
import { copyBytes, viewOf } from '../columns/bytes.ts';
import { ascending } from '../columns/counting-sort.ts';
import { Growable } from '../columns/growable.ts';
import type { JsonValue } from '../json.ts';
import { ItemLineWriter } from '../model/item-line-writer.ts';
import { ColumnTable } from '../store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../store/segments.ts';
import { bucketOfId } from './buckets.ts';
import { noteExcluded } from './excluded-users.ts';

/** The lines that fill a cell: a quarter of a part, so that a part has few cells and shares at most two with other parts. */
const CELL_LINES = 2 ** 18;

/** A cell of the buckets `from` (inclusive) to `to` (exclusive). */
export type Cell = {
  readonly from: number;
  readonly to: number;
  readonly users: number;
  readonly lines: number;
  readonly bytes: number;
};

/** *U users that have lines.* */
export const LINES = new ColumnTable({
  users: Float64Array, // (U)
  lengths: Uint32Array, // (U) the bytes of each user's lines
});

/** The meta of a shard's object. */
export type LinesMeta = { readonly cells: readonly Cell[] };

export const cellsIn = ({ meta }: SegmentFile<LinesMeta>): readonly Cell[] => meta.cells;

/** Takes the lines of one user after another. Users come in layout order (`buckets.ts`). */
export class UserLines {
  /** The number of lines of all users. */
  lines = 0;
  readonly #buckets: number;
  readonly #cellLines: number;
  readonly #text = new ItemLineWriter();
  readonly #users = new Growable(Float64Array);
  /** The lines and the bytes before those of each user, in the order of the users. */
  readonly #linesBefore = new Growable(Float64Array);
  readonly #bytesBefore = new Growable(Float64Array);
  #lastUser = Number.NaN;

  /** @param buckets the number of buckets of the shuffle */
  constructor(buckets: number, cellLines = CELL_LINES) {
    this.#buckets = buckets;
    this.#cellLines = cellLines;
  }

  /** Adds `ids[start, end)` as the next line of `user`. */
  add(user: number, ids: Float64Array, start: number, end: number): void {
    this.#begin(user);
    this.#text.line(ids, start, end);
  }

  /** Adds `line`, which ends in a newline, as the next line of `user`. */
  addText(user: number, line: string): void {
    this.#begin(user);
    this.#text.text(line);
  }

  /** Begins the next line of `user`. */
  #begin(user: number): void {
    if (user !== this.#lastUser) {
      this.#lastUser = user;
      this.#users.push(user);
      this.#linesBefore.push(this.lines);
      this.#bytesBefore.push(this.#text.length);
    }
    this.lines++;
  }

  /** Returns the shard's object. @param excludedUsers the number of users that were left out before (`excluded-users.ts`) */
  finish(excludedUsers?: number): SegmentBody<LinesMeta> {
    return this.finishWith({}, excludedUsers);
  }

  /** As `finish`. @param more the fields of the object's meta beside the cells */
  finishWith<M extends { readonly [key: string]: JsonValue }>(
    more: M,
    excludedUsers?: number,
  ): SegmentBody<LinesMeta & M> {
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
    LINES.write(writer, sorted);
    writer.add('text', text);
    noteExcluded(writer, excludedUsers);
    return writer.finish({ cells, ...more });
  }

  /** Returns the end of the cell that begins with the user at `first`: the end of the bucket that fills it. */
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
