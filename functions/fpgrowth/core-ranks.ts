/**
 * Ranks and groups: how the search for item sets is split (PFP: Li, Wang, Zhang, Zhang and Chang, *Parallel FP-Growth for
 * Query Recommendation*, 2008).
 *
 * Frequent items are ranked by how many baskets hold them. A *group* is a range of ranks; its sets are those whose largest
 * rank lies in it. To find them it needs of each basket only the part up to the basket's largest rank of the group:
 *
 *   groups {0 1 2} {3 4 5}, basket 0 2 3 5      to the first group 0 2, to the second 0 2 3 5
 *
 * So groups are mined without knowing of one another. (The paper deals items out to groups one by one; a range keeps what a
 * group must count pairs of in one piece of a triangle.)
 */
import { IdIndex } from '../../shared/columns/id-index.ts';
import { cutBuckets } from '../../shared/shuffle/buckets.ts';

/** *R frequent items.* */
export interface Ranks {
  /** Rank → id: by count descending, then id ascending. (R) */
  readonly ids: Float64Array;
  /** Rank → baskets that hold the item. (R) */
  readonly counts: Uint32Array;
}

export function rankItems(items: Float64Array, counts: Uint32Array): Ranks {
  const order = Uint32Array.from(items.keys()).sort((a, b) => counts[b]! - counts[a]! || items[a]! - items[b]!);
  return {
    ids: Float64Array.from(order, (place) => items[place]!),
    counts: Uint32Array.from(order, (place) => counts[place]!),
  };
}

/** For each of `items` its rank, or -1. */
export function ranksOf(items: Float64Array, { ids }: Pick<Ranks, 'ids'>): Int32Array {
  const index = new IdIndex();
  for (const id of ids) index.add(id);
  return Int32Array.from(items, (id) => index.get(id));
}

/** Ranks that one group is expected to read: seconds of work. */
const GROUP_CELLS = 1 << 22;
const MAX_GROUPS = 1 << 12;

/**
 * Where each group's ranks begin, and the last one's end: `starts` (groups + 1). Groups are cut to about equal work, as far as
 * counts tell: an item is with as many smaller ranks as an average basket holds. Every group more has parts of baskets of its
 * own to read, and what the sets are does not depend on groups.
 * @param baskets all of them @param least groups, because so many shards are to have one
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
