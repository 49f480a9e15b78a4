import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LimitError } from '../../../shared/errors.ts';
import { ItemSetList, mineItemSets } from '../../../shared/kernels/item-sets.ts';
import { BasketTable, hashRanks, sortedRanks } from '../../../shared/kernels/item-sets-baskets.ts';
import { itemSetsPlainly } from '../../reference/rules.ts';

/** Returns rows as `[weight, ...ranks]`. */
function rowsIn({ cells, end }: BasketTable): number[][] {
  const rows: number[][] = [];
  for (let row = 0; row < end; row += 2 + cells[row]!) {
    rows.push([cells[row + 1]!, ...cells.subarray(row + 2, row + 2 + cells[row]!)]);
  }
  return rows;
}

function tableOf(baskets: readonly (readonly number[])[]): BasketTable {
  const table = new BasketTable();
  for (const basket of baskets) table.add(Uint32Array.from(basket), 0, basket.length, 1);
  return table;
}

/** Returns the counts of sets of two or more items, with the sets written as in the reference. */
function setsIn({ cells, end }: ItemSetList): Map<string, number> {
  const sets = new Map<string, number>();
  for (let set = 0; set < end; set += 2 + cells[set]!) {
    sets.set(cells.subarray(set + 2, set + 2 + cells[set]!).join(' '), cells[set + 1]!);
  }
  return sets;
}

function mined(table: BasketTable, options: Parameters<typeof mineItemSets>[1]): Map<string, number> {
  const list = new ItemSetList();
  mineItemSets(table, options, list);
  const sets = setsIn(list);
  expect(sets.size).toBe(list.length); // no set occurs twice
  return sets;
}

const bySize = (sets: Map<string, number>) => new Map([...sets].filter(([key]) => key.includes(' ')).sort());

/** Ascending ranks below 12. Long and equal baskets are frequent, so that large sets occur. */
const someBaskets = fc.array(
  fc.oneof(
    fc.uniqueArray(fc.nat(11), { minLength: 1 }),
    fc.constantFrom([0, 1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10], [0, 11], [1, 2, 3, 11]),
  ),
  { maxLength: 60 },
);

describe('frequent item sets', () => {
  test('The frequent sets equal those of the reference', () => {
    fc.assert(
      fc.property(
        someBaskets,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        (all, minCount, maxSize) => {
          const baskets = all.map((basket) => [...basket].sort((a, b) => a - b));
          const expected = itemSetsPlainly(
            baskets.map((basket) => new Set(basket)),
            minCount,
            maxSize,
          );
          const found = mined(tableOf(baskets), { from: 0, to: 12, minCount, maxSize });
          expect(bySize(found)).toEqual(bySize(expected));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('Sets are grouped by their largest rank, and mined from baskets cut behind it', () => {
    fc.assert(
      fc.property(someBaskets, fc.nat(12), fc.nat(12), (all, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const baskets = all.map((basket) => basket.filter((rank) => rank < to).sort((x, y) => x - y));
        const options = { minCount: 2, maxSize: 5 };
        const expected = [...mined(tableOf(baskets), { from: 0, to: 12, ...options })].filter(
          ([key]) => Number(key.split(' ').at(-1)) >= from,
        );
        expect(bySize(mined(tableOf(baskets), { from, to, ...options }))).toEqual(bySize(new Map(expected)));
      }),
    );
  });

  test('Several scans find the sets when one triangle of counts cannot hold all ranks', () => {
    // 9,000 ranks have 40 million pairs, and a triangle holds 16 million.
    const table = tableOf([
      [5, 8_000, 8_998, 8_999],
      [5, 8_000, 8_999],
      [5, 6_000, 8_998],
    ]);
    const found = mined(table, { from: 0, to: 9_000, minCount: 2, maxSize: 3 });
    expect(bySize(found)).toEqual(
      new Map([
        ['5 8000', 2],
        ['5 8000 8999', 2],
        ['5 8998', 2],
        ['5 8999', 2],
        ['8000 8999', 2],
      ]),
    );
  });

  test('An error says what to do when the sets exceed the memory', () => {
    const table = tableOf([Array.from({ length: 15 }, (_, rank) => rank)]);
    const mine = () => mineItemSets(table, { from: 0, to: 15, minCount: 1, maxSize: 15 }, new ItemSetList(2000));
    expect(mine).toThrow(LimitError);
    expect(mine).toThrow('raise minSupport');
  });
});

describe('baskets of ranks', () => {
  test('Equal baskets are merged in the order of their first occurrence, while the table grows', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }), { maxLength: 900 }), (baskets) => {
        const weights = new Map<string, number>();
        for (const basket of baskets) weights.set(basket.join(' '), (weights.get(basket.join(' ')) ?? 0) + 1);
        const expected = [...weights].map(([key, weight]) => [weight, ...key.split(' ').map(Number)]);
        expect(rowsIn(tableOf(baskets))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
    const distinct = Array.from({ length: 20_000 }, (_, number) => [number % 150, 1000 + number]);
    expect(rowsIn(tableOf([...distinct, ...distinct]))).toEqual(distinct.map((basket) => [2, ...basket]));
  });

  test('A basket contains only items with a rank, in ascending order', () => {
    const rankOf = Int32Array.from([3, -1, 0, 7, 2]);
    const into = new Uint32Array(5);
    expect(sortedRanks(Uint32Array.from([9, 3, 4, 1, 0, 2, 9]), 1, 6, rankOf, into)).toBe(4);
    expect([...into.subarray(0, 4)]).toEqual([0, 2, 3, 7]);
  });

  test('The hash of a basket depends on its ranks and length, and is evenly distributed', () => {
    const hits = new Uint32Array(16);
    for (let a = 0; a < 40; a++) for (let b = 0; b < 40; b++) hits[hashRanks(Uint32Array.of(9, a, b), 1, 3) >>> 28]!++;
    // 100 are expected in each, and 4 standard deviations are 39.
    for (const count of hits) expect(Math.abs(count - 100)).toBeLessThan(39);
    expect(hashRanks(Uint32Array.of(0), 0, 1)).not.toBe(hashRanks(Uint32Array.of(0, 0), 0, 2));
  });
});
