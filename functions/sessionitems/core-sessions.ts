/** Sessions: each user's items in order of time, cut where the user was away for too long. */
import type { CollectOptions, UserActions } from '../../shared/shuffle/user-actions.ts';
import type { UserLines } from '../../shared/shuffle/user-lines.ts';
import { isActive, maxGapMs } from '../../shared/shuffle/visit-settings.ts';
import type { SessionSettings } from './settings.ts';

/** Actions of the allowed types; their order needs no type, for a session holds nothing but items. */
export function sessionActions({ allowedTypes }: SessionSettings): CollectOptions {
  const types = new Set(allowedTypes);
  const columns = ['items', 'times'] as const;
  return types.size === 0 ? { columns } : { columns, keep: ({ type }) => types.has(type) };
}

/**
 * Adds a line for every session. Example, a gap of 1800 s allowed:
 *
 *   time, s      0   600   2400   4201          600 → 2400 is 1800, not more; 2400 → 4201 is
 *   item         7     3      7      9          lines `7 3 7` and `9`
 */
export function cutSessions(
  { users, offsets, times, items }: UserActions,
  settings: SessionSettings,
  lines: UserLines,
): void {
  const gap = maxGapMs(settings);
  for (let u = 0; u < users.length; u++) {
    const user = users[u]!;
    const [first, end] = [offsets[u]!, offsets[u + 1]!];
    if (!isActive(end - first, settings)) continue;
    let start = first;
    for (let action = first + 1; action < end; action++) {
      if (times[action]! - times[action - 1]! <= gap) continue;
      lines.add(user, items, start, action);
      start = action;
    }
    lines.add(user, items, start, end);
  }
}
