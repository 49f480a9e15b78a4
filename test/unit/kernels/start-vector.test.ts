import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startVector } from '../../../shared/kernels/als.ts';
import { naturalLog } from '../../../shared/kernels/natural-log.ts';
import { philox } from '../../../shared/kernels/philox.ts';

const vector = (seed: number, id: number, rank: number): Float32Array => {
  const out = new Float32Array(rank);
  startVector(seed, id, rank, out, 0);
  return out;
};

test('Philox gives the known answers of Random123 (kat_vectors, philox4x32 10)', () => {
  const block = (...[c0, c1, c2, c3, k0, k1]: [number, number, number, number, number, number]) => {
    const words = new Uint32Array(4);
    philox(c0, c1, c2, c3, k0, k1, words);
    return [...words];
  };
  const all = 0xffffffff;
  expect(block(0, 0, 0, 0, 0, 0)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  expect(block(all, all, all, all, all, all)).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  expect(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0)).toEqual([
    0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
  ]);
});

test('naturalLog is the natural logarithm', () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -64, max: 1, maxExcluded: true, noNaN: true }), (s) => {
      expect(Math.abs(naturalLog(s) - Math.log(s))).toBeLessThanOrEqual(1e-14 * Math.abs(Math.log(s)));
    }),
  );
});

describe('startVector', () => {
  test('A start vector has unit length and changes only its own place', () => {
    for (const rank of [1, 2, 7, 64, 256]) {
      const out = new Float32Array(rank + 2);
      startVector(7, 2 ** 53 - 1, rank, out, 1);
      const squares = out.reduce((sum, value) => sum + value * value, 0);
      // Each component is rounded to float32, by 6e-8 of itself.
      expect(squares).toBeCloseTo(1, 6);
      expect([out[0], out[rank + 1]]).toEqual([0, 0]);
    }
  });

  test('A start vector depends on the seed and on both halves of the id', () => {
    expect(vector(1, 5, 8)).toEqual(vector(1, 5, 8));
    const vectors = [
      vector(1, 5, 8),
      vector(2, 5, 8),
      vector(-1, 5, 8),
      vector(2 ** 32 + 1, 5, 8),
      vector(1, 6, 8),
      vector(1, 5 + 2 ** 32, 8),
      vector(1, 5 + 2 ** 52, 8),
    ];
    expect(new Set(vectors.map(String)).size).toBe(vectors.length);
  });

  test('The components are normally distributed, by the moments of 40,000 components scaled by √rank', () => {
    const components: number[] = [];
    for (let id = 0; id < 100; id++) components.push(...vector(3, id * 2 ** 33, 400).map((value) => value * 20));
    const moment = (power: number) => components.reduce((sum, value) => sum + value ** power, 0) / components.length;
    // Standard errors are 0.005, 0.012, and 0.05 for the fourth. The fourth moment of the normal distribution is 3.
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(moment(2)).toBeCloseTo(1, 5);
    expect(Math.abs(moment(3))).toBeLessThan(0.06);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
  });

  test('Start vectors keep their bits', () => {
    // These values come from the first run of this code. Another value changes every model.
    expect([...vector(1, 42, 3)]).toEqual([0.43726488947868347, -0.8150690793991089, 0.3800813853740692]);
  });
});
