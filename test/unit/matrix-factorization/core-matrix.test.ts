import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SideMatrix } from '../../../functions/matrix-factorization/core-matrix.ts';
import {
  type ActionWeighting,
  effectiveWeightings,
  scoreOf,
} from '../../../functions/matrix-factorization/core-scores.ts';
import { itemMatrixOf, scoreActions } from '../../../functions/matrix-factorization/core-sides.ts';
import type { ActionRuns } from '../../../shared/shuffle/action-runs.ts';
import { bucketOfId, isBefore } from '../../../shared/shuffle/buckets.ts';

interface Action {
  readonly user: number;
  readonly item: number;
  readonly type: number;
}

/** Returns one run for each action. */
function runsOf(actions: readonly Action[]): ActionRuns {
  const column = (field: keyof Action) => Float64Array.from(actions, (action) => action[field]);
  const starts = Uint32Array.from({ length: actions.length + 1 }, (_, run) => run);
  const columns = new Map([['items', column('item')] as const, ['types', column('type')] as const]);
  return { ids: column('user'), starts, columns };
}

/** Returns the rows of a matrix as `row id → neighbour id → score`. */
function rowsOf(matrix: SideMatrix): Map<number, Map<number, number>> {
  return new Map(
    [...matrix.ids].map((id, row) => {
      const pairs = new Map<number, number>();
      for (let at = matrix.ptr[row]!; at < matrix.ptr[row + 1]!; at++) {
        pairs.set(matrix.neighbours[matrix.idx[at]!]!, matrix.score[at]!);
      }
      return [id, pairs] as const;
    }),
  );
}

/** Scores in the obvious way: counts by (user, item, type), sums, and drops zeros and rows without a positive score. */
function referenceRows(actions: readonly Action[], weightings: readonly ActionWeighting[]) {
  const counts = new Map<string, number>();
  for (const { user, item, type } of actions) {
    const key = `${user} ${item} ${type}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const scores = new Map<number, Map<number, number>>();
  for (const { user, item } of actions) {
    let score = 0;
    weightings.forEach(({ valuePerAction, maxSum }, type) => {
      const count = counts.get(`${user} ${item} ${type}`) ?? 0;
      if (count > 0) score += Math.min(valuePerAction * count, maxSum);
    });
    const row = scores.get(user) ?? new Map<number, number>();
    if (score !== 0) row.set(item, Math.fround(score));
    scores.set(user, row);
  }
  for (const [user, row] of scores) if (![...row.values()].some((score) => score > 0)) scores.delete(user);
  return scores;
}

const flipped = (rows: ReadonlyMap<number, ReadonlyMap<number, number>>) => {
  const result = new Map<number, Map<number, number>>();
  for (const [row, pairs] of rows) {
    for (const [neighbour, score] of pairs) {
      result.set(neighbour, (result.get(neighbour) ?? new Map<number, number>()).set(row, score));
    }
  }
  for (const [row, pairs] of result) if (![...pairs.values()].some((score) => score > 0)) result.delete(row);
  return result;
};

const id = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1));
const someActions = fc.array(fc.record({ user: id, item: id, type: fc.integer({ min: 0, max: 2 }) }), {
  maxLength: 80,
});
const weightings: ActionWeighting[] = [
  { actionType: 1, valuePerAction: 1, maxSum: 2 },
  { actionType: 2, valuePerAction: -1.5, maxSum: 0 },
  { actionType: 3, valuePerAction: 0.5, maxSum: 10 },
];

describe('scores', () => {
  test('Each type counts up to its maximum', () => {
    // min(1 × 3, 2) + min(−1.5 × 1, 0) + min(0.5 × 4, 10) = 2 − 1.5 + 2
    expect(scoreOf([3, 1, 4], weightings)).toBe(2.5);
  });

  test('The last weighting of a type counts, and types without value are left out', () => {
    const given = [
      { actionType: 1, valuePerAction: 1, maxSum: 1 },
      { actionType: 2, valuePerAction: 0, maxSum: 1 },
      { actionType: 1, valuePerAction: 5, maxSum: 9 },
    ];
    expect(effectiveWeightings({ actionWeightings: given })).toEqual([{ actionType: 1, valuePerAction: 5, maxSum: 9 }]);
  });
});

describe('side matrices', () => {
  test('The example of core-matrix.ts is the users’ side of its five pairs', () => {
    const weightings = [
      { actionType: 1, valuePerAction: 1, maxSum: 10 },
      { actionType: 2, valuePerAction: -1, maxSum: 0 },
    ];
    const times = (count: number, action: Action) => Array.from({ length: count }, () => action);
    const actions = [
      ...times(1, { user: 9, item: 10, type: 0 }),
      ...times(2, { user: 9, item: 20, type: 0 }),
      ...times(3, { user: 2, item: 10, type: 0 }),
      ...times(1, { user: 2, item: 20, type: 1 }),
      ...times(1, { user: 6, item: 10, type: 1 }),
    ];
    expect(scoreActions([runsOf(actions)], weightings, 2).users).toEqual({
      ids: Float64Array.of(9, 2),
      blockRows: Uint32Array.of(0, 1, 2),
      ptr: Uint32Array.of(0, 2, 4),
      neighbours: Float64Array.of(20, 10),
      idx: Uint32Array.of(0, 1, 0, 1),
      score: Float32Array.of(2, 1, -1, 3),
      positives: Uint32Array.of(2, 1),
    });
  });

  test('Side matrices equal the obvious version on both sides, for every number of blocks', () => {
    fc.assert(
      fc.property(someActions, fc.constantFrom(1, 4, 64), (actions, blocks) => {
        const { users, pairs } = scoreActions([runsOf(actions)], weightings, blocks);
        const expected = referenceRows(actions, weightings);
        expect(rowsOf(users)).toEqual(expected);
        const items = itemMatrixOf([pairs], blocks);
        expect(rowsOf(items)).toEqual(flipped(expected));
      }),
    );
  });

  test('Rows are in layout order, with ascending places and counted positive scores', () => {
    fc.assert(
      fc.property(someActions, (actions) => {
        const blocks = 8;
        const { users: matrix } = scoreActions([runsOf(actions)], weightings, blocks);
        for (const ids of [matrix.ids, matrix.neighbours]) {
          for (let at = 1; at < ids.length; at++) expect(isBefore(ids[at - 1]!, ids[at]!, blocks)).toBe(true);
        }
        for (let row = 0; row < matrix.ids.length; row++) {
          const idx = [...matrix.idx.subarray(matrix.ptr[row], matrix.ptr[row + 1])];
          expect(idx).toEqual([...new Set(idx)].sort((a, b) => a - b));
          const score = [...matrix.score.subarray(matrix.ptr[row], matrix.ptr[row + 1])];
          expect(matrix.positives[row]).toBe(score.filter((value) => value > 0).length);
        }
        expect(matrix.blockRows.at(-1)).toBe(matrix.ids.length);
      }),
    );
  });

  test('Pairs are passed on by item, and the users of each item are in layout order', () => {
    const actions = Array.from({ length: 500 }, (_, at) => ({ user: at % 37, item: (at * 7) % 101, type: 0 }));
    const blocks = 16;
    const { ids, starts, columns } = scoreActions([runsOf(actions)], weightings, blocks).pairs;
    expect(ids.length).toBe(101);
    for (let item = 0; item < ids.length; item++) {
      if (item > 0) expect(bucketOfId(ids[item - 1]!, blocks)).toBeLessThanOrEqual(bucketOfId(ids[item]!, blocks));
      const users = [...columns.get('users')!.subarray(starts[item], starts[item + 1])];
      for (let at = 1; at < users.length; at++) expect(isBefore(users[at - 1]!, users[at]!, blocks)).toBe(true);
    }
  });

  test('The matrices do not depend on how the actions are divided into lists', () => {
    fc.assert(
      fc.property(someActions, fc.nat(80), (actions, cut) => {
        const blocks = 4;
        const lists = [actions.slice(0, cut), actions.slice(cut)].map(runsOf);
        const whole = scoreActions([runsOf(actions)], weightings, blocks);
        expect(scoreActions(lists, weightings, blocks)).toEqual(whole);
      }),
    );
  });
});
