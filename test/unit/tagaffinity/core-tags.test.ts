import { expect, test } from 'vitest';
import { tagAffinities } from '../../../functions/tagaffinity/core-tags.ts';
import { Selection } from '../../../shared/affinity/selection.ts';

/** The docstring's example: of 100 tagged actions 25 are on drama (0); user 7 has 10, 5 of them on drama. And comedy (1). */
const COUNTS = {
  users: Float64Array.of(7),
  starts: Uint32Array.of(0, 2),
  tagged: Uint32Array.of(10),
  features: Uint32Array.of(0, 1),
  counts: Uint32Array.of(5, 8),
};
const TOTALS = { counts: Float64Array.of(25, 20), contributions: 45, tagged: 100 };
const SETTINGS = {
  jdbc: '',
  itemsPath: '',
  tagFilterPath: '',
  maxRejectRatio: 0,
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

test('increases, the largest first', () => {
  // Comedy: (0.8 − 0.2) / 0.2; drama: (0.5 − 0.25) / 0.25.
  expect(selected({})).toEqual([
    [1, (0.8 - 0.2) / 0.2],
    [0, 1],
  ]);
});

test('limits are strict', () => {
  expect(selected({ minTagCount: 5 }).map(([tag]) => tag)).toEqual([1]);
  expect(selected({ minPcIncrease: 1 }).map(([tag]) => tag)).toEqual([1]);
});

test('a user with too many tags is left out altogether; tags that are not to be written do not count', () => {
  expect(selected({ maxAllowedTags: 2 })).toHaveLength(2);
  expect(selected({ maxAllowedTags: 1 })).toEqual([]);
  expect(selected({ maxAllowedTags: 1 }, Uint8Array.of(1, 0))).toEqual([[0, 1]]);
});

test('a user with too few tagged actions is not written', () => {
  expect(selected({ minActionsPerUser: 10 })).toHaveLength(2);
  expect(selected({ minActionsPerUser: 11 })).toEqual([]);
});

test('users who are not written are counted by reason', () => {
  const none = { usersWithFewTaggedActions: 0, usersWithManyTags: 0 };
  expect(select({}).leftOut).toEqual(none);
  expect(select({ maxAllowedTags: 1 }).leftOut).toEqual({ ...none, usersWithManyTags: 1 });
  expect(select({ minActionsPerUser: 11 }).leftOut).toEqual({ ...none, usersWithFewTaggedActions: 1 });
});

test('the line is the serving reader’s, any tag in it', () => {
  expect(tagAffinities.line(7, 'a "b"\u2028', 0.5)).toBe('{"user":7,"tag":"a \\"b\\"\u2028","weight":0.5}');
});
