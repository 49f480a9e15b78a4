/**
 * Which tags a user is drawn to: those met more often than users meet them on the whole.
 *
 * Over the actions whose item has tags, a tag's share is the number of those whose item bears it over all of them; for a
 * user, over the user's own. The increase is (user's share − global share) / global share. The global share is taken over
 * all users with `minActionsPerUser` actions of any item, those that are not written included. Example:
 *
 *            tagged actions   drama              share   increase
 *   all           100          25                0.25
 *   user 7         10           5                0.5        1        drama twice as often as on the whole
 */
import type { Totals, UserFeatureCounts } from '../../shared/affinity/feature-counts.ts';
import type { Selection } from '../../shared/affinity/selection.ts';
import type { Affinity, SelectCounts } from '../../shared/affinity/steps.ts';
import type { AffinitySettings } from './settings.ts';

export const tagAffinities: Affinity<AffinitySettings, string> = {
  minActions: ({ minActionsPerUser }) => minActionsPerUser,
  select: selectTags,
  minUsers: () => 0,
  line: (user, tag, weight) => `{"user":${user},"tag":${JSON.stringify(tag)},"weight":${weight}}`,
};

interface TagIncrease {
  readonly tag: number;
  readonly increase: number;
}

function selectTags(
  { users, starts, tagged, features, counts }: UserFeatureCounts,
  totals: Totals,
  { minActionsPerUser, minTagCount, minPcIncrease, maxAllowedTags }: AffinitySettings,
  selection: Selection,
  written: Uint8Array | undefined,
): SelectCounts {
  let usersWithFewTaggedActions = 0;
  let usersWithManyTags = 0;
  for (let user = 0; user < users.length; user++) {
    if (tagged[user]! < minActionsPerUser) {
      usersWithFewTaggedActions++;
      continue;
    }
    const found: TagIncrease[] = [];
    for (let entry = starts[user]!; entry < starts[user + 1]!; entry++) {
      const tag = features[entry]!;
      const count = counts[entry]!;
      if (count <= minTagCount || written?.[tag] === 0) continue;
      const share = count / tagged[user]!;
      const globalShare = totals.counts[tag]! / totals.tagged;
      const increase = (share - globalShare) / globalShare;
      if (increase > minPcIncrease) found.push({ tag, increase });
    }
    // As in the original: who is drawn to so many tags has no distinct taste.
    if (found.length > maxAllowedTags) {
      usersWithManyTags++;
      continue;
    }
    // Tags are numbered in their order.
    found.sort((a, b) => b.increase - a.increase || a.tag - b.tag);
    for (const { tag, increase } of found) selection.add(users[user]!, tag, increase);
  }
  return { usersWithFewTaggedActions, usersWithManyTags };
}
