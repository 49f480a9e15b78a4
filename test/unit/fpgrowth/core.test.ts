import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOIN_HEAD, JoinRows, joinAntecedents } from '../../../functions/fpgrowth/core-antecedents.ts';
import { BasketCounter } from '../../../functions/fpgrowth/core-baskets.ts';
import { dealToGroups } from '../../../functions/fpgrowth/core-group.ts';
import { groupStarts, groupsOfRanks, rankItems, ranksOf } from '../../../functions/fpgrowth/core-ranks.ts';
import { layOutRows } from '../../../functions/fpgrowth/core-rows.ts';
import { measure, SCORE_BUCKETS, scoreBucket, scoreOf } from '../../../functions/fpgrowth/core-rules.ts';
import { ceilOfProduct, minCountOf, supportWarning } from '../../../functions/fpgrowth/core-support.ts';
import { LimitError } from '../../../shared/errors.ts';
import { ItemSetList } from '../../../shared/kernels/item-sets.ts';

describe('the count that makes a set frequent', () => {
  test.each([
    [0.07, 100, 7], // 0.07 * 100 is 7.000000000000001 in doubles
    [0.29, 100, 29], // 28.999999999999996
    [0.005, 1000, 5],
    [0.005, 1001, 6],
    [1, 12_345, 12_345],
    [0, 12_345, 0],
    [1e-7, 10_000_000, 1],
    [1.5e-7, 10_000_000, 2],
    [0.1, 0, 0],
    [0.1, 2 ** 53 - 1, 900_719_925_474_100], // 900719925474099.1
  ])('The share %d of %d baskets is %d baskets', (share, count, expected) => {
    expect(ceilOfProduct(share, count)).toBe(expected);
  });

  test('The count is at least one basket and more than minItemSetFreq', () => {
    expect(minCountOf({ minSupport: 0, minItemSetFreq: 0 }, 100)).toBe(1);
    expect(minCountOf({ minSupport: 0.05, minItemSetFreq: 4 }, 100)).toBe(5);
    expect(minCountOf({ minSupport: 0.05, minItemSetFreq: 5 }, 100)).toBe(6);
  });

  test.each([
    [{ minSupport: 0.005, minItemSetFreq: 1 }, 105, 2],
    [{ minSupport: 0.1, minItemSetFreq: 1 }, 140, 14],
    [{ minSupport: 0.1, minItemSetFreq: 1 }, 141, undefined],
    [{ minSupport: 0, minItemSetFreq: 14 }, 141, undefined],
    [{ minSupport: 0.1, minItemSetFreq: 1 }, 0, undefined],
  ])('The settings %j with %i baskets give a warning with the count %s', (settings, baskets, warned) => {
    const warning = supportWarning(settings, baskets);
    if (warned === undefined) expect(warning).toBeUndefined();
    else expect(warning).toContain(`item sets that ${warned} of ${baskets} baskets hold`);
  });

  test('The count is exact for every share of whole thousandths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(1e9), (thousandths, count) => {
        expect(ceilOfProduct(thousandths / 1000, count)).toBe(Math.ceil((thousandths * count) / 1000));
      }),
    );
  });
});

test('An item counts once in each basket, and baskets that can contain a set are kept', () => {
  const counter = new BasketCounter();
  for (const line of [[7, 3, 7], [9], [3, 9], [9, 9]]) counter.add(Float64Array.from(line));
  const { total, items, counts, places, ends } = counter.baskets();
  expect([total, [...items], [...counts]]).toEqual([4, [7, 3, 9], [1, 2, 3]]);
  expect([[...places], [...ends]]).toEqual([
    [0, 1, 1, 2],
    [2, 4],
  ]);
});

test('Baskets are counted while the tables grow many times', () => {
  const counter = new BasketCounter();
  for (let item = 0; item < 5000; item++) counter.add(Float64Array.of(item, 2 ** 40, item));
  const { items, counts } = counter.baskets();
  expect(items.length).toBe(5001);
  expect(counts[1]).toBe(5000);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000);
});

describe('ranks of items', () => {
  test('Items are ranked by count and then by id, whatever their order', () => {
    const items = Float64Array.of(10, 2 ** 40, 9, 1);
    const ranks = rankItems(items, Uint32Array.of(5, 7, 5, 1));
    expect([[...ranks.ids], [...ranks.counts]]).toEqual([
      [2 ** 40, 9, 10, 1],
      [7, 5, 5, 1],
    ]);
    expect([...ranksOf(Float64Array.of(1, 77, 9), ranks)]).toEqual([3, -1, 1]);
  });

  test('Ranks are divided into groups of about equal work', () => {
    const counts = Uint32Array.from({ length: 3000 }, (_, rank) => Math.ceil(100_000 / (rank + 10)));
    const starts = groupStarts(counts, 100_000, 8);
    expect(starts.length).toBe(9);
    expect([starts[0], starts.at(-1)]).toEqual([0, 3000]);
    const sizes = [...starts].slice(1).map((start, group) => start - starts[group]!);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    // Frequent items have more baskets and rare items longer ones. Here the first group weighs most.
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(groupsOfRanks(starts)[starts[3]!]).toBe(3);
    expect(groupsOfRanks(starts)[starts[3]! - 1]).toBe(2);
  });

  test('An empty list of ranks has no groups', () => {
    expect([...groupStarts(new Uint32Array(), 0)]).toEqual([0]);
    expect([...groupStarts(Uint32Array.of(3), 4)]).toEqual([0, 1]);
  });
});

test('A group gets the part of each basket up to its largest rank, and equal parts are merged', () => {
  // Places are ranks, except place 9, which has none. The groups are ranks 0 to 2 and 3 to 5.
  const rankOf = Int32Array.of(0, 1, 2, 3, 4, 5, -1, -1, -1, -1);
  const baskets = [
    [5, 0, 3, 2],
    [9, 2, 0],
    [1, 9],
    [4, 1],
    [2, 0, 4],
  ];
  const ends = baskets.map((_, at) => baskets.slice(0, at + 1).flat().length);
  const dealt = dealToGroups(
    { places: Uint32Array.from(baskets.flat()), ends: Uint32Array.from(ends) },
    rankOf,
    groupsOfRanks(Uint32Array.of(0, 3, 6)),
    2,
  );
  const cells = [...dealt.cells];
  // `0 2` is cut from three baskets. A part of one item makes no set.
  expect(cells.slice(dealt.offsets[0], dealt.offsets[1])).toEqual([2, 3, 0, 2]);
  expect(cells.slice(dealt.offsets[1], dealt.offsets[2])).toEqual([
    ...[4, 1, 0, 2, 3, 5],
    ...[2, 1, 1, 4],
    ...[3, 1, 0, 2, 4],
  ]);
});

test('Rows are laid out by key in their original order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), fc.array(fc.nat(9), { maxLength: 4 }))), (rows) => {
      const cells = Uint32Array.from(rows.flatMap(([key, values]) => [values.length, key, ...values]));
      const laid = layOutRows({ cells, end: cells.length }, 2, 5, (all, row) => all[row + 1]!);
      expect(laid.rows).toBe(rows.length);
      const expected = [0, 1, 2, 3, 4].flatMap((key) => rows.filter(([own]) => own === key));
      expect([...laid.cells]).toEqual(expected.flatMap(([key, values]) => [values.length, key, ...values]));
      expect([...laid.offsets].slice(1)).toEqual(
        [0, 1, 2, 3, 4].map((key) =>
          rows.filter(([own]) => own <= key).reduce((sum, [, values]) => sum + 2 + values.length, 0),
        ),
      );
    }),
  );
});

describe('the join of antecedents', () => {
  test('Every candidate of a set gets the support of the other items, within its bucket', () => {
    const rows = new JoinRows(3, 1000);
    for (const [rank, count] of [9, 8, 7, 6].entries()) rows.addItem(rank, count);
    const sets = new ItemSetList();
    for (const [set, count] of [
      [[1, 0], 5],
      [[2, 0], 4],
      [[2, 1], 3],
      [[2, 1, 0], 2],
    ] as const) {
      sets.add(Uint32Array.from(set), set.length, count);
    }
    rows.addSets(sets);
    const { cells, offsets } = rows.byAntecedent(7);
    const joined = new Set<string>();
    for (let bucket = 0; bucket < 7; bucket++) {
      const own = cells.slice(offsets[bucket], offsets[bucket + 1]);
      joinAntecedents(own, (start, end, item, count, antecedentCount) => {
        joined.add(`${own.subarray(start, end)} → ${item}: ${count} of ${antecedentCount}`);
      });
    }
    expect(joined).toEqual(
      new Set([
        ...['0 → 1: 5 of 9', '1 → 0: 5 of 8', '0 → 2: 4 of 9', '2 → 0: 4 of 7', '1 → 2: 3 of 8', '2 → 1: 3 of 7'],
        ...['1,2 → 0: 2 of 3', '0,2 → 1: 2 of 4', '0,1 → 2: 2 of 5'],
      ]),
    );
  });

  test('An error says what to do when the rows exceed the memory', () => {
    const sets = new ItemSetList();
    sets.add(Uint32Array.of(2, 1, 0), 3, 1);
    const rows = new JoinRows(5, 20);
    // Its own support takes 6 cells, and its three candidates 5 each.
    expect(() => rows.addSets(sets)).toThrow(LimitError);
    expect(JOIN_HEAD).toBe(3);
  });
});

describe('association rules', () => {
  test('A rule has the measures of the contract', () => {
    // 30 of 100 baskets contain the set, 40 the antecedent, and 50 the item.
    const measures = measure(30, 40, 50, 100);
    expect(measures).toEqual({ confidence: 0.75, interest: 0.25, lift: 1.5 });
    expect(scoreOf(measures, 3)).toBe(0.75 * 1.5 * 3);
  });

  test('The bucket of a score keeps the order of scores, highest first', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-12, max: 1e12, noNaN: true }),
        fc.double({ min: 1e-12, max: 1e12, noNaN: true }),
        (a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(scoreBucket(high)).toBeLessThanOrEqual(scoreBucket(low));
        },
      ),
    );
    // There are sixteen buckets for every power of two.
    expect(scoreBucket(1) - scoreBucket(2)).toBe(16);
    expect(scoreBucket(1) - scoreBucket(1.0625)).toBe(1);
    expect(scoreBucket(1.06)).toBe(scoreBucket(1));
    expect([scoreBucket(1e-300), scoreBucket(1e300)]).toEqual([SCORE_BUCKETS - 1, 0]);
  });
});
