import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decayOf, weightOf } from '../../../functions/matrix-factorization/core-decay.ts';
import { effectiveWeightings } from '../../../functions/matrix-factorization/core-scores.ts';
import { itemMatrixOf, scoreActions } from '../../../functions/matrix-factorization/core-sides.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { ratedActions } from '../../../functions/matrix-factorization/steps-rate.ts';
import { decidingSettings } from '../../../shared/config/settings-readings.ts';
import type { ActionColumn, ActionRuns } from '../../../shared/shuffle/action-runs.ts';
import { decayedCounts, decayedPairs, referenceWeight, type TimedAction } from '../../reference/decayed-scores.ts';

const DAY_MS = 86_400_000;
const DAY = 100;
const END_MS = (DAY + 1) * DAY_MS;

/** Returns the time that lies so many days before the end of the last day. */
const daysAgo = (days: number): number => END_MS - days * DAY_MS;

const WEIGHTINGS = [
  { actionType: 7, valuePerAction: 9, maxSum: 9 }, // The last entry of a type counts, so this one does not.
  { actionType: 7, valuePerAction: 2, maxSum: 5 },
  { actionType: 8, valuePerAction: -1, maxSum: 0 },
  { actionType: 9, valuePerAction: 0, maxSum: 1 },
];

const settingsOf = (halfLifeDays: number) => ({ actionWeightings: WEIGHTINGS, halfLifeDays });

/** Returns one run for each action that `rate` keeps, with the columns that it collects. */
function runsOf(actions: readonly TimedAction[], halfLifeDays: number): ActionRuns {
  const { keep, typeAs, columns } = ratedActions(settingsOf(halfLifeDays));
  const kept = actions
    .filter((action) => keep!(action))
    .map((action) => ({ ...action, type: typeAs!(action.type, '') }));
  const values = { items: 'item', times: 'timeMs', types: 'type' } as const;
  const column = (name: ActionColumn) => Float64Array.from(kept, (action) => action[values[name]]);
  return {
    ids: Float64Array.from(kept, ({ user }) => user),
    starts: Uint32Array.from({ length: kept.length + 1 }, (_, run) => run),
    columns: new Map(columns!.map((name) => [name, column(name)] as const)),
  };
}

const score = (lists: readonly ActionRuns[], halfLifeDays: number, blocks = 4) =>
  scoreActions(lists, effectiveWeightings(settingsOf(halfLifeDays)), blocks, decayOf({ halfLifeDays }, DAY));

describe('the weight of an action', () => {
  const decay = { endMs: END_MS, halfLifeDays: 10 };

  test('is 1 at the end of the last day and later, halves with every half-life, and is at least 0.05', () => {
    expect(weightOf(daysAgo(0), decay)).toBe(1);
    expect(weightOf(daysAgo(-3), decay)).toBe(1);
    expect(weightOf(daysAgo(10), decay)).toBe(0.5);
    expect(weightOf(daysAgo(20), decay)).toBe(0.25);
    expect(weightOf(daysAgo(5), decay)).toBeCloseTo(Math.SQRT1_2, 15);
    expect(weightOf(daysAgo(43), decay)).toBeCloseTo(2 ** -4.3, 15); // 0.0508
    expect(weightOf(daysAgo(44), decay)).toBe(0.05); // 2^−4.4 is 0.047
    expect(weightOf(daysAgo(1e6), decay)).toBe(0.05);
  });

  test('is that of the reference but for rounding', () => {
    const anyTime = fc.integer({ min: END_MS - 90 * DAY_MS, max: END_MS + DAY_MS });
    fc.assert(
      fc.property(anyTime, fc.double({ min: 1e-3, max: 1e4, noNaN: true }), (timeMs, halfLifeDays) => {
        const expected = referenceWeight(timeMs, DAY, halfLifeDays);
        expect(Math.abs(weightOf(timeMs, { endMs: END_MS, halfLifeDays }) / expected - 1)).toBeLessThan(1e-15);
      }),
    );
  });
});

describe('decayed scores', () => {
  test('are those computed by hand', () => {
    const actions = [
      // Type 7: 2 × 0.5 + 2 × 1 = 3. Type 8: −1 × 0.25. The largest weight is 1.
      { user: 1, item: 10, type: 7, timeMs: daysAgo(0) },
      { user: 1, item: 10, type: 7, timeMs: daysAgo(10) },
      { user: 1, item: 10, type: 8, timeMs: daysAgo(20) },
      // Three times 2 × 1 is above the maximum of 5. The type 6 is not listed.
      { user: 1, item: 20, type: 7, timeMs: daysAgo(-1) },
      { user: 1, item: 20, type: 7, timeMs: daysAgo(-1) },
      { user: 1, item: 20, type: 7, timeMs: daysAgo(0) },
      { user: 1, item: 20, type: 6, timeMs: daysAgo(0) },
      // 2 × 0.25. The type 9 adds nothing to the score, but it is listed, so the largest weight is 0.5.
      { user: 1, item: 30, type: 7, timeMs: daysAgo(20) },
      { user: 1, item: 30, type: 9, timeMs: daysAgo(10) },
      // A dislike is not a positive pair: it adds nothing to n.
      { user: 1, item: 40, type: 8, timeMs: daysAgo(0) },
      // The least weight: 2 × 0.05.
      { user: 2, item: 10, type: 7, timeMs: daysAgo(1000) },
    ];
    const { users, pairs } = score([runsOf(actions, 10)], 10, 1);
    const scores = Object.fromEntries([...users.neighbours].map((item, place) => [item, place]));
    const [first, second] = [users.ids.indexOf(1), users.ids.indexOf(2)];
    const rowOf = (row: number) =>
      new Map(
        [...users.idx.subarray(users.ptr[row], users.ptr[row + 1])].map((idx, at) => [
          idx,
          users.score[users.ptr[row]! + at],
        ]),
      );
    expect(rowOf(first)).toEqual(
      new Map([
        [scores[10], 2.75],
        [scores[20], 5],
        [scores[30], 0.5],
        [scores[40], -1],
      ]),
    );
    expect(rowOf(second)).toEqual(new Map([[scores[10], Math.fround(0.1)]]));
    expect(users.n![first]).toBe(1 + 1 + 0.5);
    expect(users.n![second]).toBe(0.05);
    // n of an item stays the number of its positive pairs.
    const items = itemMatrixOf([pairs], 1);
    expect(items.n).toBeUndefined();
    expect(items.positives[items.ids.indexOf(10)]).toBe(2);
  });

  const action = fc.record({
    user: fc.integer({ min: 1, max: 6 }),
    item: fc.integer({ min: 1, max: 5 }),
    type: fc.integer({ min: 6, max: 9 }),
    timeMs: fc.integer({ min: END_MS - 60 * DAY_MS, max: END_MS + DAY_MS }),
  });
  const someActions = fc.array(action, { maxLength: 120 });
  const manyActions = fc.array(action, { minLength: 60, maxLength: 120 });

  test('and n are those of the reference', () => {
    fc.assert(
      fc.property(someActions, fc.double({ min: 0.5, max: 100, noNaN: true }), (actions, halfLifeDays) => {
        const { users } = score([runsOf(actions, halfLifeDays)], halfLifeDays);
        const pairs = decayedPairs(actions, WEIGHTINGS, DAY, halfLifeDays);
        const counts = decayedCounts(pairs);
        expect(new Set(users.ids)).toEqual(new Set(counts.keys()));
        for (const [row, user] of users.ids.entries()) {
          expect(Math.abs(users.n![row]! - counts.get(user)!)).toBeLessThan(1e-12);
          const expected = new Map(pairs.filter((pair) => pair.user === user).map(({ item, score }) => [item, score]));
          for (let at = users.ptr[row]!; at < users.ptr[row + 1]!; at++) {
            const item = users.neighbours[users.idx[at]!]!;
            expect(Math.abs(users.score[at]! - expected.get(item)!)).toBeLessThan(1e-6);
            expected.delete(item);
          }
          for (const left of expected.values()) expect(Math.abs(left)).toBeLessThan(1e-12);
        }
      }),
    );
  });

  test('do not depend on how actions are divided into lists, nor on their order', () => {
    fc.assert(
      fc.property(manyActions, fc.nat(120), (actions, cut) => {
        const whole = score([runsOf(actions, 40)], 40);
        const turned = actions.toReversed();
        const lists = [turned.slice(0, cut), turned.slice(cut)].map((own) => runsOf(own, 40));
        expect(score(lists, 40)).toEqual(whole);
      }),
    );
  });

  test('of a long row are right', () => {
    const actions = Array.from({ length: 5_000 }, (_, at) => ({ user: 1, item: at, type: 7, timeMs: daysAgo(10) }));
    const { users } = score([runsOf(actions, 10)], 10);
    expect(users.n![0]).toBe(2_500);
    expect(new Set(users.score)).toEqual(new Set([1]));
  });
});

describe('the setting halfLifeDays', () => {
  const { settings } = matrixFactorization;

  test('decides the bytes where it is set, and is nowhere without it', () => {
    expect(decidingSettings(settings, settings.parse({ halfLifeDays: 30 }))).toHaveProperty('halfLifeDays', 30);
    expect(decidingSettings(settings, settings.parse({}))).not.toHaveProperty('halfLifeDays');
  });

  test('must be above 0', () => {
    expect(settings.safeParse({ halfLifeDays: 0 }).success).toBe(false);
  });

  test('decides if the times of actions are collected', () => {
    expect(ratedActions(settings.parse({})).columns).toEqual(['items', 'types']);
    expect(ratedActions(settings.parse({ halfLifeDays: 30 })).columns).toEqual(['items', 'times', 'types']);
  });
});
