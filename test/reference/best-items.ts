/**
 * The best items of users the obvious way: every score is computed, and all are sorted. The kernel is raced against it.
 *
 * `shared/kernels/best-items.ts` says what a score is, and has the same arguments.
 */
import { type BestLists, emptyLists, type SeenItems } from '../../shared/kernels/best-items.ts';

/** The items of a tile: see `BestItems.of`. */
export interface ItemTile {
  readonly ids: Float64Array;
  readonly factors: Float32Array;
  readonly rank: number;
  readonly first?: number;
}

export function referenceBestItems(
  { ids, factors: itemFactors, rank, first = 0 }: ItemTile,
  factors: Float32Array,
  seen: SeenItems,
  count: number,
  before?: BestLists,
): BestLists {
  const users = seen.starts.length - 1;
  const lists = emptyLists(users, count);
  for (let user = 0; user < users; user++) {
    const left = new Set(seen.items.subarray(seen.starts[user], seen.starts[user + 1]));
    const found: { readonly item: number; readonly score: number }[] = [];
    for (let place = 0; place < (before?.counts[user] ?? 0); place++) {
      found.push({ item: before!.items[user * count + place]!, score: before!.scores[user * count + place]! });
    }
    for (let item = 0; item < ids.length; item++) {
      const score = scoreOf(
        factors.subarray(user * rank, (user + 1) * rank),
        itemFactors.subarray(item * rank, (item + 1) * rank),
      );
      if (!left.has(first + item) && !Number.isNaN(score)) found.push({ item: first + item, score });
    }
    found.sort((a, b) => (a.score === b.score ? a.item - b.item : a.score < b.score ? 1 : -1));
    found.slice(0, count).forEach(({ item, score }, place) => {
      lists.items[user * count + place] = item;
      lists.scores[user * count + place] = score;
    });
    lists.counts[user] = Math.min(found.length, count);
  }
  return lists;
}

/** Returns x · y as the server adds it up: from the first dimension on, each product and each sum rounded to float32. */
export function scoreOf(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum = Math.fround(sum + Math.fround(x[k]! * y[k]!));
  return sum;
}
