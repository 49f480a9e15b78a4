import { expect, test } from 'vitest';
import { tagAffinities } from '../../../functions/tagaffinity/core-tags.ts';
import { Selection } from '../../../shared/affinity/selection.ts';

/**
 * The docstring's example: 25 of 100 tagged actions are on drama (0), and user 7 has 10 actions, 5 of them on drama.
 * There is also comedy (1).
 */
const COUNTS = {
  users: Float64Array.of(7),
  starts: Uint32Array.of(0, 2),
  tagged: Uint32Array.of(10),
  features: Uint32Array.of(0, 1),
  counts: Uint32Array.of(5, 8),
};
const TOTALS = { counts: Float64Array.of(25, 20), contributions: 45, tagged: 100 };
const SETTINGS = {
  minActionsPerUser: 0,
  minTagCount: 4,
  minPcIncrease: 0.2,
  maxAllowedTags: 5,
};

const selected = (settings: Partial<typeof SETTINGS>, written?: Uint8Array) => select(settings, written).found;

function select(settings: Partial<typeof SETTINGS>, written?: Uint8Array) {
  const found: (readonly [number, number])[] = [];
  const selection = new (class extends Selection {
    override add(_user: number, feature: number, weight: number): void {
      found.push([feature, weight]);
    }
  })(2);
  const leftOut = tagAffinities.select(COUNTS, TOTALS, { ...SETTINGS, ...settings }, selection, written);
  return { found, leftOut };
}

test('The largest increases come first', () => {
  // Comedy has (0.8 − 0.2) / 0.2, and drama has (0.5 − 0.25) / 0.25.
  expect(selected({})).toEqual([
    [1, (0.8 - 0.2) / 0.2],
    [0, 1],
  ]);
});

test('Limits are strict', () => {
  expect(selected({ minTagCount: 5 }).map(([tag]) => tag)).toEqual([1]);
  expect(selected({ minPcIncrease: 1 }).map(([tag]) => tag)).toEqual([1]);
});

test('A user with too many tags is left out, and tags that are not written do not count', () => {
  expect(selected({ maxAllowedTags: 2 })).toHaveLength(2);
  expect(selected({ maxAllowedTags: 1 })).toEqual([]);
  expect(selected({ maxAllowedTags: 1 }, Uint8Array.of(1, 0))).toEqual([[0, 1]]);
});

test('A user with too few tagged actions is left out', () => {
  expect(selected({ minActionsPerUser: 10 })).toHaveLength(2);
  expect(selected({ minActionsPerUser: 11 })).toEqual([]);
});

test('Users who are left out are counted by reason', () => {
  const none = { usersWithFewTaggedActions: 0, usersWithManyTags: 0 };
  expect(select({}).leftOut).toEqual(none);
  expect(select({ maxAllowedTags: 1 }).leftOut).toEqual({ ...none, usersWithManyTags: 1 });
  expect(select({ minActionsPerUser: 11 }).leftOut).toEqual({ ...none, usersWithFewTaggedActions: 1 });
});

test('A line has the form that the serving system reads, with any tag', () => {
  expect(tagAffinities.line(7, 'a "b"\u2028', 0.5)).toBe('{"user":7,"tag":"a \\"b\\"\u2028","weight":0.5}');
});
