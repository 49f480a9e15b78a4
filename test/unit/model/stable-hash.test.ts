import { describe, expect, test } from 'vitest';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { bucketOf, hashBytes, hashId } from '../../../shared/model/stable-hash.ts';

describe('stable hashes', () => {
  test('Hashes never change, because the layout of outputs depends on them', () => {
    // These are the values of the first version. Other values need a new version of every job that shuffles.
    expect([0, 1, 67, 2 ** 31, 2 ** 32, 2 ** 53 - 1].map(hashId)).toMatchInlineSnapshot(`
      [
        1624822673,
        4171546984,
        837502082,
        1689003513,
        2575722215,
        1826178689,
      ]
    `);
    expect(
      ['', 'a', 'abcd', '"c","client_userid":"u1"'].map((text) => hashBytes(viewOf(Buffer.from(text)), 0, text.length)),
    ).toMatchInlineSnapshot(`
      [
        0,
        1197541054,
        705207600,
        3219372392,
      ]
    `);
  });

  test('Both halves of an id influence its hash', () => {
    const hashes = new Set<number>();
    for (let high = 0; high < 100; high++) for (let low = 0; low < 100; low++) hashes.add(hashId(high * 2 ** 32 + low));
    // With 10,000 of 2^32 values, 0.01 collisions are expected.
    expect(hashes.size).toBeGreaterThan(9_997);
  });

  test.each([1, 2 ** 20, 2 ** 33])('Ids with a distance of %d fill buckets evenly', (step) => {
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) counts[bucketOf(hashId(i * step), 64)]!++;
    // 1,000 are expected in each bucket, with a standard deviation of 31.
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });

  test('A bucket is a range of hashes', () => {
    expect(bucketOf(0, 7)).toBe(0);
    expect(bucketOf(2 ** 32 - 1, 7)).toBe(6);
    expect(bucketOf(2 ** 31 - 1, 2)).toBe(0);
    expect(bucketOf(2 ** 31, 2)).toBe(1);
  });

  test('Only the given range of bytes is hashed', () => {
    const bytes = viewOf(Buffer.from('xxabcdexx'));
    expect(hashBytes(bytes, 2, 7)).toBe(hashBytes(viewOf(Buffer.from('abcde')), 0, 5));
    expect(hashBytes(bytes, 2, 6)).not.toBe(hashBytes(bytes, 2, 7));
  });
});
