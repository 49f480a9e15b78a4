/**
 * User clusters and tag affinity the slow way: every count is taken over a list in memory.
 *
 * The definitions are those of `functions/cluster-by-dimension/README.md` and `functions/tagaffinity/README.md`, after
 * Seldon's `io.seldon.spark.cluster.ClusterUsersByDimension` and `io.seldon.spark.tags.UserTagAffinity`.
 */
import type { PlainAction } from './visits.ts';

/** Item → its dimensions or its tags. */
export type PlainFeatures<Feature> = ReadonlyMap<number, ReadonlySet<Feature>>;

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
  /** The tags that may be written; undefined allows all tags. */
  readonly filter?: ReadonlySet<string> | undefined;
}

/** Returns the text of the file of clusters. Users whose actions are too few count nowhere. */
export function clustersPlainly(
  actions: readonly PlainAction[],
  dimensions: PlainFeatures<number>,
  { minActionsPerUser, delta, minClusterSize }: PlainClusterSettings,
): string {
  const users = [...usersOf(actions)].filter(([, userActions]) => userActions.length >= minActionsPerUser);
  // Every action contributes each dimension of its item.
  const contributionsOf = (userActions: readonly PlainAction[]) =>
    userActions.flatMap(({ item }) => [...(dimensions.get(item) ?? [])]);
  const all = contributionsOf(users.flatMap(([, userActions]) => userActions));
  const globalCounts = countsOf(all);
  const members = users.flatMap(([user, userActions]) => {
    const contributions = contributionsOf(userActions);
    return [...countsOf(contributions)]
      .map(([dim, count]) => ({ user, dim, share: count / contributions.length }))
      .filter(({ dim, share }) => share > globalCounts.get(dim)! / all.length + delta);
  });
  const sizes = countsOf(members.map(({ dim }) => dim));
  return members
    .filter(({ dim }) => sizes.get(dim)! >= minClusterSize)
    .sort((a, b) => a.user - b.user || a.dim - b.dim)
    .map(({ user, dim, share }) => `{"user":${user},"dim":${dim},"weight":${share}}\n`)
    .join('');
}

/** Returns the text of the file of tags. */
export function tagsPlainly(
  actions: readonly PlainAction[],
  tags: PlainFeatures<string>,
  { minActionsPerUser, minTagCount, minPcIncrease, maxAllowedTags, filter }: PlainTagSettings,
): string {
  // A user with `minActionsPerUser` actions, on any items, counts in the global shares. The user is written only with as
  // many actions on items that have tags.
  const taggedOf = (userActions: readonly PlainAction[]) =>
    userActions.filter(({ item }) => (tags.get(item)?.size ?? 0) > 0);
  const users = [...usersOf(actions)]
    .filter(([, userActions]) => userActions.length >= minActionsPerUser)
    .map(([user, userActions]) => ({ user, tagged: taggedOf(userActions) }));
  const all = users.flatMap(({ tagged }) => tagged);
  const tagCountsOf = (tagged: readonly PlainAction[]) => countsOf(tagged.flatMap(({ item }) => [...tags.get(item)!]));
  const globalCounts = tagCountsOf(all);
  return users
    .filter(({ tagged }) => tagged.length >= minActionsPerUser)
    .sort((a, b) => a.user - b.user)
    .flatMap(({ user, tagged }) => {
      const chosen = [...tagCountsOf(tagged)]
        .filter(([tag, count]) => count > minTagCount && (filter === undefined || filter.has(tag)))
        .map(([tag, count]) => {
          const globalShare = globalCounts.get(tag)! / all.length;
          return { tag, increase: (count / tagged.length - globalShare) / globalShare };
        })
        .filter(({ increase }) => increase > minPcIncrease)
        .sort((a, b) => b.increase - a.increase || (a.tag < b.tag ? -1 : 1));
      if (chosen.length > maxAllowedTags) return [];
      return chosen.map(({ tag, increase }) => `${JSON.stringify({ user, tag, weight: increase })}\n`);
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

function countsOf<Value>(values: readonly Value[]): Map<Value, number> {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
