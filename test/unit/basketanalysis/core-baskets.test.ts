import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { basketActions, fillBaskets } from '../../../functions/basketanalysis/core-baskets.ts';
import { UserLines } from '../../../shared/shuffle/user-lines.ts';
import { basketsPlainly } from '../../reference/baskets.ts';
import { type PlainAction, VISIT_DEFAULTS } from '../../reference/visits.ts';
import { linesOf, userActions } from '../shuffle/lines-of.ts';

const DEFAULTS = { ...VISIT_DEFAULTS, addToBasketType: 1, removeFromBasketType: 2 };

/** Runs the cores of both steps on actions joined as the shuffle joins them. */
async function basketsOf(actions: readonly PlainAction[], settings: Partial<typeof DEFAULTS>) {
  const all = { ...DEFAULTS, ...settings };
  const { keep, typeAs } = basketActions(all);
  const kept = actions
    .filter((action) => keep!(action))
    .map((action) => ({ ...action, type: typeAs!(action.type, '') }));
  const lines = new UserLines(4);
  fillBaskets(userActions(kept, 4), all, lines);
  return linesOf(lines);
}

/** Returns actions of one user: `+7` adds item 7, and `-7` removes it. Without a time, actions are one second apart. */
const actionsOf = (...steps: readonly (string | readonly [step: string, second: number])[]): PlainAction[] =>
  steps.map((given, place) => {
    const [step, second] = typeof given === 'string' ? ([given, place] as const) : given;
    return { user: 5, item: Number(step.slice(1)), type: step[0] === '+' ? 1 : 2, timeMs: second * 1000 };
  });

describe('baskets', () => {
  test('A basket contains each item that was added and not removed, once, in ascending order', async () => {
    const steps = ['+9', '+10', '+9', '-10', '-77', '+3', '+4', '-4', '+4'];
    expect(await basketsOf(actionsOf(...steps), {})).toEqual(new Map([[5, ['3 4 9']]]));
  });

  test('A late add closes the basket, a late remove does not, and both count as the previous action', async () => {
    const actions = actionsOf(['+7', 0], ['+3', 60], ['-7', 5000], ['+9', 5060], ['+3', 7000]);
    const settings = { maxIntraSessionGapSecs: 1800 };
    expect(await basketsOf(actions, settings)).toEqual(new Map([[5, ['3 9', '3']]]));
    // An action exactly at the gap is not too late.
    expect(await basketsOf(actionsOf(['+1', 0], ['+2', 1800]), settings)).toEqual(new Map([[5, ['1 2']]]));
    expect(await basketsOf(actionsOf(['+1', 0], ['+2', 1800.001]), settings)).toEqual(new Map([[5, ['1', '2']]]));
  });

  test('An empty basket has no line', async () => {
    expect(await basketsOf(actionsOf('+1', '-1'), {})).toEqual(new Map());
    const actions = actionsOf(['+1', 0], ['-1', 1], ['+2', 10], ['-9', 20]);
    expect(await basketsOf(actions, { maxIntraSessionGapSecs: 5 })).toEqual(new Map([[5, ['2']]]));
  });

  test('An add is applied before a remove of the same item at the same time, whichever type is larger', async () => {
    const atOnce = actionsOf(['-1', 0], ['+1', 0]);
    expect(await basketsOf(atOnce, {})).toEqual(new Map());
    const swapped = { addToBasketType: 2, removeFromBasketType: 1 };
    expect(await basketsOf(atOnce, swapped)).toEqual(new Map());
  });

  test("Only adds and removes count as a user's actions", async () => {
    const views = actionsOf('+1', '+2').map((action) => ({ ...action, type: 3 }));
    const actions = [...actionsOf('+1', '-2'), ...views];
    expect([...(await basketsOf(actions, { minActionsPerUser: 2, maxActionsPerUser: 2 })).keys()]).toEqual([5]);
    expect((await basketsOf(actions, { minActionsPerUser: 3 })).size).toBe(0);
  });
});

test('Baskets equal those of the reference', async () => {
  const someActions = fc.array(
    fc.record({
      user: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(2 ** 32 + 1)),
      item: fc.oneof(fc.nat(3), fc.constant(10), fc.constant(2 ** 31), fc.constant(Number.MAX_SAFE_INTEGER)),
      type: fc.nat(3),
      timeMs: fc.integer({ min: -3, max: 12 }).map((half) => half * 500),
    }),
    { maxLength: 160, size: 'max' },
  );
  const someSettings = fc
    .record({
      maxIntraSessionGapSecs: fc.integer({ min: -1, max: 3 }),
      minActionsPerUser: fc.nat(6),
      maxActionsPerUser: fc.integer({ min: 3, max: 100 }),
      addToBasketType: fc.nat(3),
      removeFromBasketType: fc.nat(3),
    })
    .filter(({ addToBasketType, removeFromBasketType }) => addToBasketType !== removeFromBasketType);
  await fc.assert(
    fc.asyncProperty(someActions, someSettings, async (actions, settings) => {
      expect(await basketsOf(actions, settings)).toEqual(basketsPlainly(actions, { ...DEFAULTS, ...settings }));
    }),
    { numRuns: 300 },
  );
});
