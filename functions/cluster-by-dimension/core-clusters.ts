/**
 * Who belongs to which dimension: users whose share of it is above everybody's by more than `delta`.
 *
 * A user's share of a dimension is its contributions to the user over all contributions to the user; the global share is
 * the same over all users. Example, `delta` 0.1:
 *
 *              sport   finance        shares: user 7  0.75  0.25
 *   user 7       3        1                   user 9  0.25  0.75
 *   user 9       1        3                   all     0.5   0.5       7 belongs to sport, 9 to finance
 */
import type { Totals, UserFeatureCounts } from '../../shared/affinity/feature-counts.ts';
import type { Selection } from '../../shared/affinity/selection.ts';
import type { Affinity, SelectCounts } from '../../shared/affinity/steps.ts';
import type { ClusterSettings } from './settings.ts';

export const clusters: Affinity<ClusterSettings, number> = {
  minActions: ({ minActionsPerUser }) => minActionsPerUser,
  select: selectDimensions,
  minUsers: ({ minClusterSize }) => minClusterSize,
  line: (user, dimension, weight) => `{"user":${user},"dim":${dimension},"weight":${weight}}`,
};

function selectDimensions(
  { users, starts, features, counts }: UserFeatureCounts,
  totals: Totals,
  { delta }: ClusterSettings,
  selection: Selection,
): SelectCounts {
  const found: number[] = [];
  for (let user = 0; user < users.length; user++) {
    const [start, end] = [starts[user]!, starts[user + 1]!];
    let contributions = 0;
    for (let entry = start; entry < end; entry++) contributions += counts[entry]!;
    found.length = 0;
    for (let entry = start; entry < end; entry++) {
      const globalShare = totals.counts[features[entry]!]! / totals.contributions;
      if (counts[entry]! / contributions > globalShare + delta) found.push(entry);
    }
    if (found.length > 1) found.sort((a, b) => features[a]! - features[b]!);
    for (const entry of found) {
      selection.add(users[user]!, features[entry]!, counts[entry]! / contributions);
    }
  }
  return {};
}
