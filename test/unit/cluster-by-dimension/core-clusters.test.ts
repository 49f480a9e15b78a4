import { expect, test } from 'vitest';
import { clusters } from '../../../functions/cluster-by-dimension/core-clusters.ts';
import { addToTotals } from '../../../shared/affinity/feature-counts.ts';
import { Selection } from '../../../shared/affinity/selection.ts';

/** The docstring's example: users 7 and 9, and the dimensions sport (0) and finance (1), which user 7 met first. */
const COUNTS = {
  users: Float64Array.of(7, 9),
  starts: Uint32Array.of(0, 2, 4),
  tagged: Uint32Array.of(4, 4),
  features: Uint32Array.of(1, 0, 0, 1),
  counts: Uint32Array.of(1, 3, 1, 3),
};
const TOTALS = addToTotals({ counts: new Float64Array(2), contributions: 0, tagged: 0 }, COUNTS);
const OTHERS = { minActionsPerUser: 0, minClusterSize: 0 };

function selected(delta: number): (readonly [number, number, number])[] {
  const found: (readonly [number, number, number])[] = [];
  const selection = new (class extends Selection {
    override add(user: number, feature: number, weight: number): void {
      found.push([user, feature, weight]);
    }
  })(2);
  clusters.select(COUNTS, TOTALS, { ...OTHERS, delta }, selection, undefined);
  return found;
}

test('A user belongs to a dimension with a share above the global one by more than delta', () => {
  // The shares are 0.75 and 0.25, the global one 0.5. The difference 0.25 is exact in doubles and not more than itself.
  expect(selected(0.1)).toEqual([
    [7, 0, 0.75],
    [9, 1, 0.75],
  ]);
  expect(selected(0.25)).toEqual([]);
  expect(selected(0.2499)).toHaveLength(2);
});

test("A user's dimensions ascend", () => {
  expect(selected(-0.4).map(([user, dimension]) => [user, dimension])).toEqual([
    [7, 0],
    [7, 1],
    [9, 0],
    [9, 1],
  ]);
});

test('A line has the form that the serving system reads', () => {
  expect(clusters.line(2 ** 40, 17, 1 / 3)).toBe('{"user":1099511627776,"dim":17,"weight":0.3333333333333333}');
});
