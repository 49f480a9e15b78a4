/** Putting the actions of each user in order: by time, then item, then type. */
import { permuted } from '../columns/counting-sort.ts';
import { sortRange, sortRows } from '../columns/sort-range.ts';
import type { ActionColumn } from './action-runs.ts';
import type { GroupedRuns } from './runs.ts';

/** Actions by user, users in layout order (`buckets.ts`). *U users, N actions, B buckets of the shuffle.* */
export interface UserActions {
  /** Distinct, by (bucket, id). (U) */
  readonly users: Float64Array;
  /** User `u` has the actions `offsets[u]` up to, not including, `offsets[u + 1]`: by time, then item, then type. (U + 1) */
  readonly offsets: Uint32Array;
  /** The first user of each bucket; a bucket that was not read has none. (B + 1) */
  readonly bucketOffsets: Uint32Array;
  /** One entry an action (N), as in `times` and `types`; a column that was not collected has none. */
  readonly items: Float64Array;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly times: Float64Array;
  readonly types: Float64Array;
}

/** Orders the columns in place. */
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

/** Orders rows `start` up to, not including, `end` of all columns by the first one, then the second … */
function orderGroup(columns: readonly Float64Array[], start: number, end: number): void {
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

/** The rows in order, by their numbers. */
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
