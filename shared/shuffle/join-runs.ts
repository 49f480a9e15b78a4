/** Joins runs (`runs.ts`) of several lists by id. */
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { IdIndex } from '../columns/id-index.ts';
import type { NarrowColumn } from '../columns/narrow.ts';
import { inLayoutOrder } from './buckets.ts';
import type { Runs } from './runs.ts';

/**
 * The runs of several lists, sorted by id. *U distinct ids, R runs in all, B buckets.* Id `u` has the runs `offsets[u]`
 * (inclusive) to `offsets[u + 1]` (exclusive), in the order of the lists and of each list.
 */
export interface JoinedRuns {
  /** Distinct ids in layout order. (U) */
  readonly ids: Float64Array;
  /** Bucket `b` has the ids `bucketIds[b]` to `bucketIds[b + 1]` (exclusive). (B + 1) */
  readonly bucketIds: Uint32Array;
  /** (U + 1) */
  readonly offsets: Uint32Array;
  /** The list of each run, and the run's index in it. (R) */
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

/** Returns, for each number of `index`, the place of its id in `ids`, which are the same ids in another order. */
export function placesOf(index: IdIndex, ids: Float64Array): Uint32Array {
  const places = new Uint32Array(ids.length);
  for (let place = 0; place < ids.length; place++) places[index.get(ids[place]!)] = place;
  return places;
}

/** *U ids, N rows, B buckets.* */
export interface GroupedRuns<Name extends string = string> {
  /** Distinct ids in layout order. (U) */
  readonly ids: Float64Array;
  /** (B + 1) */
  readonly bucketIds: Uint32Array;
  /** (U + 1) */
  readonly starts: Uint32Array;
  /** (N) each */
  readonly columns: ReadonlyMap<Name, Float64Array>;
}

/** Joins the runs of each id to one. Rows keep the order of `lists`, and of each list. */
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
