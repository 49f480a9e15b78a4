/** Putting the actions of some buckets in order: by bucket, user, time, item, type. */
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { IdIndex } from '../columns/id-index.ts';
import { layOut } from './buckets.ts';

/** One entry an action (N); a column that was not collected has none. */
export interface ActionColumns {
  readonly items: Float64Array;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly times: Float64Array;
  readonly types: Float64Array;
}

/** Actions by user. *U users, N actions, B buckets of the shuffle.* */
export interface UserActions extends ActionColumns {
  /** Distinct, by (bucket, id). (U) */
  readonly users: Float64Array;
  /** User `u` has the actions `offsets[u]` up to, not including, `offsets[u + 1]`: by time, then item, then type. (U + 1) */
  readonly offsets: Uint32Array;
  /** The first user of each bucket; a bucket that was not read has none. (B + 1) */
  readonly bucketOffsets: Uint32Array;
}

/** Longer groups are worth the set-up of the built-in sort. */
const INSERTION_LENGTH = 16;

/** @param userOf the user of each action (N), all of whose actions are there */
export function orderActions(userOf: Float64Array, columns: ActionColumns, buckets: number): UserActions {
  const index = new IdIndex();
  const rows = new Uint32Array(userOf.length);
  for (let row = 0, last = Number.NaN, number = 0; row < rows.length; row++) {
    const user = userOf[row] as number;
    if (user !== last) {
      last = user;
      number = index.add(user);
    }
    rows[row] = number;
  }
  const { ids: users, offsets: bucketOffsets } = layOut(index.ids, buckets);
  const rankOf = new Uint32Array(users.length);
  for (let rank = 0; rank < users.length; rank++) rankOf[index.get(users[rank] as number)] = rank;
  for (let row = 0; row < rows.length; row++) rows[row] = rankOf[rows[row] as number] as number;

  const offsets = offsetsOf(rows, users.length);
  const order = orderBy(rows, offsets);
  const compare = comparison(columns);
  for (let user = 0; user < users.length; user++) {
    sortGroup(order, offsets[user] as number, offsets[user + 1] as number, compare);
  }
  const ordered = (column: Float64Array) => (column.length === 0 ? column : permuted(column, order));
  const [items, times, types] = [columns.items, columns.times, columns.types].map(ordered);
  return { users, offsets, bucketOffsets, items: items!, times: times!, types: types! };
}

type Compare = (a: number, b: number) => number;

/** Of two actions of one user, by their rows. Columns that were not collected are equal everywhere: NaN decides nothing. */
function comparison({ times, items, types }: ActionColumns): Compare {
  const difference = (column: Float64Array, a: number, b: number) => (column[a] as number) - (column[b] as number);
  return (a, b) => difference(times, a, b) || difference(items, a, b) || difference(types, a, b) || 0;
}

/** Sorts `order[start, end)`; mostly it is in order already. */
function sortGroup(order: Uint32Array, start: number, end: number, compare: Compare): void {
  let sorted = start + 1;
  while (sorted < end && compare(order[sorted - 1] as number, order[sorted] as number) <= 0) sorted++;
  if (sorted >= end) return;
  if (end - start > INSERTION_LENGTH) {
    order.subarray(start, end).sort(compare);
    return;
  }
  for (let next = sorted; next < end; next++) {
    const row = order[next] as number;
    let place = next;
    for (; place > start && compare(order[place - 1] as number, row) > 0; place--) {
      order[place] = order[place - 1] as number;
    }
    order[place] = row;
  }
}
