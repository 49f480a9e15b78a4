/** Compares lists with what the users chose on the test days. *U users, N the length of a list.* */
import { inUnits, measuresOf } from '../../shared/evaluation/measures.ts';
import type { RankedItems } from '../../shared/evaluation/scorer.ts';
import type { UserResults } from '../../shared/evaluation/user-results.ts';
import type { TestUsers } from './steps-choose.ts';

/** Counts over lists, as in `ScorerFacts`. */
export interface ListCounts {
  readonly entries: number;
  readonly popularityRanks: number;
  /** Indexes of the distinct items in the lists, ascending. */
  readonly listed: Uint32Array;
}

export function resultsOf(
  { users, testStarts, tests }: TestUsers,
  { items, counts }: RankedItems,
  cutoff: number,
): UserResults {
  const results = {
    users,
    served: new Uint8Array(users.length),
    recall: new Float64Array(users.length),
    ndcg: new Float64Array(users.length),
    mrr: new Float64Array(users.length),
    hitRate: new Float64Array(users.length),
  };
  for (let user = 0; user < users.length; user++) {
    const wanted = new Set(tests.subarray(testStarts[user], testStarts[user + 1]));
    const ranks: number[] = [];
    for (let place = 0; place < counts[user]!; place++) {
      if (wanted.has(items[user * cutoff + place]!)) ranks.push(place + 1);
    }
    const { recall, ndcg, mrr, hitRate } = measuresOf(ranks, wanted.size, cutoff);
    results.served[user] = counts[user]! > 0 ? 1 : 0;
    results.recall[user] = inUnits(recall);
    results.ndcg[user] = inUnits(ndcg);
    results.mrr[user] = inUnits(mrr);
    results.hitRate[user] = inUnits(hitRate);
  }
  return results;
}

/** @param byPopularity see `Catalogue` */
export function countLists({ items, counts }: RankedItems, cutoff: number, byPopularity: Uint32Array): ListCounts {
  const rankOf = new Uint32Array(byPopularity.length);
  for (const [rank, item] of byPopularity.entries()) rankOf[item] = rank;
  const isListed = new Uint8Array(byPopularity.length);
  let [entries, popularityRanks] = [0, 0];
  for (const [user, count] of counts.entries()) {
    for (let place = 0; place < count; place++) {
      const item = items[user * cutoff + place]!;
      isListed[item] = 1;
      popularityRanks += rankOf[item]!;
      entries++;
    }
  }
  const listed = Uint32Array.from(isListed.keys()).filter((item) => isListed[item] === 1);
  return { entries, popularityRanks, listed };
}
