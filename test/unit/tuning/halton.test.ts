import { describe, expect, test } from 'vitest';
import { haltonPoint } from '../../../shared/tuning/halton.ts';

/** The largest difference between the share of points below a corner and the corner's volume, over a grid of corners. */
function discrepancy(points: readonly (readonly number[])[]): number {
  const cuts = [0.1, 0.25, 0.5, 0.6, 0.75, 0.9];
  let worst = 0;
  for (const x of cuts) {
    for (const y of cuts) {
      const below = points.filter(([a, b]) => a! < x && b! < y).length / points.length;
      worst = Math.max(worst, Math.abs(below - x * y));
    }
  }
  return worst;
}

describe('the scrambled Halton sequence', () => {
  test('Each coordinate of the first base^k points falls once into each of base^k equal parts', () => {
    for (const seed of [1, 2, 77]) {
      for (const [dimension, base] of [2, 3, 5, 7, 11, 13].entries()) {
        const parts = Array.from({ length: base ** 2 }, (_, index) =>
          Math.floor(haltonPoint(index, 6, seed)[dimension]! * base ** 2 + 1e-9),
        );
        expect(parts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: base ** 2 }, (_, part) => part));
      }
    }
  });

  test('Every pair of coordinates is covered better than by random points', () => {
    // 48 random points have a discrepancy of about 0.13 over these corners; Halton points without permutations, in bases
    // 11 and 13, have 0.2.
    const points = Array.from({ length: 48 }, (_, index) => haltonPoint(index, 6, 1));
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < a; b++) {
        expect(discrepancy(points.map((point) => [point[a]!, point[b]!])), `${a}, ${b}`).toBeLessThan(0.13);
      }
    }
  });

  test('The points of a seed are the same, of two seeds different, and all below 1', () => {
    expect(haltonPoint(5, 4, 9)).toEqual(haltonPoint(5, 4, 9));
    expect(haltonPoint(5, 4, 9)).not.toEqual(haltonPoint(5, 4, 10));
    for (let index = 0; index < 1000; index++) {
      for (const at of haltonPoint(index, 8, 3)) {
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThan(1);
      }
    }
  });

  test('More dimensions than bases are refused', () => {
    expect(() => haltonPoint(0, 9, 1)).toThrow('9 dimensions: at most 8');
  });
});
