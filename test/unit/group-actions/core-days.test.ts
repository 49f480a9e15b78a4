import { describe, expect, test } from 'vitest';
import { addDays, commonestDays, DayCounter } from '../../../functions/group-actions/core-days.ts';
import { DAY } from './hostile-logs.ts';

const MS = 86_400_000;

function counted(times: readonly number[]) {
  const counter = new DayCounter(DAY);
  const others = times.map((time) => counter.add(time));
  return { ...counter.counts(), others: others.filter((isOther) => isOther).length };
}

describe('days of actions', () => {
  test("Days are counted in UTC, and the days before and after the run's day are near", () => {
    const day = DAY * MS;
    const times = [day - MS - 1, day - MS, day - 1, day, day + MS - 1, day + MS, day + 2 * MS - 1, day + 2 * MS];
    expect(counted(times)).toEqual({
      actions: 8,
      far: 2,
      others: 6,
      days: [
        [DAY - 2, 1],
        [DAY - 1, 2],
        [DAY, 2],
        [DAY + 1, 2],
        [DAY + 2, 1],
      ],
    });
    expect(counted([-1, 0])).toMatchObject({
      far: 2,
      days: [
        [-1, 1],
        [0, 1],
      ],
    });
  });

  test('Counts of shards are added, and the most frequent days come first, then the earliest', () => {
    const shards = [counted([DAY * MS, 0, MS, MS]), counted([0, 5 * MS, 4 * MS, 3 * MS])];
    const sum = addDays(shards);
    expect([sum.actions, sum.far]).toEqual([8, 7]);
    expect(commonestDays(sum)).toBe(
      '1970-01-01 (0): 2, 1970-01-02 (1): 2, 1970-01-04 (3): 1, 1970-01-05 (4): 1, 1970-01-06 (5): 1',
    );
  });

  test('Many days need bounded memory, and the number of far actions stays exact', () => {
    const counts = counted(Array.from({ length: 100_000 }, (_, day) => day * MS));
    expect([counts.actions, counts.far]).toEqual([100_000, 99_997]);
    expect(counts.days.length).toBe(4096);
  });
});
