import { expect, test } from 'vitest';
import { inUnits, MEASURES, measuresOf, UNITS } from '../../../shared/evaluation/measures.ts';
import { slicesOf } from '../../../shared/evaluation/slices.ts';

test('the measures of the example in the header', () => {
  const measures = measuresOf([2, 5], 3, 20);
  expect(measures.recall).toBe(2 / 3);
  // Gains of 1/log2(3) = 0.63093 and 1/log2(6) = 0.38685, of at most 1 + 0.63093 + 0.5.
  expect(measures.ndcg).toBeCloseTo((0.63093 + 0.38685) / 2.13093, 5);
  expect(measures.mrr).toBe(0.5);
  expect(measures.hitRate).toBe(1);
});

test('a list that begins with as many hits as it can hold is perfect, also with more test items than the list is long', () => {
  for (const [tests, cutoff] of [
    [1, 20],
    [3, 20],
    [20, 20],
    [50, 20],
    [7, 1],
  ] as const) {
    const ranks = Array.from({ length: Math.min(tests, cutoff) }, (_, at) => at + 1);
    expect(measuresOf(ranks, tests, cutoff)).toEqual({ recall: 1, ndcg: 1, mrr: 1, hitRate: 1 });
  }
});

test('a list without a hit has no measure above 0', () => {
  expect(measuresOf([], 4, 20)).toEqual({ recall: 0, ndcg: 0, mrr: 0, hitRate: 0 });
});

test('units are integers', () => {
  for (const measure of MEASURES) expect(Number.isInteger(inUnits(measuresOf([3, 4], 7, 20)[measure]))).toBe(true);
  expect(inUnits(1)).toBe(UNITS);
});

test('slices: new is of the last 7 training days, light has up to 5 items, heavy has 50 and more', () => {
  const [isNew, light, heavy] = [1, 2, 4];
  expect(slicesOf(94, 6, 100)).toBe(isNew);
  expect(slicesOf(93, 6, 100)).toBe(0);
  expect(slicesOf(93, 5, 100)).toBe(light);
  expect(slicesOf(93, 49, 100)).toBe(0);
  expect(slicesOf(100, 50, 100)).toBe(isNew | heavy);
  expect(slicesOf(undefined, 0, 100)).toBe(light);
});
