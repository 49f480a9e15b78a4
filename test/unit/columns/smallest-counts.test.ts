import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distinctIn, largestIn, SmallestCounts } from '../../../shared/columns/smallest-counts.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { sketchHash } from '../../../shared/model/stable-hash.ts';

const MOST = 4;
const GROUPS = 8;

/** Returns the smallest hashes with their counts, by sorting all of them. */
function plainly(hashes: readonly number[]): [hash: number, count: number][] {
  const distinct = [...new Set(hashes)].sort((a, b) => a - b);
  return distinct.slice(0, MOST).map((hash) => [hash, hashes.filter((other) => other === hash).length]);
}

const kept = (counts: SmallestCounts): [hash: number, count: number][] => {
  const { hashes, counts: own } = counts.toColumns();
  return Array.from(hashes, (hash, at) => [hash, own[at]!]);
};

const someHash = fc
  .nat(30)
  .map((place) => (place * 2 ** 53) / 31)
  .map(Math.floor);

describe('SmallestCounts', () => {
  test('The smallest hashes and their counts are kept, in whatever parts the hashes were added', () => {
    fc.assert(
      fc.property(fc.array(fc.array(someHash)), (parts) => {
        const whole = new SmallestCounts(MOST, GROUPS);
        for (const part of parts) {
          const own = new SmallestCounts(MOST, GROUPS);
          for (const hash of part) own.add(hash);
          whole.merge(own.toColumns());
        }
        const all = parts.flat();
        expect(kept(whole)).toEqual(plainly(all));
        const distinct = new Set(all).size;
        expect(whole.toColumns().wereDropped).toBe(distinct > MOST);
        if (distinct <= MOST) {
          expect(distinctIn(whole.toColumns())).toBe(distinct);
          expect(largestIn(whole.toColumns())).toBe(Math.max(0, ...plainly(all).map(([, count]) => count)));
          return;
        }
        expect(distinctIn(whole.toColumns())).toBeGreaterThan(MOST);
        const groups = new Array<number>(GROUPS).fill(0);
        for (const hash of all) groups[Math.floor((hash / 2 ** 53) * GROUPS)]! += 1;
        expect(largestIn(whole.toColumns())).toBe(Math.max(...groups));
      }),
      { numRuns: 500 },
    );
  });

  test('A part that was counted in smaller parts has the same contents', () => {
    const random = uniform(5);
    const hashes = Array.from({ length: 500 }, () => sketchHash(Math.floor(60 * random())));
    const whole = new SmallestCounts(16, GROUPS);
    for (const hash of hashes) whole.add(hash);
    const merged = new SmallestCounts(16, GROUPS);
    for (let start = 0; start < hashes.length; start += 37) {
      const part = new SmallestCounts(16, GROUPS);
      for (const hash of hashes.slice(start, start + 37)) part.add(hash);
      merged.merge(part.toColumns());
    }
    expect(merged.toColumns()).toEqual(whole.toColumns());
  });

  test('The number of distinct hashes is estimated within four standard errors', () => {
    const counts = new SmallestCounts(1024);
    for (let id = 0; id < 100_000; id++) counts.add(sketchHash(id));
    expect(Math.abs(distinctIn(counts.toColumns()) / 100_000 - 1)).toBeLessThan(4 / Math.sqrt(1024));
  });
});
