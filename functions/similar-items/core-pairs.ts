/** Distinct (user, item) pairs, with the items of a shard of users listed once. */
import { IdIndex } from '../../shared/columns/id-index.ts';
import { placesOf } from '../../shared/shuffle/join-runs.ts';

/** Items and how many users have each. (D) */
export interface ItemCounts {
  /** Ascending. */
  readonly ids: Float64Array;
  readonly users: Uint32Array;
}

/** U users, P pairs, D distinct items. */
export interface Pairs extends ItemCounts {
  /** Ids (U). */
  readonly rows: Float64Array;
  /** User `u` has the pairs `offsets[u]` up to, not including, `offsets[u + 1]`. (U + 1) */
  readonly offsets: Uint32Array;
  /** Place of each pair's item in `ids`, ascending within a user. (P) */
  readonly items: Uint32Array;
}

/** @param items by user, ascending: equal ones stand together */
export function distinctPairs(rows: Float64Array, offsets: Uint32Array, items: Float64Array): Pairs {
  const index = new IdIndex();
  const places = new Uint32Array(items.length);
  const ends = new Uint32Array(rows.length + 1);
  let pairs = 0;
  for (let user = 0; user < rows.length; user++) {
    let last = Number.NaN;
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) {
      const item = items[at]!;
      if (item === last) continue;
      last = item;
      places[pairs++] = index.add(item);
    }
    ends[user + 1] = pairs;
  }
  const ids = Float64Array.from(index.ids).sort();
  const placeOf = placesOf(index, ids);
  const distinct = places.subarray(0, pairs);
  const users = new Uint32Array(ids.length);
  for (let pair = 0; pair < pairs; pair++) {
    const place = placeOf[distinct[pair]!]!;
    distinct[pair] = place;
    users[place]!++;
  }
  return { rows, offsets: ends, items: distinct, ids, users };
}
