/**
 * Rows of counted items in groups, ranked within each group: the largest count first, and the smaller item first where counts
 * are equal. Every shard ranks its own items, and the runs of all shards are merged to the lines of one file.
 *
 *   rows     group 3: item 9 three times, item 7 five times, item 2 three times; group 1: item 7 five times
 *   ranked   (1, 7, 5)   (3, 7, 5)   (3, 2, 3)   (3, 9, 3)          as (group, item, count)
 */
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { LeastFirst } from '../shuffle/least-first.ts';
import { ColumnTable } from '../store/column-table.ts';
import type { SegmentFile } from '../store/segments.ts';

/** *N rows.* */
export interface CountedItems {
  /** (N) the group of each row, 0 to G − 1 for G groups. */
  readonly groups: Uint32Array;
  /** (N) ids. An item has at most one row of a group. */
  readonly items: Float64Array;
  /** (N) */
  readonly counts: Float64Array;
}

/** `CountedItems` in an object, ranked. */
export const RANKED = new ColumnTable({
  groups: Uint32Array, // (N)
  items: Float64Array, // (N)
  counts: Float64Array, // (N)
});

/** The rows that are in memory at a time, over the objects of all shards: 20 bytes for each. */
const ROWS_AT_ONCE = 1 << 20;
/** The number of characters after which a chunk of lines ends. */
const CHUNK_LENGTH = 1 << 18;

/** Returns the first `limit` rows of each group, ranked, by ascending group. */
export function ranked({ groups, items, counts }: CountedItems, groupCount: number, limit: number): CountedItems {
  const offsets = offsetsOf(groups, groupCount);
  const order = orderBy(groups, offsets);
  let kept = 0;
  for (let group = 0; group < groupCount; group++) {
    const own = order.subarray(offsets[group]!, offsets[group + 1]!);
    own.sort((a, b) => counts[b]! - counts[a]! || items[a]! - items[b]!);
    const length = Math.min(own.length, limit);
    order.copyWithin(kept, offsets[group]!, offsets[group]! + length);
    kept += length;
  }
  const first = order.subarray(0, kept);
  return { groups: permuted(groups, first), items: permuted(items, first), counts: permuted(counts, first) };
}

/**
 * Yields the lines of the first `limit` rows of each group, over all objects. Memory has one piece of each object.
 *
 * @param files the objects of shards, each with the columns `RANKED`. An item must be in one of them only
 * @param lineOf returns the text of a line, without its newline
 */
export async function* rankedLines(
  files: readonly SegmentFile[],
  limit: number,
  lineOf: (group: number, item: number, count: number) => string,
  rowsAtOnce = ROWS_AT_ONCE,
): AsyncGenerator<Uint8Array> {
  const opened: RankedReader[] = [];
  for (const file of files) {
    const reader = new RankedReader(file, Math.ceil(rowsAtOnce / files.length));
    if (await reader.nextPiece()) opened.push(reader);
  }
  const open = new LeastFirst(opened, isBefore);
  let text = '';
  let group = -1;
  let written = 0;
  for (let reader = open.first; reader; reader = open.first) {
    if (reader.group !== group) {
      group = reader.group;
      written = 0;
    }
    if (written++ < limit) text += `${lineOf(group, reader.item, reader.count)}\n`;
    if (text.length > CHUNK_LENGTH) {
      yield Buffer.from(text, 'latin1');
      text = '';
    }
    if (reader.step() || (await reader.nextPiece())) open.moved();
    else open.ended();
  }
  if (text !== '') yield Buffer.from(text, 'latin1');
}

function isBefore(a: RankedReader, b: RankedReader): boolean {
  if (a.group !== b.group) return a.group < b.group;
  return a.count > b.count || (a.count === b.count && a.item < b.item);
}

/** Reads the rows of one shard's object, one after another. */
class RankedReader {
  group = 0;
  item = 0;
  count = 0;
  readonly #file: SegmentFile;
  readonly #rowsAtOnce: number;
  #rows: CountedItems = { groups: new Uint32Array(), items: new Float64Array(), counts: new Float64Array() };
  /** The number of rows before the current piece. */
  #before = 0;
  /** The current row's place in the piece. */
  #place = -1;

  constructor(file: SegmentFile, rowsAtOnce: number) {
    this.#file = file;
    this.#rowsAtOnce = rowsAtOnce;
  }

  /** Moves to the next row of the current piece. Returns false at the end of the piece. */
  step(): boolean {
    const { groups, items, counts } = this.#rows;
    const place = ++this.#place;
    if (place >= groups.length) return false;
    this.group = groups[place]!;
    this.item = items[place]!;
    this.count = counts[place]!;
    return true;
  }

  /** Reads the next piece, and moves to its first row. Returns false when all pieces have been read. */
  async nextPiece(): Promise<boolean> {
    const from = this.#before + this.#rows.groups.length;
    const all = this.#file.count('groups');
    const to = Math.min(from + this.#rowsAtOnce, all);
    if (from >= to) return false;
    this.#rows = to - from === all ? await this.#readAll() : await this.#read(from, to);
    this.#before = from;
    this.#place = -1;
    return this.step();
  }

  /** Reads all rows with one request. */
  #readAll(): Promise<CountedItems> {
    return RANKED.read(this.#file, 'groups', 'items', 'counts');
  }

  async #read(from: number, to: number): Promise<CountedItems> {
    return {
      groups: await RANKED.readRows(this.#file, 'groups', { from, to }),
      items: await RANKED.readRows(this.#file, 'items', { from, to }),
      counts: await RANKED.readRows(this.#file, 'counts', { from, to }),
    };
  }
}
