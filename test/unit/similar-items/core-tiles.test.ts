/**
 * Tests the division of the triangle of item pairs: each pair is in one tile, no tile is too large, and all tiles
 * together find what one tile finds.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockWidth,
  maxRangeItems,
  type NumberedRows,
  numberRows,
} from '../../../functions/similar-items/core-blocks.ts';
import { isSquare, joinedRows, rangesOf, tileRows } from '../../../functions/similar-items/core-tile.ts';
import { CHUNK_ENTRIES, planTiles, type Tile } from '../../../functions/similar-items/core-tiles.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { bestPartners } from '../../../shared/kernels/similarity.ts';

/** Returns the number of tiles that contain each pair i < j of `items`. */
function coverage(tiles: readonly Tile[], items: number): Uint8Array {
  const times = new Uint8Array(items * items);
  for (const { rows, columns } of tiles) {
    for (let row = rows.from; row < rows.to; row++) {
      for (let column = Math.max(row + 1, columns.from); column < columns.to; column++) times[row * items + column]!++;
    }
  }
  return times;
}

const plans = fc
  .record({
    items: fc.integer({ min: 1, max: 120 }),
    width: fc.integer({ min: 1, max: 9 }),
    bands: fc.integer({ min: 1, max: 5 }),
    count: fc.integer({ min: 1, max: 12 }),
    seed: fc.nat(),
  })
  .map(({ items, width, bands, count, seed }) => {
    const random = uniform(seed);
    const blocks = Math.ceil(items / width);
    const entries = Float64Array.from({ length: blocks }, () => 1 + Math.floor(100 * random()));
    const work = entries.map((entered) => entered * 3);
    return { items, width, rangeItems: Math.max(width, Math.ceil(items / bands)), count, entries, work };
  });

test('Every pair of items is in one tile', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const times = coverage(planTiles(plan), plan.items);
      for (let row = 0; row < plan.items; row++) {
        for (let column = row + 1; column < plan.items; column++) expect(times[row * plan.items + column]).toBe(1);
      }
    }),
  );
});

test('No range of a tile is too large, and each begins at a block', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      for (const tile of planTiles(plan)) {
        for (const { from, to } of rangesOf(tile)) {
          expect(to - from).toBeLessThanOrEqual(plan.rangeItems);
          expect(from % plan.width).toBe(0);
        }
      }
    }),
  );
});

test('Rows without work have no tile', () => {
  const entries = Float64Array.of(5, 5, 5);
  expect(planTiles({ items: 3, width: 1, rangeItems: 3, entries, work: Float64Array.of(0, 0, 0), count: 2 })).toEqual(
    [],
  );
});

test('When the entries exceed the memory, the counters fit', () => {
  // There are 20,000 items with 10,000 users each. A worker holds 16 million entries or 16 million counters.
  const [items, users] = [20_000, 10_000];
  const width = blockWidth(items, 100);
  const blocks = Math.ceil(items / width);
  const entries = new Float64Array(blocks).fill(width * users);
  const work = entries.map((count, block) => count * (blocks - block));
  const tiles = planTiles({ items, width, rangeItems: maxRangeItems(100), entries, work, count: 1 });
  expect(tiles.length).toBeGreaterThan(10);
  for (const { rows, columns } of tiles) {
    const held = (columns.to - columns.from) * users;
    const counters = (rows.to - rows.from) * (columns.to - columns.from);
    expect(held <= CHUNK_ENTRIES || counters <= 2 ** 24).toBe(true);
  }
  expect(tiles.reduce((sum, { rows }) => sum + rows.to - rows.from, 0)).toBe(items);
});

test('There are as many tiles as requested, with about equal work', () => {
  const entries = new Float64Array(256).fill(1000);
  const work = entries.map((count, block) => count * (256 - block));
  const total = work.reduce((sum, own) => sum + own, 0);
  const tiles = planTiles({ items: 256, width: 1, rangeItems: 1000, entries, work, count: 7 });
  expect(tiles.length).toBe(7);
  for (const { rows } of tiles.slice(0, -1)) {
    const own = work.subarray(rows.from, rows.to).reduce((sum, one) => sum + one, 0);
    expect(Math.abs(own - total / 7)).toBeLessThan(total / 50);
  }
});

describe('sizes of ranges', () => {
  test('Ranges grow when fewer partners are kept, up to the numbers of 16 bits', () => {
    // 64 MiB hold twice `limit` candidates of 12 bytes for 2^26 / 2400 items.
    expect([maxRangeItems(100), maxRangeItems(1000), maxRangeItems(1)]).toEqual([27_962, 2_796, 32_768]);
  });

  test('Ranges consist of whole blocks', () => {
    expect([blockWidth(0, 100), blockWidth(256, 100), blockWidth(15_000, 100), blockWidth(10 ** 7, 1000)]).toEqual([
      ...[1, 1, 59, 512],
    ]);
  });
});

describe('tiles of several bands', () => {
  const ITEMS = 60;
  const LIMIT = 4;
  const random = uniform(3);
  const lists = Array.from({ length: 90 }, () => {
    const own = Array.from({ length: 2 + Math.floor(12 * random()) }, () => Math.floor(ITEMS * random() ** 2));
    return [...new Set(own)].sort((a, b) => a - b);
  });
  const users = new Float64Array(ITEMS);
  for (const list of lists) for (const item of list) users[item]!++;

  const numbered = (some: readonly number[][], width: number): NumberedRows => {
    const offsets = Uint32Array.from([0, ...some.map((list) => list.length)]);
    for (let user = 0; user < some.length; user++) offsets[user + 1]! += offsets[user]!;
    const ids = Float64Array.from({ length: ITEMS }, (_, item) => item);
    const userIds = Float64Array.from(some, (_, user) => user + 1);
    const items = Uint32Array.from(some.flat());
    const pairs = { userIds, offsets, items, itemIds: ids, userCounts: Uint32Array.from(users) };
    return numberRows(pairs, Uint32Array.from(ids), { minItemsPerUser: 0, blocks: Math.ceil(ITEMS / width), width });
  };

  /** Returns the best partners of each item over all tiles, the best first. */
  function best(tiles: readonly Tile[], shards: readonly NumberedRows[], width: number): number[][] {
    const partners = Array.from({ length: ITEMS }, (): { partner: number; sim: number }[] => []);
    for (const tile of tiles) {
      const numbers = rangesOf(tile).flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));
      const parts = shards.map(({ userIds, offsets, entryUsers, entryItems }) => {
        const within = rangesOf(tile).map(({ from, to }) => [offsets[from / width]!, offsets[Math.ceil(to / width)]!]);
        const cut = (column: Uint32Array) =>
          Uint32Array.from(within.flatMap(([start, end]) => [...column.subarray(start, end)]));
        return tileRows({ userIds, entryUsers: cut(entryUsers), entryItems: cut(entryItems) }, tile);
      });
      const found = bestPartners(
        {
          ids: Float64Array.from(numbers),
          weights: Float64Array.from(numbers, (number) => users[number]!),
          rows: tile.rows.to - tile.rows.from,
          rowPairs: isSquare(tile),
          limit: LIMIT,
        },
        joinedRows(parts),
      );
      for (const [place, number] of numbers.entries()) {
        for (let at = found.offsets[place]!; at < found.offsets[place + 1]!; at++) {
          partners[number]!.push({ partner: numbers[found.partners[at]!]!, sim: found.sims[at]! });
        }
      }
    }
    return partners.map((own) => {
      own.sort((a, b) => b.sim - a.sim || a.partner - b.partner);
      return own.slice(0, LIMIT).map(({ partner }) => partner);
    });
  }

  test.each([
    [7, 14],
    [5, 20],
    [1, 9],
    [3, 60],
  ])('Blocks of %i items in ranges of %i find what a single tile finds', (width, rangeItems) => {
    const whole = [numbered(lists, 60)];
    const range = { from: 0, to: ITEMS };
    const expected = best([{ rows: range, columns: range }], whole, 60);
    expect(expected.flat().length).toBeGreaterThan(150);

    const shards = [numbered(lists.slice(0, 40), width), numbered(lists.slice(40), width)];
    const entries = new Float64Array(Math.ceil(ITEMS / width));
    const work = new Float64Array(entries.length);
    for (const shard of shards) {
      for (let block = 0; block < entries.length; block++) {
        entries[block]! += shard.offsets[block + 1]! - shard.offsets[block]!;
        work[block]! += shard.work[block]!;
      }
    }
    const tiles = planTiles({ items: ITEMS, width, rangeItems, entries, work, count: 5 });
    expect(tiles.length).toBeGreaterThan(3);
    expect(tiles.some((tile) => !isSquare(tile))).toBe(rangeItems < ITEMS);
    expect(best(tiles, shards, width)).toEqual(expected);
  });
});
