/** Races the kernel of the best items against the obvious way, `test/reference/best-items.ts`. Lists must be equal bit for bit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BestItems, type BestLists, emptyLists, type SeenItems } from '../../shared/kernels/best-items.ts';
import { normal, uniform } from '../benchmark/random.ts';
import { realMatrix } from '../helpers/real-matrix.ts';
import { published, startFactors, trainFactors, unpadded } from '../helpers/train-factors.ts';
import { referenceBestItems } from '../reference/best-items.ts';

interface Problem {
  readonly rank: number;
  /** (U,K) */
  readonly users: Float32Array;
  /** (I,K) */
  readonly items: Float32Array;
  readonly seen: SeenItems;
  readonly count: number;
}

const idsOf = (items: number): Float64Array => Float64Array.from({ length: items }, (_, item) => 7 * item + 1);

/** Returns the lists of both, where the kernel gets the items in tiles that begin at `cuts`. */
function both({ rank, users, items, seen, count }: Problem, cuts: readonly number[] = []): [BestLists, BestLists] {
  const ids = idsOf(items.length / rank);
  const starts = [0, ...cuts, ids.length];
  let lists = emptyLists(seen.starts.length - 1, count);
  // The last tile comes first, because the order of tiles must not matter.
  for (let tile = starts.length - 2; tile >= 0; tile--) {
    const [first, end] = [starts[tile]!, starts[tile + 1]!];
    const best = BestItems.of(ids.subarray(first, end), items.subarray(first * rank, end * rank), rank, first);
    lists = best.best(users, seen, count, lists);
  }
  return [lists, referenceBestItems({ ids, factors: items, rank }, users, seen, count)];
}

/** Returns what users have seen when each item was seen with this chance. */
function randomSeen(users: number, items: number, chance: number, random: () => number): SeenItems {
  const starts = [0];
  const seen: number[] = [];
  for (let user = 0; user < users; user++) {
    for (let item = 0; item < items; item++) if (random() < chance) seen.push(item);
    starts.push(seen.length);
  }
  return { starts: Uint32Array.from(starts), items: Uint32Array.from(seen) };
}

/** Each kind returns the value of a row in a dimension. */
const KINDS: Readonly<Record<string, (random: () => number, rank: number) => (row: number, k: number) => number>> = {
  'random factors': (random) => () => normal(random),
  'factors of very different lengths': (random) => {
    const lengths = new Map<number, number>();
    return (row) => {
      if (!lengths.has(row)) lengths.set(row, Math.exp(3 * normal(random)));
      return lengths.get(row)! * normal(random);
    };
  },
  'factors in clusters': (random, rank) => {
    const centres = Float64Array.from({ length: 3 * rank }, () => normal(random));
    return (row, k) => centres[(row % 3) * rank + k]! + 0.01 * normal(random);
  },
  'factors of a lower rank': (random, rank) => {
    const base = Float64Array.from({ length: 2 * rank }, () => normal(random));
    const weights = new Map<number, readonly [number, number]>();
    return (row, k) => {
      if (!weights.has(row)) weights.set(row, [normal(random), normal(random)]);
      const [a, b] = weights.get(row)!;
      return a * base[k]! + b * base[rank + k]!;
    };
  },
  'factors with many equal scores': (random) => () => Math.floor(3 * random()) - 1,
  'factors that are all but parallel, so that scores differ in their last digits': (random) => () =>
    1 + 1e-5 * Math.floor(10 * random()),
  'factors whose products all but cancel': (random) => (_, k) => (k % 2 === 0 ? 1e4 : -1e4) + normal(random),
  'factors of which some are zero, huge, tiny or not finite': (random) => {
    const odd = [0, 1e-42, 1e-30, 1e20, 3e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const rows = new Map<number, number | undefined>();
    return (row) => {
      if (!rows.has(row)) rows.set(row, random() < 0.2 ? odd[Math.floor(odd.length * random())] : undefined);
      return rows.get(row) ?? normal(random);
    };
  },
  'factors so small that their products vanish or lose digits': (random) => () => 1e-22 * normal(random),
  'zero vectors': (random) => (row) => (row % 4 === 0 ? 0 : normal(random)),
};

const problem = (kind: string) =>
  fc
    .record({
      seed: fc.integer({ min: 1, max: 1e9 }),
      rank: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 8, 16, 24, 32, 64)),
      users: fc.integer({ min: 0, max: 9 }),
      items: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 100, max: 700 })),
      count: fc.constantFrom(0, 1, 2, 5, 20),
      seenShare: fc.constantFrom(0, 0.1, 0.7, 1),
      cutShares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 2 }),
    })
    .map(({ seed, rank, users, items, count, seenShare, cutShares }) => {
      const random = uniform(seed);
      const rows = (length: number): Float32Array => {
        const value = KINDS[kind]!(random, rank);
        return published(
          Float32Array.from({ length: length * rank }, (_, at) => value(Math.floor(at / rank), at % rank)),
        );
      };
      return {
        problem: {
          rank,
          users: rows(users),
          items: rows(items),
          seen: randomSeen(users, items, seenShare, random),
          count,
        },
        cuts: cutShares.map((share) => Math.floor(share * items)).sort((a, b) => a - b),
      };
    });

describe('The kernel finds the lists of the obvious way', () => {
  test.each(Object.keys(KINDS))('for %s', (kind) => {
    fc.assert(
      fc.property(problem(kind), ({ problem: one, cuts }) => {
        const [lists, expected] = both(one, cuts);
        expect(lists).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('for more users than a chunk has, in one call or in several', () => {
    const random = uniform(5);
    const [rank, users, items, count] = [6, 5_000, 60, 3];
    const rows = (length: number) => Float32Array.from({ length: length * rank }, () => Math.floor(5 * random()) - 2);
    const one = { rank, users: rows(users), items: rows(items), seen: randomSeen(users, items, 0.2, random), count };
    const [lists, expected] = both(one);
    expect(lists).toEqual(expected);
    const best = BestItems.of(idsOf(items), one.items, rank);
    for (const [from, end] of [
      [0, 3],
      [3, 40],
      [40, users],
    ] as const) {
      const seen = { starts: one.seen.starts.subarray(from, end + 1), items: one.seen.items };
      const part = best.best(one.users.subarray(from * rank, end * rank), seen, count);
      expect(part.items).toEqual(expected.items.subarray(from * count, end * count));
      expect(part.counts).toEqual(expected.counts.subarray(from, end));
    }
  });

  test('for vectors that are longer than factors can be, as word2vec may have', () => {
    const random = uniform(9);
    const [rank, users, items] = [300, 5, 60];
    const rows = (length: number) => published(Float32Array.from({ length: length * rank }, () => normal(random)));
    const seen = randomSeen(users, items, 0.1, random);
    const [lists, expected] = both({ rank, users: rows(users), items: rows(items), seen, count: 5 });
    expect(lists).toEqual(expected);
  });

  test('for trained factors of Online Retail, and multiplies less than half of what they have', () => {
    const rank = 30;
    const scores = realMatrix('onlineretail');
    const factors = startFactors(scores, rank);
    trainFactors(scores, factors, {
      rank,
      solver: 'pcg',
      iterations: 2,
      lambda: 1,
      alpha: 10,
      regularization: 'by count',
    });
    const users = published(unpadded(factors.users, rank));
    const items = published(unpadded(factors.items, rank));
    const { ptr, idx } = scores.users;
    const best = BestItems.of(idsOf(items.length / rank), items, rank);
    const lists = best.best(users, { starts: ptr, items: idx }, 20);
    expect(best.multiplications).toBeLessThan((users.length * items.length) / rank / 2);

    // The obvious way is slow, so every twentieth user is looked at.
    for (let user = 0; user + 1 < ptr.length; user += 20) {
      const seen = {
        starts: Uint32Array.of(0, ptr[user + 1]! - ptr[user]!),
        items: idx.subarray(ptr[user], ptr[user + 1]),
      };
      const own = users.subarray(user * rank, (user + 1) * rank);
      const expected = referenceBestItems({ ids: idsOf(items.length / rank), factors: items, rank }, own, seen, 20);
      expect(lists.items.subarray(20 * user, 20 * (user + 1))).toEqual(expected.items);
      expect(lists.scores.subarray(20 * user, 20 * (user + 1))).toEqual(expected.scores);
    }
  });
});
