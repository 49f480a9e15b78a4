/**
 * Sessions the slow way: one user after another, one action after another.
 *
 * The definition is that of `functions/sessionitems/README.md`, after Seldon's `io.seldon.spark.topics.SessionItems`.
 */
import { byUser, cutPlainly, type PlainAction, type PlainVisitSettings } from './visits.ts';

/** Returns user → a line for each of the user's sessions. */
export function sessionsPlainly(
  actions: readonly PlainAction[],
  settings: PlainVisitSettings & { readonly allowedTypes: readonly number[] },
): Map<number, string[]> {
  const { allowedTypes } = settings;
  const allowed = actions.filter(({ type }) => allowedTypes.length === 0 || allowedTypes.includes(type));
  const sessions = new Map<number, string[]>();
  for (const [user, userActions] of byUser(allowed, settings)) {
    const inOrder = [...userActions].sort((a, b) => a.timeMs - b.timeMs || a.item - b.item);
    sessions.set(
      user,
      cutPlainly(inOrder, settings).map((visit) => visit.map(({ item }) => item).join(' ')),
    );
  }
  return sessions;
}
