/**
 * Runs: rows on their way through a shuffle. What lies together of one id travels together, so that the id stands once for
 * all the rows that follow one another: grouped actions lie user by user.
 *
 *   users 7 and 3, of 2 buckets    ids      [7, 3]             (R)
 *   7: items 20, 10, 20            starts   [0, 3, 4]          (R + 1) run r's rows are starts[r] … starts[r + 1]
 *   3: item 10                     items    [20, 10, 20, 10]   (N) and so every other column
 *
 * In a shard's object runs stand by their ids' bucket, and `bucketRuns` (B + 1) says where those of each begin; values take
 * as few bytes as hold them all (`columns/narrow.ts`). An id may have several runs there too.
 */
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { IdIndex } from '../columns/id-index.ts';
import { type NarrowColumn, narrowIn } from '../columns/narrow.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import { type BucketRange, bucketOfId, layOut } from './buckets.ts';

/** *R runs, N rows.* Ids may repeat and stand in any order. */
export interface Runs<Name extends string = string> {
  readonly ids: Float64Array;
  readonly starts: Uint32Array;
  /** (N) each */
  readonly columns: ReadonlyMap<Name, NarrowColumn>;
}

/** Adds the runs by bucket; those of a bucket stay in their order. */
export function addRuns(writer: SegmentWriter, { ids, starts, columns }: Runs, buckets: number): void {
  const bucket = Uint32Array.from(ids, (id) => bucketOfId(id, buckets));
  const bucketRuns = offsetsOf(bucket, buckets);
  const order = orderBy(bucket, bucketRuns);
  writer.add('bucketRuns', bytesOf(bucketRuns));
  writer.add('runIds', bytesOf(permuted(ids, order)));
  writer.add('runStarts', bytesOf(startsInOrder(starts, order)));
  for (const [name, column] of columns) {
    writer.add(name, bytesOf(rowsInOrder(column, starts, order)), column.length);
  }
}

function startsInOrder(starts: Uint32Array, order: Uint32Array): Uint32Array {
  const result = new Uint32Array(starts.length);
  for (let place = 0; place < order.length; place++) {
    const run = order[place] as number;
    result[place + 1] = (result[place] as number) + (starts[run + 1] as number) - (starts[run] as number);
  }
  return result;
}

function rowsInOrder(column: NarrowColumn, starts: Uint32Array, order: Uint32Array): NarrowColumn {
  const result = new (column.constructor as new (length: number) => NarrowColumn)(column.length);
  let to = 0;
  for (let place = 0; place < order.length; place++) {
    const run = order[place] as number;
    const end = starts[run + 1] as number;
    for (let row = starts[run] as number; row < end; row++) result[to++] = column[row] as number;
  }
  return result;
}

/** How many rows each bucket has. (B) */
export async function readBucketSizes(file: SegmentFile): Promise<Uint32Array> {
  const [bucketRuns, starts] = (await file.readMany(['bucketRuns', 'runStarts'])).map(integersIn);
  const firstOf = (bucket: number) => starts![bucketRuns![bucket] as number] as number;
  return Uint32Array.from({ length: bucketRuns!.length - 1 }, (_, bucket) => firstOf(bucket + 1) - firstOf(bucket));
}

/** The runs of the ids in a range of buckets, with those of the columns that are there. */
export async function readRuns<Name extends string>(
  file: SegmentFile,
  { from, to }: BucketRange,
  names: readonly Name[],
): Promise<Runs<Name>> {
  const bucketRuns = integersIn(await file.read('bucketRuns'));
  const [first, end] = [bucketRuns[from] as number, bucketRuns[to] as number];
  const ids = doublesIn(await file.read('runIds', { start: first * 8, end: end * 8 }));
  const starts = integersIn(await file.read('runStarts', { start: first * 4, end: (end + 1) * 4 }));
  const [firstRow, endRow] = [starts[0] as number, starts[end - first] as number];
  const columns = new Map<Name, NarrowColumn>();
  for (const name of names) {
    if (!file.has(name)) continue;
    const section = file.locate(name);
    const width = (section.end - section.start) / Math.max(1, file.count(name));
    const bytes = await file.read(name, { start: firstRow * width, end: endRow * width });
    columns.set(name, narrowIn(bytes, endRow - firstRow));
  }
  return { ids, starts: starts.map((start) => start - firstRow), columns };
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
      numbers[at] = index.add(ids[run] as number);
      listOf[at] = list;
      runOf[at++] = run;
    }
  }
  const { ids, offsets: bucketIds } = layOut(index.ids, buckets);
  const placeOf = placesOf(index, ids);
  for (let run = 0; run < count; run++) numbers[run] = placeOf[numbers[run] as number] as number;
  const offsets = offsetsOf(numbers, ids.length);
  const order = orderBy(numbers, offsets);
  return { ids, bucketIds, offsets, lists: permuted(listOf, order), runs: permuted(runOf, order) };
}

/** By number of `index`: where its id stands among the same `ids` in another order. */
export function placesOf(index: IdIndex, ids: Float64Array): Uint32Array {
  const places = new Uint32Array(ids.length);
  for (let place = 0; place < ids.length; place++) places[index.get(ids[place] as number)] = place;
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
  const length = starts[joined.ids.length] as number;
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
    for (let at = offsets[id] as number; at < (offsets[id + 1] as number); at++) {
      const { starts } = lists[listOf[at] as number] as Runs;
      const run = runs[at] as number;
      rows += (starts[run + 1] as number) - (starts[run] as number);
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
  const columns = lists.map((list) => list.columns.get(name) as NarrowColumn);
  let next = 0;
  for (let at = 0; at < runs.length; at++) {
    const list = listOf[at] as number;
    const run = runs[at] as number;
    const { starts } = lists[list] as Runs;
    next = copyRun(columns[list] as NarrowColumn, starts[run] as number, starts[run + 1] as number, to, next);
  }
}

function copyRun(from: NarrowColumn, start: number, end: number, to: Float64Array, at: number): number {
  for (let row = start; row < end; row++) to[at++] = from[row] as number;
  return at;
}
