/** The two baselines: every user gets the same items, without those that the user met. */
import { RankedLists } from '../../shared/evaluation/ranked-lists.ts';
import type { RankedItems, ScoredBlock } from '../../shared/evaluation/scorer.ts';

/** @param order all known items by their indexes, the best first */
export function rankByOrder(order: Uint32Array, { users, met, items, cutoff }: ScoredBlock): RankedItems {
  const lists = new RankedLists(users.length, cutoff);
  const isMet = new Uint8Array(items.length);
  for (let user = 0; user < users.length; user++) {
    const own = met.items.subarray(met.starts[user], met.starts[user + 1]);
    for (const item of own) isMet[item] = 1;
    for (let place = 0; place < order.length && lists.counts[user]! < cutoff; place++) {
      const item = order[place]!;
      // The place in the order is the score. It decides alone, because places differ.
      if (isMet[item] === 0) lists.offer(user, item, -place);
    }
    for (const item of own) isMet[item] = 0;
  }
  return lists;
}
