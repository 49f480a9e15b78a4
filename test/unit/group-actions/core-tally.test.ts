import { describe, expect, test } from 'vitest';
import { DayTally } from '../../../functions/group-actions/core-tally.ts';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { shareNew } from '../../../shared/model/day-sketch.ts';

const DAY = 15_317;
const text = viewOf(Buffer.from('2011-12-09T08:15:00Z'));

/** Returns the tally of actions of these users and items, at a time that follows from both. */
function tallyOf(pairs: Iterable<readonly [user: number, item: number]>): DayTally {
  const tally = new DayTally(DAY);
  for (const [user, item] of pairs) {
    const timeMs = DAY * 86_400_000 + ((user * 31 + item) % 86_400) * 1000;
    tally.add(user, timeMs, item, 1, text, 0, text.byteLength);
  }
  return tally;
}

function* pairs(from: number, to: number, items: number): Generator<[user: number, item: number]> {
  for (let at = from; at < to; at++) yield [at, at % items];
}

describe('The tally of a day with more users than are counted one by one', () => {
  const USERS = 200_000;
  const half = USERS / 2;
  /** User 7 has a tenth of the actions, and each tenth action of the others comes twice. */
  function* actions() {
    yield* pairs(0, USERS, 500);
    yield* pairs(0, USERS / 10, 500);
    for (let item = 0; item < USERS / 10; item++) yield [7, 1_000_000 + item] as [number, number];
  }
  const figures = tallyOf(actions()).result().figures;

  test('has all lines, and estimates of its users and of its duplicates', () => {
    expect(figures.lines).toBe(1.2 * USERS);
    expect(Math.abs(figures.users / USERS - 1)).toBeLessThan(4 / 2 ** 8);
    expect(figures.items).toBe(500 + USERS / 10);
    expect(figures.largestItem).toBe(USERS / 500 + USERS / 5000);
    // A twelfth of the lines are duplicates, and a sample of 2^13 tells the share within 0.3 percent points.
    expect(Math.abs(figures.duplicates / figures.lines - 1 / 12)).toBeLessThan(0.012);
    expect(figures.largestUser).toBeGreaterThanOrEqual(USERS / 10 + 2);
    expect(figures.largestUser).toBeLessThan(USERS / 10 + 50);
  });

  test('is the same in whatever parts the actions came', () => {
    const parts = [new DayTally(DAY), new DayTally(DAY), new DayTally(DAY)];
    const random = uniform(3);
    for (const [user, item] of actions()) {
      const timeMs = DAY * 86_400_000 + ((user * 31 + item) % 86_400) * 1000;
      parts[Math.floor(3 * random())]!.add(user, timeMs, item, 1, text, 0, text.byteLength);
    }
    const merged = new DayTally(DAY);
    for (const part of parts) merged.merge(part.toColumns());
    expect(merged.result().figures).toEqual(figures);
    expect(merged.result().sketch).toEqual(tallyOf(actions()).result().sketch);
  });

  test('has a sketch that tells the share of new users', () => {
    const [before, now] = [
      tallyOf(pairs(0, half, 500)).result().sketch,
      tallyOf(pairs(half / 2, USERS, 500)).result().sketch,
    ];
    expect(shareNew(now.users, [before.users])).toBeCloseTo(2 / 3, 1);
    expect(shareNew(now.items, [before.items])).toBe(0);
    expect(shareNew(now.pairs, [now.pairs])).toBe(0);
    expect(shareNew(before.users, [before.users, now.users])).toBe(0);
    expect(shareNew(tallyOf([]).result().sketch.users, [before.users])).toBeUndefined();
  });
});
