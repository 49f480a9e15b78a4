import { describe, expect, test } from 'vitest';
import { Best } from '../../../shared/answers/best.ts';
import { NearestIds, NearestTexts } from '../../../shared/answers/nearest.ts';

describe('the best of many keys', () => {
  test('are sorted by falling score, and equal ones by key, in whatever order they come', () => {
    const offers: [key: number, score: number][] = [
      [4, 0.5],
      [2, 0.5],
      [9, 0.75],
      [7, Number.NaN],
      [1, -1],
      [3, 0.5],
    ];
    for (const order of [offers, offers.toReversed()]) {
      const best = new Best<number>(3);
      for (const [key, score] of order) best.offer(key, score);
      expect(best.list).toEqual([
        { key: 9, score: 0.75 },
        { key: 2, score: 0.5 },
        { key: 3, score: 0.5 },
      ]);
    }
  });
});

describe('what may be meant', () => {
  test('The nearest ids are near as numbers, also when ids come twice', () => {
    const nearest = new NearestIds(50);
    for (const id of [1, 48, 53, 48, 60, 51, 2 ** 40]) nearest.offer(id);
    expect(nearest.ids).toEqual([51, 48, 53]);
  });

  test('The nearest texts differ in less than half of the letters, without regard to case', () => {
    const nearest = new NearestTexts('SKU-31');
    for (const text of ['sku-13', 'SKU-3', 'lamp', 'SKU-31b', 'SKU-3', 'SKU-4711']) nearest.offer(text);
    expect(nearest.texts).toEqual(['SKU-3', 'SKU-31b', 'sku-13']);
  });
});
