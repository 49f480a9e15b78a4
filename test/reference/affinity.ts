/** User clusters and tag affinity, after the words of the contract. */
import type { PlainAction } from './visits.ts';

/** Item → its dimensions, or its tags. */
export type PlainFeatures<L> = ReadonlyMap<number, ReadonlySet<L>>;

export interface PlainClusterSettings {
  readonly minActionsPerUser: number;
  readonly delta: number;
  readonly minClusterSize: number;
}

export interface PlainTagSettings {
  readonly minActionsPerUser: number;
  readonly minTagCount: number;
  readonly minPcIncrease: number;
  readonly maxAllowedTags: number;
  /** Undefined: all. */
  readonly filter?: ReadonlySet<string> | undefined;
}

/** The text of the clusters' file. */
export function clustersPlainly(
  actions: readonly PlainAction[],
  dimensions: PlainFeatures<number>,
  { minActionsPerUser, delta, minClusterSize }: PlainClusterSettings,
): string {
  const users = [...usersOf(actions)].filter(([, own]) => own.length >= minActionsPerUser);
  const contributionsOf = (own: readonly PlainAction[]) => own.flatMap(({ item }) => [...(dimensions.get(item) ?? [])]);
  const all = contributionsOf(users.flatMap(([, own]) => own));
  const global = countsOf(all);
  const found = users.flatMap(([user, own]) => {
    const contributions = contributionsOf(own);
    return [...countsOf(contributions)]
      .map(([dim, count]) => ({ user, dim, share: count / contributions.length }))
      .filter(({ dim, share }) => share > global.get(dim)! / all.length + delta);
  });
  const sizes = countsOf(found.map(({ dim }) => dim));
  return found
    .filter(({ dim }) => sizes.get(dim)! >= minClusterSize)
    .sort((a, b) => a.user - b.user || a.dim - b.dim)
    .map(({ user, dim, share }) => `{"user":${user},"dim":${dim},"weight":${share}}\n`)
    .join('');
}

/** The text of the tags' file. */
export function tagsPlainly(
  actions: readonly PlainAction[],
  tags: PlainFeatures<string>,
  { minActionsPerUser, minTagCount, minPcIncrease, maxAllowedTags, filter }: PlainTagSettings,
): string {
  // Users with `minActionsPerUser` actions, of any item, count in the global shares. Of these, users with fewer actions on
  // items that have tags are not written.
  const taggedOf = (own: readonly PlainAction[]) => own.filter(({ item }) => (tags.get(item)?.size ?? 0) > 0);
  const users = [...usersOf(actions)]
    .filter(([, own]) => own.length >= minActionsPerUser)
    .map(([user, own]) => ({ user, tagged: taggedOf(own) }));
  const all = users.flatMap(({ tagged }) => tagged);
  const met = (own: readonly PlainAction[]) => countsOf(own.flatMap(({ item }) => [...tags.get(item)!]));
  const global = met(all);
  return users
    .filter(({ tagged }) => tagged.length >= minActionsPerUser)
    .sort((a, b) => a.user - b.user)
    .flatMap(({ user, tagged }) => {
      const own = [...met(tagged)]
        .filter(([tag, count]) => count > minTagCount && (filter === undefined || filter.has(tag)))
        .map(([tag, count]) => {
          const globalShare = global.get(tag)! / all.length;
          return { tag, increase: (count / tagged.length - globalShare) / globalShare };
        })
        .filter(({ increase }) => increase > minPcIncrease)
        .sort((a, b) => b.increase - a.increase || (a.tag < b.tag ? -1 : 1));
      if (own.length > maxAllowedTags) return [];
      return own.map(({ tag, increase }) => `${JSON.stringify({ user, tag, weight: increase })}\n`);
    })
    .join('');
}

function usersOf(actions: readonly PlainAction[]): Map<number, PlainAction[]> {
  const users = new Map<number, PlainAction[]>();
  for (const action of actions) {
    if (!users.has(action.user)) users.set(action.user, []);
    users.get(action.user)!.push(action);
  }
  return users;
}

function countsOf<L>(values: readonly L[]): Map<L, number> {
  const counts = new Map<L, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
