/**
 * A user belongs to a dimension if the user's share of it is greater than the global share by more than `delta`.
 *
 * A user's share of a dimension is the number of the dimension's contributions to the user, divided by the number of all
 * contributions to the user. The global share is the same quotient over all users. In this example `delta` is 0.1:
 *
 *              sport   finance        shares: user 7  0.75  0.25
 *   user 7       3        1                   user 9  0.25  0.75
 *   user 9       1        3                   all     0.5   0.5       7 belongs to sport, 9 to finance
 */
import type { Totals, UserFeatureCounts } from '../../shared/affinity/feature-counts.ts';
import type { Selection } from '../../shared/affinity/selection.ts';
import type { Affinity, SelectCounts } from '../../shared/affinity/steps.ts';
import type { ClusterRule } from './settings.ts';

export const clusters: Affinity<ClusterRule, number> = {
  minActions: ({ minActionsPerUser }) => minActionsPerUser,
  select: selectDimensions,
  minUsers: ({ minClusterSize }) => minClusterSize,
  line: (user, dimension, weight) => `{"user":${user},"dim":${dimension},"weight":${weight}}`,
};

function selectDimensions(
  { users, starts, features, counts }: UserFeatureCounts,
  totals: Totals,
  { delta }: ClusterRule,
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
