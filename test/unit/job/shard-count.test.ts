/** Tests how many shards an amount of work is divided into. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardCount, shardsFor } from '../../../shared/job/shard-count.ts';

test.each([
  [0, 1, 1],
  [0.2, 1, 1],
  [1, 1, 1],
  [1.01, 1, 2],
  [63.5, 16, 64],
  [64, 16, 64],
  [1_000, 16, 64],
  [1_024, 16, 64],
  [1_025, 16, 65],
  [16_000, 16, 1_000],
  [1_000, 1, 1_000],
])('The work of %d shards that may grow up to %d times is divided into %i shards', (load, growth, shards) => {
  expect(shardsFor(load, growth)).toBe(shards);
});

test('More work never gives fewer shards, and no shard gets more than its limit', () => {
  const load = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(load, load, fc.integer({ min: 1, max: 16 }), (one, other, growth) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      expect(shardsFor(less, growth)).toBeLessThanOrEqual(shardsFor(more, growth));
      expect(more / shardsFor(more, growth)).toBeLessThanOrEqual(growth);
    }),
  );
});

test('A requested number of shards counts, and the load is reported in all cases', () => {
  const loads: (readonly [load: number, most: number])[] = [];
  const onLoad = (load: number, most: number) => void loads.push([load, most]);
  expect(shardCount({ shards: 3, onLoad }, 1_000, 10)).toBe(3);
  expect(shardCount({ shards: undefined, onLoad }, 1_000, 10)).toBe(100);
  expect(shardCount({ shards: undefined, onLoad }, 10_000, 10, 16)).toBe(64);
  expect(shardCount({ shards: undefined, onLoad }, 1_000, 10, 1, 7)).toBe(7);
  expect(shardCount({ shards: 9, onLoad }, 1_000, 10, 1, 7)).toBe(7);
  const any = Number.POSITIVE_INFINITY;
  expect(loads).toEqual([
    [100, any],
    [100, any],
    [1_000, any],
    [100, 7],
    [100, 7],
  ]);
});
