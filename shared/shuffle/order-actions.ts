/** Sorts the actions of each user by time, then item, then type. */
import { permuted } from '../columns/counting-sort.ts';
import { sortRange, sortRows } from '../columns/sort-range.ts';
import type { ActionColumn } from './action-runs.ts';
import type { GroupedRuns } from './join-runs.ts';

/** Actions by user, users in layout order (`buckets.ts`). *U users, N actions, B buckets of the shuffle.* */
export interface UserActions {
  /** Distinct ids in layout order. (U) */
  readonly users: Float64Array;
  /**
   * User `u` has the actions `offsets[u]` (inclusive) to `offsets[u + 1]` (exclusive), by time, then item, then type. (U + 1)
   */
  readonly offsets: Uint32Array;
  /**
   * Bucket `b` has the users `bucketOffsets[b]` to `bucketOffsets[b + 1]` (exclusive). A bucket that was not read has none. (B
   * + 1)
   */
  readonly bucketOffsets: Uint32Array;
  /** Like `times` and `types`: one entry for each action (N), or none when the column was not collected. */
  readonly items: Float64Array;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly times: Float64Array;
  readonly types: Float64Array;
}

/** Sorts the actions of each user. The columns are sorted in place. */
export function orderActions({ ids: users, bucketIds, starts, columns }: GroupedRuns<ActionColumn>): UserActions {
  const [items, times, types] = [columns.get('items'), columns.get('times'), columns.get('types')];
  const keys = [times, items, types].filter((column) => column !== undefined);
  for (let user = 0; user < users.length; user++) {
    orderGroup(keys, starts[user]!, starts[user + 1]!);
  }
  const none = new Float64Array();
  return {
    users,
    offsets: starts,
    bucketOffsets: bucketIds,
    items: items ?? none,
    times: times ?? none,
    types: types ?? none,
  };
}

/** Sorts the rows `start` (inclusive) to `end` (exclusive) of all columns by the first column, then the second, … */
export function orderGroup(columns: readonly Float64Array[], start: number, end: number): void {
  let sorted = start + 1;
  while (sorted < end && compare(columns, sorted - 1, sorted) <= 0) sorted++;
  if (sorted >= end) return;
  const [first, ...others] = columns as [Float64Array, ...Float64Array[]];
  if (others.length === 0) {
    sortRange(first, start, end);
    return;
  }
  const order = sortedRows(columns, start, end);
  for (const column of columns) column.set(permuted(column, order), start);
}

/** Returns the row numbers in sorted order. */
function sortedRows(columns: readonly Float64Array[], start: number, end: number): Uint32Array {
  const order = new Uint32Array(end - start);
  for (let place = 0; place < order.length; place++) order[place] = start + place;
  sortRows(order, 0, order.length, (a, b) => compare(columns, a, b));
  return order;
}

function compare(columns: readonly Float64Array[], a: number, b: number): number {
  for (let key = 0; key < columns.length; key++) {
    const column = columns[key]!;
    const difference = column[a]! - column[b]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
