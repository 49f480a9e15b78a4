import { describe, expect, test } from 'vitest';
import { addToTotals, countFeatures, numberItems } from '../../../shared/affinity/feature-counts.ts';

const [ACTION, COMEDY] = [0, 1];

/** Counts the features of the docstring's example, whose items are 10, 20 and 30. */
function counted(minActions: number) {
  // User 7 has items 20, 10 and 20, user 3 has items 30, 30 and 10, and user 5 has item 30.
  const { index, numbers } = numberItems(Float64Array.of(20, 10, 20, 30, 30, 10, 30));
  const featuresOf = new Map([
    [10, [COMEDY]],
    [20, [ACTION, COMEDY]],
    [30, []],
  ]);
  const features: number[] = [];
  const starts = new Uint32Array(index.size);
  const ends = new Uint32Array(index.size);
  for (const [number, item] of index.ids.entries()) {
    starts[number] = features.length;
    features.push(...featuresOf.get(item)!);
    ends[number] = features.length;
  }
  const owners = { users: Float64Array.of(7, 3, 5), starts: Uint32Array.of(0, 3, 6, 7) };
  return countFeatures(owners, numbers, { starts, ends, features: Uint32Array.from(features) }, 2, minActions);
}

const plain = ({ users, starts, tagged, features, counts }: ReturnType<typeof counted>) =>
  [...users].map((user, place) => ({
    user,
    tagged: tagged[place],
    met: [...features.subarray(starts[place], starts[place + 1])].map((feature, at) => [
      feature,
      counts[starts[place]! + at],
    ]),
  }));

// Counted by hand.
const SEVEN = {
  user: 7,
  tagged: 3,
  met: [
    [ACTION, 2],
    [COMEDY, 3],
  ],
};
const THREE = { user: 3, tagged: 1, met: [[COMEDY, 1]] };

describe('counts of features', () => {
  test('Every user who met a feature is counted, in ascending order', () => {
    expect(plain(counted(0))).toEqual([THREE, SEVEN]);
  });

  test('Only users with enough actions are counted, however few of these are tagged', () => {
    expect(plain(counted(3))).toEqual([THREE, SEVEN]);
    expect(plain(counted(4))).toEqual([]);
  });
});

test('Totals are added shard by shard', () => {
  const none = { counts: new Float64Array(2), contributions: 0, tagged: 0 };
  const once = addToTotals(none, counted(0));
  expect(once).toEqual({ counts: Float64Array.of(2, 4), contributions: 6, tagged: 4 });
  expect(addToTotals(once, counted(3))).toEqual({
    counts: Float64Array.of(4, 8),
    contributions: 12,
    tagged: 8,
  });
});
