import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TreeSum } from '../../../functions/matrix-factorization/core-tree.ts';
import { cutBuckets } from '../../../shared/shuffle/buckets.ts';

const add = (left: string, right: string) => `(${left}+${right})`;

/** Returns the sum of the blocks `0 … blocks − 1` by the trees of shards that are divided at `cuts`. */
function sumOver(blocks: number, cuts: readonly number[]): string {
  const ends = [...new Set([...cuts, blocks])].sort((a, b) => a - b);
  const whole = new TreeSum(add);
  let from = 0;
  for (const end of ends) {
    const shard = new TreeSum(add);
    for (let block = from; block < end; block++) shard.push({ level: 0, index: block, sum: String(block) });
    for (const node of shard.nodes) whole.push(node);
    from = end;
  }
  return whole.root();
}

describe('sums over blocks', () => {
  test('Blocks are added along one binary tree', () => {
    expect(sumOver(4, [])).toBe('((0+1)+(2+3))');
  });

  test('The sum does not depend on the shards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), fc.array(fc.integer({ min: 1, max: 127 })), (level, cuts) => {
        const blocks = 2 ** level;
        expect(
          sumOver(
            blocks,
            cuts.filter((cut) => cut < blocks),
          ),
        ).toBe(sumOver(blocks, []));
      }),
    );
  });

  test('The sum is refused while a block is missing', () => {
    const tree = new TreeSum(add);
    tree.push({ level: 0, index: 0, sum: 'a' });
    tree.push({ level: 0, index: 2, sum: 'c' });
    expect(() => tree.root()).toThrow(RangeError);
  });
});

describe('division of blocks', () => {
  test('Ranges are contiguous, cover all blocks, and are as many as requested when there are enough blocks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 64 }),
        fc.integer({ min: 1, max: 9 }),
        (weights, parts) => {
          const ranges = cutBuckets(weights, parts);
          expect(ranges[0]?.from).toBe(0);
          expect(ranges.at(-1)?.to).toBe(weights.length);
          for (let at = 1; at < ranges.length; at++) expect(ranges[at]?.from).toBe(ranges[at - 1]?.to);
          expect(ranges.every(({ from, to }) => from < to)).toBe(true);
          expect(ranges.length).toBe(Math.min(parts, weights.length));
        },
      ),
    );
  });

  test('Ranges have about equal weights', () => {
    // 100 blocks of weight 1 are divided into 4 ranges of 25.
    expect(cutBuckets(new Array(100).fill(1), 4).map(({ from, to }) => to - from)).toEqual([25, 25, 25, 25]);
  });
});
