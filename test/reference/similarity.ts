/**
 * Item similarity the slow way: sets, a map of pair counts, and every item's partners sorted. The job is compared with it.
 *
 * The definition is that of `functions/similar-items/README.md`: DIMSUM (Zadeh and Carlsson, 2013) as in Spark's
 * `RowMatrix.columnSimilarities`, after Seldon's `SimilarItems`. The hashes that draw and the last bit of γ are part of
 * the definition and have tests of their own, so the functions of the job and its kernel are used for these: also the number that
 * stands for a session in a draw. All else is computed here. With sessions, each session is a user of its own.
 */
import { keptActions } from '../../functions/similar-items/core-sample.ts';
import { sessionId } from '../../functions/similar-items/core-sessions.ts';
import {
  ALWAYS,
  firstDraw,
  firstTerm,
  gammaOf,
  secondDraw,
  secondTerm,
  userTerm,
} from '../../shared/kernels/similarity-sampling.ts';
import type { ReadAction } from '../../shared/shuffle/user-actions.ts';
import { withoutBusyUsers } from './excluded-users.ts';
import { cutPlainly } from './visits.ts';

export interface SimilarityOptions {
  readonly seed: number;
  readonly itemType: number;
  readonly sample: number;
  readonly minUsersPerItem: number;
  readonly maxUsersPerItem: number;
  readonly minItemsPerUser: number;
  readonly dimsumThreshold: number;
  readonly limit: number;
  readonly unit: 'user' | 'session';
  readonly maxIntraSessionGapSecs: number;
  readonly excludeUsersAbove?: number;
}

export const DEFAULTS: SimilarityOptions = {
  seed: 1,
  itemType: -1,
  sample: 1,
  minUsersPerItem: 0,
  maxUsersPerItem: 2_000_000,
  minItemsPerUser: 0,
  dimsumThreshold: 0.1,
  limit: 100,
  unit: 'user',
  maxIntraSessionGapSecs: 1800,
};

export interface Similarity {
  readonly item1: number;
  readonly item2: number;
  readonly sim: number;
}

const ascending = (a: number, b: number): number => a - b;

/** Returns the similarities that are kept, in output order: by item1, then the most similar first, then by item2. */
export function similarities(actions: Iterable<ReadAction>, options: SimilarityOptions): Similarity[] {
  const { rows, popularity } = filtered(actions, options);
  const estimates = estimate(rows, popularity, options);
  const partners = new Map<number, { partner: number; sim: number }[]>();
  for (const { item1, item2, sim } of estimates) {
    for (const [item, partner] of [[item1, item2] as const, [item2, item1] as const]) {
      const known = partners.get(item) ?? [];
      known.push({ partner, sim });
      partners.set(item, known);
    }
  }
  // A pair is kept when it is among the `limit` best of either of its items.
  const kept = new Set<string>();
  for (const [item, all] of partners) {
    all.sort((a, b) => b.sim - a.sim || a.partner - b.partner);
    for (const { partner } of all.slice(0, options.limit)) kept.add([item, partner].sort(ascending).join(' '));
  }
  return estimates
    .filter(({ item1, item2 }) => kept.has(`${item1} ${item2}`))
    .sort((a, b) => a.item1 - b.item1 || b.sim - a.sim || a.item2 - b.item2);
}

/** Returns the text of the output files: a line of JSON for each similarity. */
export const linesOf = (found: readonly Similarity[]): string =>
  found.map((similarity) => `${JSON.stringify(similarity)}\n`).join('');

/** Returns user → items after all filters, and item → its number of users before the filters of items and users. */
function filtered(actions: Iterable<ReadAction>, options: SimilarityOptions) {
  const keep = keptActions(options) ?? (() => true);
  const kept = withoutBusyUsers(actions, options.excludeUsersAbove).filter(keep);
  const itemsOf = new Map<number, Set<number>>();
  for (const action of options.unit === 'session' ? inSessions(kept, options) : kept) {
    itemsOf.set(action.user, (itemsOf.get(action.user) ?? new Set()).add(action.item));
  }
  const popularity = countUsers(itemsOf);
  const isKept = (item: number): boolean => {
    const users = popularity.get(item)!;
    return users >= options.minUsersPerItem && users <= options.maxUsersPerItem;
  };
  const rows = new Map<number, Set<number>>();
  for (const [user, items] of itemsOf) {
    const left = new Set([...items].filter(isKept));
    if (left.size >= Math.max(1, options.minItemsPerUser)) rows.set(user, left);
  }
  return { rows, popularity };
}

/** Returns the actions with the number of the session in place of the user. */
function inSessions(actions: readonly ReadAction[], options: SimilarityOptions): ReadAction[] {
  return [...Map.groupBy(actions, ({ user }) => user)].flatMap(([user, own]) =>
    cutPlainly(
      own.sort((a, b) => a.timeMs - b.timeMs),
      options,
    ).flatMap((session) => {
      const id = sessionId(user, session[0]!.timeMs);
      return session.map((action) => ({ ...action, user: id }));
    }),
  );
}

function countUsers(itemsOf: ReadonlyMap<number, ReadonlySet<number>>): Map<number, number> {
  const users = new Map<number, number>();
  for (const items of itemsOf.values()) for (const item of items) users.set(item, (users.get(item) ?? 0) + 1);
  return users;
}

/**
 * Returns all pairs whose estimate is above zero. Of a pair the more popular item is drawn first (on a tie, the smaller
 * id), once for all its pairs in a user's row; the other item is drawn anew for each pair.
 */
function estimate(
  rows: ReadonlyMap<number, ReadonlySet<number>>,
  popularity: ReadonlyMap<number, number>,
  { seed, dimsumThreshold }: SimilarityOptions,
): Similarity[] {
  const users = countUsers(rows);
  const usersOf = (item: number): number => users.get(item)!;
  const gamma = gammaOf(users.size, dimsumThreshold);
  const chance = (item: number): number => ALWAYS * Math.min(1, Math.sqrt(gamma / usersOf(item)));
  const rank = (a: number, b: number): number => popularity.get(b)! - popularity.get(a)! || a - b;
  /** Smaller id → larger id → count. */
  const counts = new Map<number, Map<number, number>>();
  for (const [user, items] of rows) {
    const row = [...items].sort(rank);
    for (const [index, first] of row.entries()) {
      const term = (userTerm(seed, user) + firstTerm(first)) | 0;
      if (firstDraw(term) >= chance(first)) continue;
      for (const second of row.slice(index + 1)) {
        if (secondDraw(term + secondTerm(second)) >= chance(second)) continue;
        const [low, high] = [Math.min(first, second), Math.max(first, second)];
        const partners = counts.get(low) ?? new Map<number, number>();
        counts.set(low, partners.set(high, (partners.get(high) ?? 0) + 1));
      }
    }
  }
  return [...counts].flatMap(([item1, partners]) =>
    [...partners].map(([item2, count]) => {
      const weight = Math.min(gamma, usersOf(item1)) * Math.min(gamma, usersOf(item2));
      return { item1, item2, sim: count / Math.sqrt(weight) };
    }),
  );
}
