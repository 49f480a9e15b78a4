/**
 * Ranks and groups split the search for item sets (PFP: Li, Wang, Zhang, Zhang and Chang, *Parallel FP-Growth for Query
 * Recommendation*, 2008).
 *
 * Frequent items are ranked by the number of baskets that hold them. A *group* is a range of ranks. It finds the sets whose
 * largest rank is in this range. For that it needs only the part of each basket up to the basket's largest rank of the group:
 *
 *   groups {0 1 2} {3 4 5}, basket 0 2 3 5      to the first group 0 2, to the second 0 2 3 5
 *
 * Each group can therefore be mined alone. The paper deals items to groups in turn, one by one. Here a group is a range, so
 * that the pairs which it counts are one piece of a triangle.
 */
import { IdIndex } from '../../shared/columns/id-index.ts';
import { cutBuckets } from '../../shared/shuffle/buckets.ts';

/** *R frequent items.* */
export interface Ranks {
  /** Rank → id. Counts descend, and ids of equal count ascend. (R) */
  readonly ids: Float64Array;
  /** Rank → number of baskets that hold the item. (R) */
  readonly counts: Uint32Array;
}

export function rankItems(items: Float64Array, counts: Uint32Array): Ranks {
  const order = Uint32Array.from(items.keys()).sort((a, b) => counts[b]! - counts[a]! || items[a]! - items[b]!);
  return {
    ids: Float64Array.from(order, (place) => items[place]!),
    counts: Uint32Array.from(order, (place) => counts[place]!),
  };
}

/** Returns the rank of each item, or -1 for an item without a rank. */
export function ranksOf(items: Float64Array, { ids }: Pick<Ranks, 'ids'>): Int32Array {
  const index = new IdIndex();
  for (const id of ids) index.add(id);
  return Int32Array.from(items, (id) => index.get(id));
}

/** The number of ranks that one group is expected to read: seconds of work. */
const GROUP_CELLS = 1 << 22;
const MAX_GROUPS = 1 << 12;

/**
 * Returns the first rank of each group, and at the end the number of ranks: `starts` (groups + 1). The sets that are found do
 * not depend on the groups, but each further group reads parts of baskets again.
 *
 * The groups have about equal work, estimated from the counts: a basket with an item is expected to have as many smaller ranks
 * as an average basket has.
 *
 * @param counts rank → number of baskets that hold the item
 * @param baskets the number of all baskets
 * @param least the least number of groups: the number of shards that are asked for, because a shard has one group or more
 */
export function groupStarts(counts: Uint32Array, baskets: number, least = 1): Uint32Array<ArrayBuffer> {
  let before = 0;
  const cells = Float64Array.from(counts, (count) => {
    const expected = count * (1 + before / baskets);
    before += count;
    return expected;
  });
  const total = cells.reduce((sum, expected) => sum + expected, 0);
  const groups = cutBuckets(cells, Math.min(MAX_GROUPS, Math.max(least, Math.ceil(total / GROUP_CELLS))));
  return Uint32Array.from([0, ...groups.map(({ to }) => to)]);
}

/** Rank → group. (R) */
export function groupsOfRanks(starts: Uint32Array): Uint32Array {
  const groupOf = new Uint32Array(starts.at(-1)!);
  for (let group = 0; group + 1 < starts.length; group++) groupOf.fill(group, starts[group], starts[group + 1]);
  return groupOf;
}
