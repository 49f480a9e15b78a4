/** Sessions, after the words of the contract. */
import { byUser, isTooLong, type PlainAction, type PlainVisitSettings } from './visits.ts';

/** User → a line for each of the user's sessions. */
export function sessionsPlainly(
  actions: readonly PlainAction[],
  settings: PlainVisitSettings & { readonly allowedTypes: readonly number[] },
): Map<number, string[]> {
  const { allowedTypes } = settings;
  const allowed = actions.filter(({ type }) => allowedTypes.length === 0 || allowedTypes.includes(type));
  const sessions = new Map<number, string[]>();
  for (const [user, own] of byUser(allowed, settings)) {
    const inOrder = [...own].sort((a, b) => a.timeMs - b.timeMs || a.item - b.item);
    const lines: number[][] = [];
    for (const [place, action] of inOrder.entries()) {
      const before = inOrder[place - 1];
      if (before === undefined || isTooLong(before, action, settings)) lines.push([]);
      lines.at(-1)!.push(action.item);
    }
    sessions.set(
      user,
      lines.map((items) => items.join(' ')),
    );
  }
  return sessions;
}
