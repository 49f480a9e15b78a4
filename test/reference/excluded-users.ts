/** Leaving out users with very many actions, the slow way. All jobs that read actions have the setting `excludeUsersAbove`. */

/** Returns the actions of the users with at most `most` actions of any type. Without `most` it returns all actions. */
export function withoutBusyUsers<A extends { readonly user: number }>(actions: Iterable<A>, most?: number): A[] {
  const all = [...actions];
  if (most === undefined) return all;
  return all.filter(({ user }) => all.filter((other) => other.user === user).length <= most);
}
