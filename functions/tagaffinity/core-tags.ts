/**
 * A user is drawn to the tags that the user meets more often than all users do together.
 *
 * A *tagged action* is an action on an item that has tags. The share of a tag is the number of tagged actions on items with
 * this tag, divided by the number of all tagged actions. It is taken over the user's actions for the user's share, and over the
 * actions of all users for the global share. All users with at least `minActionsPerUser` actions, of any item, count in the
 * global share, also those that are not written. The increase is (user's share − global share) / global share. Example:
 *
 *            tagged actions   drama              share   increase
 *   all           100          25                0.25
 *   user 7         10           5                0.5        1        user 7 meets drama twice as often as all users do
 */
import type { Totals, UserFeatureCounts } from '../../shared/affinity/feature-counts.ts';
import type { Selection } from '../../shared/affinity/selection.ts';
import type { Affinity, SelectCounts } from '../../shared/affinity/steps.ts';
import type { TagRule } from './settings.ts';

export const tagAffinities: Affinity<TagRule, string> = {
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
  { minActionsPerUser, minTagCount, minPcIncrease, maxAllowedTags }: TagRule,
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
    // The original leaves these users out too. A user who is drawn to so many tags has no distinct taste.
    if (found.length > maxAllowedTags) {
      usersWithManyTags++;
      continue;
    }
    // The numbers of tags ascend in the order of their texts.
    found.sort((a, b) => b.increase - a.increase || a.tag - b.tag);
    for (const { tag, increase } of found) selection.add(users[user]!, tag, increase);
  }
  return { usersWithFewTaggedActions, usersWithManyTags };
}
