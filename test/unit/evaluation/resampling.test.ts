import { expect, test } from 'vitest';
import { estimateOf } from '../../../shared/evaluation/intervals.ts';
import { drawWeights, userHash } from '../../../shared/evaluation/resampling.ts';

const USERS = 2000;
const RESAMPLES = 1000;

/** Ids as a shop has them: consecutive ones, ones beyond 32 bits, and ones that differ in their high half alone. */
const IDS = Array.from({ length: USERS }, (_, at) =>
  at % 3 === 0 ? at : at % 3 === 1 ? Number.MAX_SAFE_INTEGER - at : at * 2 ** 32 + 7,
);

const table = IDS.map((id) => {
  const weights = new Float64Array(RESAMPLES + 1);
  drawWeights(weights, 1, id);
  return weights;
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('weights are distributed as Poisson of mean 1', () => {
  const counts = new Map<number, number>();
  for (const row of table) for (const weight of row.subarray(1)) counts.set(weight, (counts.get(weight) ?? 0) + 1);
  const draws = USERS * RESAMPLES;
  let probability = Math.exp(-1);
  for (let events = 0; events <= 5; events++) {
    if (events > 0) probability /= events;
    // Five standard deviations of a binomial share.
    const tolerance = 5 * Math.sqrt((probability * (1 - probability)) / draws);
    expect(Math.abs((counts.get(events) ?? 0) / draws - probability)).toBeLessThan(tolerance);
  }
  expect(Math.max(...counts.keys())).toBeLessThan(14);
});

test('the first weight is 1: it stands for the users as they are', () => {
  expect(table.every((row) => row[0] === 1)).toBe(true);
});

test('weights of two users, of two resamples and of two seeds are not correlated', () => {
  const covariance = (a: readonly number[], b: readonly number[]) =>
    mean(a.map((value, at) => (value - 1) * (b[at]! - 1)));
  // The product of two independent weights less 1 has the variance 1. Five standard deviations.
  const column = (resample: number) => table.map((row) => row[resample]!);
  for (const [a, b] of [
    [1, 2],
    [1, 3],
    [500, 1000],
    [255, 256],
  ] as const) {
    expect(Math.abs(covariance(column(a), column(b)))).toBeLessThan(5 / Math.sqrt(USERS));
  }
  const row = (user: number) => [...table[user]!.subarray(1)];
  for (const [a, b] of [
    [0, 3],
    [1, 4],
    [2, 5],
    [0, 1],
  ] as const) {
    expect(Math.abs(covariance(row(a), row(b)))).toBeLessThan(5 / Math.sqrt(RESAMPLES));
  }
  const other = new Float64Array(RESAMPLES + 1);
  drawWeights(other, 2, IDS[0]!);
  expect(Math.abs(covariance(row(0), [...other.subarray(1)]))).toBeLessThan(5 / Math.sqrt(RESAMPLES));
});

test('the total weight of a resample varies as that of independent users', () => {
  const totals = Array.from({ length: RESAMPLES }, (_, at) => mean(table.map((row) => row[at + 1]!)));
  const variance = mean(totals.map((total) => (total - 1) ** 2)) * USERS;
  // The variance of 1,000 draws has a standard deviation of the square root of 2/1000.
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / RESAMPLES));
});

test('the smallest hashes are a fair sample of the users, and say nothing about their weights', () => {
  const sample = IDS.map((id, at) => ({ hash: userHash(1, id), at })).sort((a, b) => a.hash - b.hash);
  const half = sample.slice(0, USERS / 2);
  expect(new Set(sample.map(({ hash }) => hash)).size).toBe(USERS);
  expect(Math.abs(half.filter(({ at }) => at % 2 === 0).length - USERS / 4)).toBeLessThan(2.5 * Math.sqrt(USERS / 4));
  const weights = half.flatMap(({ at }) => [...table[at]!.subarray(1)]);
  expect(Math.abs(mean(weights) - 1)).toBeLessThan(5 / Math.sqrt(weights.length));
});

test('hashes and weights never change: the pooled intervals of earlier days stand on them', () => {
  const weights = new Float64Array(13);
  drawWeights(weights, 1, 12345678901);
  expect([...weights]).toMatchInlineSnapshot(`
    [
      1,
      0,
      1,
      1,
      2,
      1,
      2,
      1,
      1,
      1,
      0,
      0,
      2,
    ]
  `);
  expect(userHash(1, 12345678901)).toMatchInlineSnapshot(`3449771310453688`);
});

test('percentiles are those of numpy, without resamples that have no value', () => {
  const values = Float64Array.from([7, Number.NaN, 4, 1, 3, 2, Number.NaN]);
  // numpy.percentile([1, 2, 3, 4], [2.5, 97.5]) is 1.075 and 3.925.
  const { mean, low, high } = estimateOf(50, values);
  expect([mean, low, high]).toEqual([7, 1.075, 3.925]);
});

test('below 50 users there is no interval, and without a user no mean', () => {
  expect(estimateOf(49, Float64Array.from([0.5, 0.4, 0.6]))).toEqual({ mean: 0.5, low: null, high: null });
  expect(estimateOf(0, Float64Array.from([Number.NaN, Number.NaN]))).toEqual({ mean: null, low: null, high: null });
});
