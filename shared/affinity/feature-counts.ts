/**
 * How often each user met each feature: an action counts once for every feature of its item.
 *
 *   user 7: items 20, 10, 20      item 10: [comedy]   item 20: [action, comedy]   item 30: none
 *                                 action 2, comedy 3; 3 tagged actions, 5 contributions
 */

import type { FeaturesByNumber } from '../catalogue/snapshot.ts';
import { ascending } from '../columns/counting-sort.ts';
import { Growable } from '../columns/growable.ts';
import { IdIndex } from '../columns/id-index.ts';
import type { NarrowColumn } from '../columns/narrow.ts';

/** *U users, N entries.* Only of users who count and met a feature at all. */
export interface UserFeatureCounts {
  /** Ascending. (U) */
  readonly users: Float64Array;
  /** User `u` has the entries `starts[u]` up to, not including, `starts[u + 1]`. (U + 1) */
  readonly starts: Uint32Array;
  /** Actions on items that have a feature. (U) */
  readonly tagged: NarrowColumn;
  /** Each user's in order of first sight. (N) */
  readonly features: NarrowColumn;
  /** (N) */
  readonly counts: NarrowColumn;
}

/** Whose actions are whose: user `u` has actions `starts[u]` up to, not including, `starts[u + 1]`. */
export interface ActionOwners {
  /** Distinct, in any order. (U) */
  readonly users: Float64Array;
  /** (U + 1) */
  readonly starts: Uint32Array;
}

/** Numbers the items of actions, for `readFeaturesOf`: the item of action `a` has number `numbers[a]`. */
export function numberItems(items: Float64Array): { index: IdIndex; numbers: Uint32Array } {
  const index = new IdIndex();
  const numbers = new Uint32Array(items.length);
  for (let action = 0; action < items.length; action++) numbers[action] = index.add(items[action]!);
  return { index, numbers };
}

/**
 * @param numbers the item of each action, by number
 * @param featureCount how many features there are
 * @param minActions users with fewer actions, of any item, do not count
 */
export function countFeatures(
  { users, starts }: ActionOwners,
  numbers: Uint32Array,
  catalogue: FeaturesByNumber,
  featureCount: number,
  minActions: number,
): UserFeatureCounts {
  const found = new CountsWriter(catalogue, featureCount, numbers.length);
  for (const user of ascending(users)) {
    const [start, end] = [starts[user]!, starts[user + 1]!];
    if (end - start >= minActions) found.add(users[user]!, numbers, start, end);
  }
  return found.finish();
}

class CountsWriter {
  readonly #catalogue: FeaturesByNumber;
  /** Of the user at hand, by feature; all zero in between. */
  readonly #met: Uint32Array;
  /** The features of the user at hand, as many as were met. */
  readonly #own: Uint32Array;
  readonly #users = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #tagged = new Growable(Uint32Array);
  readonly #features: Growable<Uint32Array<ArrayBuffer>>;
  readonly #counts: Growable<Uint32Array<ArrayBuffer>>;

  /** @param capacity for how many entries there is room from the start */
  constructor(catalogue: FeaturesByNumber, featureCount: number, capacity: number) {
    this.#features = new Growable(Uint32Array, capacity);
    this.#counts = new Growable(Uint32Array, capacity);
    this.#catalogue = catalogue;
    this.#met = new Uint32Array(featureCount);
    this.#own = new Uint32Array(featureCount);
    this.#starts.push(0);
  }

  /** Counts the actions `numbers[start, end)`; leaves the user out who has no tagged one. */
  add(user: number, numbers: Uint32Array, start: number, end: number): void {
    const { starts, ends, features } = this.#catalogue;
    const [met, own] = [this.#met, this.#own];
    let count = 0;
    let tagged = 0;
    for (let action = start; action < end; action++) {
      const item = numbers[action]!;
      const [from, to] = [starts[item]!, ends[item]!];
      if (from === to) continue;
      tagged++;
      for (let at = from; at < to; at++) {
        const feature = features[at]!;
        if (met[feature]!++ === 0) own[count++] = feature;
      }
    }
    if (tagged === 0) return;
    for (let at = 0; at < count; at++) {
      const feature = own[at]!;
      this.#features.push(feature);
      this.#counts.push(met[feature]!);
      met[feature] = 0;
    }
    this.#users.push(user);
    this.#tagged.push(tagged);
    this.#starts.push(this.#features.length);
  }

  finish(): UserFeatureCounts {
    return {
      users: this.#users.view(),
      starts: this.#starts.view(),
      tagged: this.#tagged.view(),
      features: this.#features.view(),
      counts: this.#counts.view(),
    };
  }
}

/** What all users together came to: the denominators and numerators of global shares. Exact: integers below 2^53. */
export interface Totals {
  /** How often each feature was met. (F) */
  readonly counts: Float64Array;
  /** The sum of `counts`. */
  readonly contributions: number;
  /** Actions on items that have a feature. */
  readonly tagged: number;
}

/** Adds a shard's counts to the totals. @returns the totals with them */
export function addToTotals(totals: Totals, { features, counts, tagged }: UserFeatureCounts): Totals {
  let [contributions, actions] = [0, 0];
  for (let entry = 0; entry < features.length; entry++) {
    const count = counts[entry]!;
    totals.counts[features[entry]!]! += count;
    contributions += count;
  }
  for (let user = 0; user < tagged.length; user++) actions += tagged[user]!;
  return {
    counts: totals.counts,
    contributions: totals.contributions + contributions,
    tagged: totals.tagged + actions,
  };
}
