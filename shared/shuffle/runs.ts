/**
 * Runs: rows on their way through a shuffle. What lies together of one id travels together, so that the id stands once for
 * all the rows that follow one another: grouped actions lie user by user.
 *
 *   users 7 and 3    ids      [7, 3]             (R)
 *   7: items 20, 10, 20   starts   [0, 3, 4]          (R + 1) run r's rows are starts[r] … starts[r + 1]
 *   3: item 10            items    [20, 10, 20, 10]   (N) and so every other column
 *
 * A shard's object has three sections:
 *
 *   rows      bucket by bucket, its ids, starts and columns, each from a multiple of 8 bytes on: what a reader wants of
 *             some buckets is one range. Values take as few bytes as hold them all (`columns/narrow.ts`)
 *   columns   `items:4,types:1`: which columns there are, and the bytes of a value
 *   buckets   (B + 1, 3) u32: the runs, the rows and the bytes, in eights, before each of the *B* buckets
 *
 * An id may have several runs there too.
 */
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { IdIndex } from '../columns/id-index.ts';
import { type NarrowColumn, narrowIn } from '../columns/narrow.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import { type BucketRange, bucketOfId, inLayoutOrder } from './buckets.ts';

/** *R runs, N rows.* Ids may repeat and stand in any order. */
export interface Runs<Name extends string = string> {
  readonly ids: Float64Array;
  readonly starts: Uint32Array;
  /** (N) each */
  readonly columns: ReadonlyMap<Name, NarrowColumn>;
}

/** An entry of `buckets`: three words. */
const WORDS = 3;
const [RUNS, ROWS, EIGHTS] = [0, 1, 2];
const ENTRY_BYTES = WORDS * Uint32Array.BYTES_PER_ELEMENT;

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Adds the runs by bucket; those of a bucket stay in their order. For small reads add nothing large behind them. */
export function addRuns(writer: SegmentWriter, runs: Runs, buckets: number): void {
  const columns = [...runs.columns];
  const widths = columns.map(([, column]) => column.BYTES_PER_ELEMENT);
  const bucketOf = Uint32Array.from(runs.ids, (id) => bucketOfId(id, buckets));
  const offsets = offsetsOf(bucketOf, buckets);
  const order = orderBy(bucketOf, offsets);
  const directory = directoryOf(runs, offsets, order, widths);
  const bytes = new Uint8Array(directory[WORDS * buckets + EIGHTS]! * 8);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const own = order.subarray(offsets[bucket], offsets[bucket + 1]);
    if (own.length === 0) continue;
    const to = chunkIn(bytes, entryAt(directory, bucket), widths);
    writeRuns(runs, own, to.ids, to.starts);
    for (const [place, [, column]] of columns.entries()) {
      writeRows(column, runs.starts, own, to.columns[place]!);
    }
  }
  writer.add('rows', bytes);
  writer.add('columns', Buffer.from(columns.map(([name], place) => `${name}:${widths[place]}`).join(',')));
  writer.add('buckets', bytesOf(directory));
}

function directoryOf({ starts }: Runs, offsets: Uint32Array, order: Uint32Array, widths: readonly number[]) {
  const directory = new Uint32Array(WORDS * offsets.length);
  let [rows, bytes] = [0, 0];
  for (let bucket = 0; bucket < offsets.length; bucket++) {
    directory[WORDS * bucket + RUNS] = offsets[bucket]!;
    directory[WORDS * bucket + ROWS] = rows;
    directory[WORDS * bucket + EIGHTS] = bytes / 8;
    let own = 0;
    const end = offsets[bucket + 1] ?? 0;
    for (let at = offsets[bucket]!; at < end; at++) {
      const run = order[at]!;
      own += starts[run + 1]! - starts[run]!;
    }
    rows += own;
    bytes += chunkBytes(end - offsets[bucket]!, own, widths);
  }
  return directory;
}

/** What a bucket takes; nothing where it has no run. */
function chunkBytes(runs: number, rows: number, widths: readonly number[]): number {
  if (runs <= 0) return 0;
  return widths.reduce((sum, width) => sum + padded(width * rows), 8 * runs + padded(4 * (runs + 1)));
}

interface Entry {
  readonly runs: number;
  readonly rows: number;
  /** Where the bucket's chunk begins. */
  readonly at: number;
}

/** The entry of a bucket, by its place in `directory`. */
function entryAt(directory: Uint32Array, place: number): Entry {
  const word = (which: number, bucket: number) => directory[WORDS * bucket + which]!;
  const between = (which: number) => word(which, place + 1) - word(which, place);
  return { runs: between(RUNS), rows: between(ROWS), at: word(EIGHTS, place) * 8 };
}

/** The arrays that a bucket's chunk consists of. @param bytes begin at a multiple of 8 in their buffer */
function chunkIn(bytes: Uint8Array, { runs, rows, at }: Entry, widths: readonly number[]) {
  let start = at;
  const next = (length: number): Uint8Array => {
    const part = bytes.subarray(start, start + length);
    start += padded(length);
    return part;
  };
  const ids = doublesIn(next(8 * runs));
  const starts = integersIn(next(4 * (runs + 1)));
  return { ids, starts, columns: widths.map((width) => narrowIn(next(width * rows), rows)) };
}

/** @param order which runs, in their order */
function writeRuns({ ids, starts }: Runs, order: Uint32Array, toIds: Float64Array, toStarts: Uint32Array): void {
  for (let place = 0; place < order.length; place++) {
    const run = order[place]!;
    toIds[place] = ids[run]!;
    toStarts[place + 1] = toStarts[place]! + starts[run + 1]! - starts[run]!;
  }
}

function writeRows(column: NarrowColumn, starts: Uint32Array, order: Uint32Array, to: NarrowColumn): void {
  let next = 0;
  for (let place = 0; place < order.length; place++) {
    const run = order[place]!;
    const end = starts[run + 1]!;
    for (let row = starts[run]!; row < end; row++) to[next++] = column[row]!;
  }
}

/** How many rows each bucket has. (B) */
export async function readBucketSizes(file: SegmentFile): Promise<Uint32Array> {
  const directory = integersIn(await file.read('buckets'));
  return Uint32Array.from({ length: directory.length / WORDS - 1 }, (_, bucket) => entryAt(directory, bucket).rows);
}

/** The runs of the ids in a range of buckets, one after another: those of a bucket are one list. */
async function readRuns<Name extends string>(file: SegmentFile, { from, to }: BucketRange): Promise<Runs<Name>[]> {
  const directory = integersIn(await file.read('buckets', { start: ENTRY_BYTES * from, end: ENTRY_BYTES * (to + 1) }));
  const columns = Buffer.from(await file.read('columns'))
    .toString('latin1')
    .split(',')
    .map((column) => column.split(':'));
  const widths = columns.map(([, width]) => Number(width));
  const [first, end] = [entryAt(directory, 0).at, entryAt(directory, to - from).at];
  const bytes = await file.read('rows', { start: first, end });
  const lists: Runs<Name>[] = [];
  for (let bucket = 0; bucket < to - from; bucket++) {
    const entry = entryAt(directory, bucket);
    if (entry.runs === 0) continue;
    const { ids, starts, columns: own } = chunkIn(bytes, { ...entry, at: entry.at - first }, widths);
    lists.push({ ids, starts, columns: new Map(own.map((column, place) => [columns[place]?.[0] as Name, column])) });
  }
  return lists;
}

/** Of the shards that wrote `files`, one after another. */
export async function readAllRuns<Name extends string>(
  files: readonly SegmentFile[],
  range: BucketRange,
): Promise<Runs<Name>[]> {
  return (await Promise.all(files.map((file) => readRuns<Name>(file, range)))).flat();
}

/**
 * Which runs of several lists belong together. *U distinct ids, R runs in all, B buckets.* Id `u` has the runs
 * `offsets[u]` up to, not including, `offsets[u + 1]`, in the order of the lists and of each list.
 */
export interface JoinedRuns {
  /** In layout order. (U) */
  readonly ids: Float64Array;
  /** Where the ids of each bucket begin. (B + 1) */
  readonly bucketIds: Uint32Array;
  /** (U + 1) */
  readonly offsets: Uint32Array;
  /** The list, and the run of it. (R) */
  readonly lists: Uint32Array;
  readonly runs: Uint32Array;
}

export function joinRuns(lists: readonly Runs[], buckets: number): JoinedRuns {
  const count = lists.reduce((sum, { ids }) => sum + ids.length, 0);
  const index = new IdIndex();
  const numbers = new Uint32Array(count);
  const listOf = new Uint32Array(count);
  const runOf = new Uint32Array(count);
  let at = 0;
  for (const [list, { ids }] of lists.entries()) {
    for (let run = 0; run < ids.length; run++) {
      numbers[at] = index.add(ids[run]!);
      listOf[at] = list;
      runOf[at++] = run;
    }
  }
  const { ids, offsets: bucketIds } = inLayoutOrder(index.ids, buckets);
  const placeOf = placesOf(index, ids);
  for (let run = 0; run < count; run++) numbers[run] = placeOf[numbers[run]!]!;
  const offsets = offsetsOf(numbers, ids.length);
  const order = orderBy(numbers, offsets);
  return { ids, bucketIds, offsets, lists: permuted(listOf, order), runs: permuted(runOf, order) };
}

/** By number of `index`: where its id stands among the same `ids` in another order. */
export function placesOf(index: IdIndex, ids: Float64Array): Uint32Array {
  const places = new Uint32Array(ids.length);
  for (let place = 0; place < ids.length; place++) places[index.get(ids[place]!)] = place;
  return places;
}

/** *U ids, N rows, B buckets.* */
export interface GroupedRuns<Name extends string = string> {
  /** Distinct, in layout order. (U) */
  readonly ids: Float64Array;
  /** (B + 1) */
  readonly bucketIds: Uint32Array;
  /** (U + 1) */
  readonly starts: Uint32Array;
  /** (N) each */
  readonly columns: ReadonlyMap<Name, Float64Array>;
}

/** Joins runs to one an id: rows stay in the order of `lists`, and of each list. */
export function groupRuns<Name extends string>(lists: readonly Runs<Name>[], buckets: number): GroupedRuns<Name> {
  const joined = joinRuns(lists, buckets);
  const starts = rowStarts(lists, joined);
  const length = starts[joined.ids.length]!;
  const columns = new Map<Name, Float64Array>();
  for (const name of lists[0]?.columns.keys() ?? []) {
    const column = new Float64Array(length);
    copyRows(lists, name, joined, column);
    columns.set(name, column);
  }
  return { ids: joined.ids, bucketIds: joined.bucketIds, starts, columns };
}

function rowStarts(lists: readonly Runs[], { ids, offsets, lists: listOf, runs }: JoinedRuns): Uint32Array {
  const result = new Uint32Array(ids.length + 1);
  for (let id = 0, rows = 0; id < ids.length; id++) {
    for (let at = offsets[id]!; at < offsets[id + 1]!; at++) {
      const { starts } = lists[listOf[at]!]!;
      const run = runs[at]!;
      rows += starts[run + 1]! - starts[run]!;
    }
    result[id + 1] = rows;
  }
  return result;
}

function copyRows<Name extends string>(
  lists: readonly Runs<Name>[],
  name: Name,
  { lists: listOf, runs }: JoinedRuns,
  to: Float64Array,
): void {
  const columns = lists.map((list) => list.columns.get(name)!);
  let next = 0;
  for (let at = 0; at < runs.length; at++) {
    const list = listOf[at]!;
    const run = runs[at]!;
    const { starts } = lists[list]!;
    next = copyRun(columns[list]!, starts[run]!, starts[run + 1]!, to, next);
  }
}

function copyRun(from: NarrowColumn, start: number, end: number, to: Float64Array, at: number): number {
  for (let row = start; row < end; row++) to[at++] = from[row]!;
  return at;
}
