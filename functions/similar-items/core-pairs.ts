/**
 * Distinct (user, item) pairs of a shard of users. The shard's items are listed once, and pairs refer to this list.
 *
 * When `unit` is `session`, a session stands here and in all later steps wherever they say user.
 */
import { IdIndex } from '../../shared/columns/id-index.ts';
import { placesOf } from '../../shared/shuffle/join-runs.ts';

/** Items and their numbers of users. *D distinct items.* */
export interface ItemCounts {
  /** Ascending. (D) */
  readonly itemIds: Float64Array;
  /** The number of users of each item. (D) */
  readonly userCounts: Uint32Array;
}

/** *U users, P pairs, D distinct items.* */
export interface Pairs extends ItemCounts {
  /** (U) */
  readonly userIds: Float64Array;
  /** User `u` has the pairs `offsets[u]` up to, not including, `offsets[u + 1]`. (U + 1) */
  readonly offsets: Uint32Array;
  /** The item of each pair, as an index into `itemIds`; ascending within a user. (P) */
  readonly items: Uint32Array;
}

/**
 * Removes repetitions.
 * @param userIds (U)
 * @param offsets the first action of each user, and the end of the last user's (U + 1)
 * @param items the item id of each action, ascending within a user
 */
export function distinctPairs(userIds: Float64Array, offsets: Uint32Array, items: Float64Array): Pairs {
  const index = new IdIndex();
  const places = new Uint32Array(items.length);
  const pairOffsets = new Uint32Array(userIds.length + 1);
  let pairs = 0;
  for (let user = 0; user < userIds.length; user++) {
    let last = Number.NaN;
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) {
      const item = items[at]!;
      if (item === last) continue;
      last = item;
      places[pairs++] = index.add(item);
    }
    pairOffsets[user + 1] = pairs;
  }
  const itemIds = Float64Array.from(index.ids).sort();
  const placeOf = placesOf(index, itemIds);
  const distinct = places.subarray(0, pairs);
  const userCounts = new Uint32Array(itemIds.length);
  for (let pair = 0; pair < pairs; pair++) {
    const place = placeOf[distinct[pair]!]!;
    distinct[pair] = place;
    userCounts[place]!++;
  }
  return { userIds, offsets: pairOffsets, items: distinct, itemIds, userCounts };
}
