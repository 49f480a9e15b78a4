import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOfId } from '../../../shared/shuffle/buckets.ts';
import { bucketsOfPart, partCount, partOf } from '../../../shared/shuffle/parts.ts';

describe('parts of an output', () => {
  test('There is one more part for every 2^20 records', () => {
    expect([0, 1, 1_048_575, 1_048_576, 2_097_151, 2_097_152].map(partCount)).toEqual([1, 1, 1, 2, 2, 3]);
  });

  test('The buckets of a part include those of all its users', () => {
    const aUser = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(
        aUser,
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 1, max: 100_000 }),
        (user, buckets, parts) => {
          const { from, to } = bucketsOfPart(partOf(user, parts), parts, buckets);
          const bucket = bucketOfId(user, buckets);
          expect(bucket).toBeGreaterThanOrEqual(from);
          expect(bucket).toBeLessThan(to);
        },
      ),
    );
  });

  test('Users never change their part, because a regrouped day must keep them in the same files', () => {
    // These parts were computed once, with the hash that stable-hash.ts documents.
    expect([1, 2, 3, 4, 5, 4_294_967_297, Number.MAX_SAFE_INTEGER].map((user) => partOf(user, 2))).toEqual([
      1, 1, 0, 0, 1, 1, 0,
    ]);
  });
});
