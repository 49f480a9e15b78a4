/** Sessions: each user's items in order of time, cut where the user was away for too long. */
import { cutVisits } from '../../shared/shuffle/cut-visits.ts';
import type { CollectOptions, UserActions } from '../../shared/shuffle/user-actions.ts';
import type { UserLines } from '../../shared/shuffle/user-lines.ts';
import { isActive, type VisitSettings } from '../../shared/shuffle/visit-settings.ts';
import type { SessionSettings } from './settings.ts';

/** Selects the actions of the allowed types. Their types are not collected, because a session consists of items alone. */
export function sessionActions({ allowedTypes }: Pick<SessionSettings, 'allowedTypes'>): CollectOptions {
  const types = new Set(allowedTypes);
  const columns = ['items', 'times'] as const;
  return types.size === 0 ? { columns } : { columns, keep: ({ type }) => types.has(type) };
}

/**
 * Adds a line for every session. In this example a gap of 1800 s is allowed:
 *
 *   time, s      0   600   2400   4201          from 600 to 2400: 1800, no cut; from 2400 to 4201: 1801, a cut
 *   item         7     3      7      9          lines `7 3 7` and `9`
 */
export function cutSessions(
  { users, offsets, times, items }: UserActions,
  settings: VisitSettings,
  lines: UserLines,
): void {
  for (let u = 0; u < users.length; u++) {
    const user = users[u]!;
    const [first, end] = [offsets[u]!, offsets[u + 1]!];
    if (!isActive(end - first, settings)) continue;
    cutVisits(times, first, end, settings, (start, stop) => lines.add(user, items, start, stop));
  }
}
