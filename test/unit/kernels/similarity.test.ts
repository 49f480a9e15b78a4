/** Tests the kernel against counting by hand, over random matrices, divided into tiles and chunks in every way. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defined } from '../../../shared/defined.ts';
import {
  bestPartners,
  type Partners,
  TileCounters,
  type TileOptions,
  type UserRows,
} from '../../../shared/kernels/similarity.ts';
import { BestPartners } from '../../../shared/kernels/similarity-best.ts';
import {
  ALWAYS,
  chanceOf,
  firstDraw,
  firstTerm,
  gammaOf,
  secondDraw,
  secondTerm,
  userTerm,
  weightOf,
} from '../../../shared/kernels/similarity-sampling.ts';

/** Returns users from ascending lists of item numbers. */
function rowsOf(lists: readonly (readonly number[])[], firstUser = 1): UserRows {
  const offsets = Uint32Array.from([0, ...lists.map((list) => list.length)]);
  for (let user = 0; user < lists.length; user++) offsets[user + 1]! += offsets[user]!;
  return {
    users: Float64Array.from(lists, (_, user) => firstUser + user),
    offsets,
    items: Uint16Array.from(lists.flat()),
  };
}

function optionsOf(items: number, more: Partial<TileOptions> = {}): TileOptions {
  const ids = Float64Array.from({ length: items }, (_, item) => 10 * items - 3 * item);
  return { ids, weights: new Float64Array(items).fill(4), rows: items, rowPairs: true, limit: items, ...more };
}

/** Returns the similarity of each item's partners. */
function found({ offsets, partners, sims }: Partners): Record<number, number>[] {
  return Array.from({ length: offsets.length - 1 }, (_, item) => {
    const own = Array.from(partners.subarray(offsets[item], offsets[item + 1]), (partner, at) => {
      return [partner, sims[offsets[item]! + at]!] as const;
    });
    return Object.fromEntries(own);
  });
}

test('The example of the module has the similarities computed by hand', () => {
  const options = optionsOf(3, { weights: Float64Array.of(2, 2, 3) });
  // 0 and 1 have one common user of two each. 0 and 2 have two of two and three, and so have 1 and 2.
  const [low, high] = [1 / 2, 2 / Math.sqrt(6)];
  expect(
    found(
      bestPartners(
        options,
        rowsOf([
          [0, 1, 2],
          [0, 2],
          [1, 2],
        ]),
      ),
    ),
  ).toEqual([
    { 1: low, 2: high },
    { 0: low, 2: high },
    { 0: high, 1: high },
  ]);
});

test('Equal sets of users have the similarity 1 exactly, whatever their size', () => {
  for (const users of [1, 2, 3, 5, 7, 10, 11, 49, 1000, 4999]) {
    const options = optionsOf(2, { weights: new Float64Array(2).fill(users) });
    expect(found(bestPartners(options, rowsOf(Array.from({ length: users }, () => [0, 1]))))).toEqual([
      { 1: 1 },
      { 0: 1 },
    ]);
  }
});

test('Items without common users have no partners, and an empty matrix has no pairs', () => {
  expect(found(bestPartners(optionsOf(3), rowsOf([[0], [1], []])))).toEqual([{}, {}, {}]);
  expect(found(bestPartners(optionsOf(2), rowsOf([])))).toEqual([{}, {}]);
});

test('More items than 16 bits can number are refused', () => {
  expect(() => bestPartners(optionsOf(65_537), rowsOf([]))).toThrow(RangeError);
});

const ITEMS = 12;
const lists = fc.array(fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: ITEMS }), { maxLength: 40 });
const ascending = (rows: number[][]) => rows.map((row) => row.sort((a, b) => a - b));

/** Counts the pairs as the definition does. */
function countsOf(rows: number[][], { ids, rows: count, rowPairs, sampling }: TileOptions): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [user, row] of rows.entries()) {
    for (const first of row) {
      for (const second of row) {
        if (first >= count || second <= first || (!rowPairs && second < count)) continue;
        if (sampling) {
          const term = (userTerm(sampling.seed, user + 1) + firstTerm(ids[first]!)) | 0;
          if (firstDraw(term) >= sampling.chances[first]!) continue;
          if (secondDraw(term + secondTerm(ids[second]!)) >= sampling.chances[second]!) continue;
        }
        counts.set(`${first} ${second}`, (counts.get(`${first} ${second}`) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function expected(counts: Map<string, number>, { ids, weights, limit }: TileOptions): Record<number, number>[] {
  return Array.from(ids, (_, item) => {
    const partners = [...counts].flatMap(([pair, count]) => {
      const [first, second] = pair.split(' ').map(Number) as [number, number];
      const sim = count / Math.sqrt(weights[first]! * weights[second]!);
      if (item !== first && item !== second) return [];
      return [{ partner: item === first ? second : first, sim }];
    });
    partners.sort((a, b) => b.sim - a.sim || ids[a.partner]! - ids[b.partner]!);
    return Object.fromEntries(partners.slice(0, limit).map(({ partner, sim }) => [partner, sim]));
  });
}

const tiles = fc.record({
  rows: lists.map(ascending),
  rowCount: fc.integer({ min: 1, max: ITEMS }),
  rowPairs: fc.boolean(),
  limit: fc.integer({ min: 1, max: ITEMS }),
  weights: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: ITEMS, maxLength: ITEMS }),
  chances: fc.array(fc.constantFrom(0, ALWAYS / 2, ALWAYS - 1, ALWAYS), { minLength: ITEMS, maxLength: ITEMS }),
  isSampled: fc.boolean(),
});

test('The kernel counts and keeps pairs by the definition, at once and in chunks', () => {
  fc.assert(
    fc.property(tiles, fc.nat(40), ({ rows, rowCount, rowPairs, limit, weights, chances, isSampled }, cut) => {
      const options = optionsOf(
        ITEMS,
        defined({
          rows: rowCount,
          rowPairs,
          limit,
          weights: Float64Array.from(weights),
          sampling: isSampled ? { seed: 5, chances: Int32Array.from(chances) } : undefined,
        }),
      );
      const wanted = expected(countsOf(rows, options), options);
      expect(found(bestPartners(options, rowsOf(rows)))).toEqual(wanted);
      const counters = new TileCounters(options);
      counters.add(rowsOf(rows.slice(0, cut)));
      counters.add(rowsOf(rows.slice(cut), 1 + Math.min(cut, rows.length)));
      expect(found(counters.best())).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});

describe('the best partners', () => {
  const offers = fc.array(fc.tuple(fc.nat(199), fc.constantFrom(0.1, 0.2, 0.3, 0.4)), { maxLength: 200 });

  test('Partners are ordered by similarity and then by id, in whatever order they come', () => {
    fc.assert(
      fc.property(offers, fc.integer({ min: 1, max: 20 }), (offered, limit) => {
        const ids = Float64Array.from({ length: 201 }, (_, item) => (item * 77) % 201);
        const distinct = [...new Map(offered)];
        const best = new BestPartners(ids, limit);
        for (const [partner, sim] of distinct) best.offer(200, partner, sim);
        const sorted = distinct.sort(([a, simA], [b, simB]) => simB - simA || ids[a]! - ids[b]!);
        expect(found(best.take())[200]).toEqual(Object.fromEntries(sorted.slice(0, limit)));
      }),
      { numRuns: 300 },
    );
  });

  test('The floor lies below every similarity that could still be kept', () => {
    const best = new BestPartners(
      Float64Array.from({ length: 10 }, (_, item) => item),
      2,
    );
    for (const [partner, sim] of [
      [1, 0.5],
      [2, 0.4],
      [3, 0.3],
      [4, 0.2],
    ] as const)
      best.offer(0, partner, sim);
    expect(best.floors[0]).toBeLessThan(0.4);
    expect(best.floors[0]).toBeGreaterThan(0.399999);
    expect(best.floors[5]).toBeGreaterThan(0);
  });
});

describe('DIMSUM', () => {
  test('γ is 10 ln(n) / threshold, and everything is exact below 10⁻⁶ and for a single column', () => {
    // ln 15000 = 9.61580548. The original is Spark's columnSimilarities.
    expect(gammaOf(15_000, 0.1)).toBeCloseTo(961.580548, 5);
    expect(gammaOf(100, 0.999e-6)).toBe(Number.POSITIVE_INFINITY);
    expect(gammaOf(100, 1e-6)).toBeCloseTo(10 * Math.log(100) * 1e6, 0);
    expect(gammaOf(1, 0.1)).toBe(Number.POSITIVE_INFINITY);
  });

  test('A column of c ones is drawn with probability √(γ / c) and weighs min(γ, c)', () => {
    expect([chanceOf(4, 4), chanceOf(16, 4), chanceOf(400, 4)]).toEqual([ALWAYS, ALWAYS / 2, Math.round(ALWAYS / 10)]);
    expect([weightOf(4, 4), weightOf(3, 4), weightOf(16, 4)]).toEqual([4, 3, 4]);
    expect([chanceOf(2 ** 30, Number.POSITIVE_INFINITY), weightOf(7, Number.POSITIVE_INFINITY)]).toEqual([ALWAYS, 7]);
  });

  test('Draws are even, and independent between users, items and seeds', () => {
    const COUNT = 200_000;
    /** Returns the share of draws below a half, and the share of neighbouring draws that are both below. */
    const shares = (draw: (at: number) => number) => {
      let below = 0;
      let both = 0;
      let last = false;
      for (let at = 0; at < COUNT; at++) {
        const is = draw(at) < ALWAYS / 2;
        below += Number(is);
        both += Number(is && last);
        last = is;
      }
      return [below / COUNT, both / COUNT];
    };
    const draws: ((at: number) => number)[] = [
      (user) => firstDraw((userTerm(1, user) + firstTerm(7)) | 0),
      (item) => firstDraw((userTerm(1, 3) + firstTerm(item)) | 0),
      (seed) => firstDraw((userTerm(seed, 3) + firstTerm(7)) | 0),
      (user) => secondDraw(userTerm(1, user) + firstTerm(7) + secondTerm(8)),
      (item) => secondDraw(userTerm(1, 3) + firstTerm(7) + secondTerm(item)),
      (item) => secondDraw(userTerm(1, 3) + firstTerm(item) + secondTerm(8)),
    ];
    for (const draw of draws) {
      const [below, both] = shares(draw);
      // Five standard errors of 200,000 draws are 5 √(0.25 / 200,000) = 0.0056.
      expect(Math.abs(below! - 0.5)).toBeLessThan(0.0056);
      expect(Math.abs(both! - 0.25)).toBeLessThan(0.0056);
    }
    // The draw of the first item does not determine that of the second.
    let together = 0;
    for (let user = 0; user < COUNT; user++) {
      const term = (userTerm(1, user) + firstTerm(7)) | 0;
      together += Number(firstDraw(term) < ALWAYS / 2 && secondDraw(term + secondTerm(8)) < ALWAYS / 2);
    }
    expect(Math.abs(together / COUNT - 0.25)).toBeLessThan(0.0056);
  });
});
