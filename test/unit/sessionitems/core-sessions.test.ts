import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutSessions } from '../../../functions/sessionitems/core-sessions.ts';
import { UserLines } from '../../../shared/shuffle/user-lines.ts';
import { sessionsPlainly } from '../../reference/sessions.ts';
import { type PlainAction, VISIT_DEFAULTS } from '../../reference/visits.ts';
import { linesOf, userActions } from '../shuffle/lines-of.ts';

const DEFAULTS = { ...VISIT_DEFAULTS, allowedTypes: [] };

async function sessionsOf(actions: readonly PlainAction[], settings: Partial<typeof DEFAULTS>) {
  const lines = new UserLines(4);
  cutSessions(userActions(actions, 4), { ...DEFAULTS, ...settings }, lines);
  return linesOf(lines);
}

/** Returns actions of one user from pairs of time in milliseconds and item. */
const actionsOf = (...rows: readonly (readonly [timeMs: number, item: number])[]): PlainAction[] =>
  rows.map(([timeMs, item]) => ({ user: 5, item, type: 1, timeMs }));

describe('sessions', () => {
  test('A session ends when the next action comes later than the gap, to the millisecond', async () => {
    const actions = actionsOf([0, 7], [600_000, 3], [2_400_000, 7], [4_200_001, 9]);
    // From 600 s to 2400 s are 1800 s, which is not more. From 2400 s to 4200.001 s is more.
    expect(await sessionsOf(actions, { maxIntraSessionGapSecs: 1800 })).toEqual(new Map([[5, ['7 3 7', '9']]]));
  });

  test('A negative gap never ends a session, and a gap of 0 allows one instant', async () => {
    const actions = actionsOf([0, 7], [0, 3], [1, 9], [1e12, 8]);
    expect(await sessionsOf(actions, { maxIntraSessionGapSecs: -1 })).toEqual(new Map([[5, ['3 7 9 8']]]));
    expect(await sessionsOf(actions, { maxIntraSessionGapSecs: 0 })).toEqual(new Map([[5, ['3 7', '9', '8']]]));
  });

  test('Sessions are written for users with enough actions and not too many, both bounds inclusive', async () => {
    const actions = [1, 2, 2, 3, 3, 3].map((user, place) => ({ user, item: place, type: 1, timeMs: place }));
    const users = async (minActionsPerUser: number, maxActionsPerUser: number) => [
      ...(await sessionsOf(actions, { minActionsPerUser, maxActionsPerUser })).keys(),
    ];
    expect(await users(2, 100)).toEqual([2, 3]);
    expect(await users(0, 2)).toEqual([1, 2]);
    expect(await users(2, 2)).toEqual([2]);
    expect(await users(4, 100)).toEqual([]);
  });
});

test('Sessions equal those of the reference', async () => {
  const someActions = fc.array(
    fc.record({
      user: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(2 ** 32 + 1), fc.constant(Number.MAX_SAFE_INTEGER)),
      item: fc.oneof(fc.nat(3), fc.constant(2 ** 31), fc.constant(Number.MAX_SAFE_INTEGER)),
      type: fc.nat(2),
      timeMs: fc.integer({ min: -3, max: 12 }).map((half) => half * 500),
    }),
    { maxLength: 60 },
  );
  const someSettings = fc.record({
    maxIntraSessionGapSecs: fc.integer({ min: -1, max: 3 }),
    minActionsPerUser: fc.nat(6),
    maxActionsPerUser: fc.integer({ min: 3, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(someActions, someSettings, async (actions, settings) => {
      const expected = sessionsPlainly(actions, { ...DEFAULTS, ...settings });
      expect(await sessionsOf(actions, settings)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
