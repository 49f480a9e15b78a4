/**
 * Counts how often each user met each feature. An action counts once for every feature of its item.
 *
 *   user 7: items 20, 10, 20      item 10: [comedy]   item 20: [action, comedy]   item 30: none
 *                                 action 2, comedy 3; 3 tagged actions, 5 contributions
 */

import type { FeaturesByNumber } from '../catalogue/snapshot.ts';
import { ascending } from '../columns/counting-sort.ts';
import { Growable } from '../columns/growable.ts';
import { IdIndex } from '../columns/id-index.ts';
import type { NarrowColumn } from '../columns/narrow.ts';

/** The counts of the users that have enough actions and met at least one feature. *U users, N entries.* */
export interface UserFeatureCounts {
  /** Ascending. (U) */
  readonly users: Float64Array;
  /** User `u` has the entries `starts[u]` (inclusive) to `starts[u + 1]` (exclusive). (U + 1) */
  readonly starts: Uint32Array;
  /** The number of actions on items that have a feature. (U) */
  readonly tagged: NarrowColumn;
  /** The features of each user, in the order in which the user met them. (N) */
  readonly features: NarrowColumn;
  /** The number of times that the user met the feature. (N) */
  readonly counts: NarrowColumn;
}

/** The users of actions: user `u` has the actions `starts[u]` (inclusive) to `starts[u + 1]` (exclusive). */
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
 * @param numbers the number of each action's item
 * @param featureCount the number of all features
 * @param minActions users with fewer actions, of any item, are left out
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
  /** Feature → how often the current user met it. All are zero between two users. */
  readonly #met: Uint32Array;
  /** The features that the current user met, in the order of the first meeting. */
  readonly #own: Uint32Array;
  readonly #users = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #tagged = new Growable(Uint32Array);
  readonly #features: Growable<Uint32Array<ArrayBuffer>>;
  readonly #counts: Growable<Uint32Array<ArrayBuffer>>;

  /** @param capacity the number of entries that fit without growing */
  constructor(catalogue: FeaturesByNumber, featureCount: number, capacity: number) {
    this.#features = new Growable(Uint32Array, capacity);
    this.#counts = new Growable(Uint32Array, capacity);
    this.#catalogue = catalogue;
    this.#met = new Uint32Array(featureCount);
    this.#own = new Uint32Array(featureCount);
    this.#starts.push(0);
  }

  /** Counts the actions `numbers[start, end)` of a user. A user without an action on an item with a feature is left out. */
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

/** The sums over all users, from which global shares follow. They are exact, because they are integers below 2^53. */
export interface Totals {
  /** The number of times that each feature was met. (F) */
  readonly counts: Float64Array;
  /** The sum of `counts`. */
  readonly contributions: number;
  /** The number of actions on items that have a feature. */
  readonly tagged: number;
}

/** Returns the totals with a shard's counts. It adds to `totals.counts` in place. */
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
