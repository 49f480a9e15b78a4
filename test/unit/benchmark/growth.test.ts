import { expect, test } from 'vitest';
import { panelsSvg } from '../../benchmark/growth-plot.ts';
import { exponentOf, type Point, worstGrowth } from '../../benchmark/growth-points.ts';

const point = (actions: number, cpuSeconds: number): Point => ({
  job: 'any',
  actions,
  shards: undefined,
  footprint: undefined,
  outcome: { cpuSeconds, lowestCpuSeconds: 0, highestCpuSeconds: 0, seconds: 0, peakMemoryMb: 0 },
});

test('The exponent of a power law is found, and a failed run is left out', () => {
  const points = [1e5, 1e6, 1e7].map((actions) => point(actions, 3e-5 * actions ** 0.9));
  expect(exponentOf(points)).toBeCloseTo(0.9, 10);
  expect(exponentOf([...points, { ...point(1e8, 0), outcome: { failed: 'no memory' } }])).toBeCloseTo(0.9, 10);
});

test('The exponent is that of the least squares line when the points are not on one line', () => {
  // log10 CPU is 0, 1, 1 over log10 actions 5, 6, 7. The slope is Σ (x - 6)(y - 2/3) / Σ (x - 6)² = 1 / 2.
  expect(exponentOf([point(1e5, 1), point(1e6, 10), point(1e7, 10)])).toBeCloseTo(0.5, 10);
});

test('The worst growth names its job, and jobs that were not measured on both sides do not count', () => {
  const row = worstGrowth('memory', 1.2, [
    { job: 'a', above: 11, below: 10 },
    { job: 'b', above: 26, below: 20 },
    { job: 'c', above: 99, below: undefined },
  ]);
  expect(row).toMatchObject({ ratio: 1.3, note: 'b: 26.00 / 20.00' });
  expect(worstGrowth('memory', 1.2, []).ratio).toBeUndefined();
});

test('A plot has one dot for each point', () => {
  const points = [
    { x: 1e5, y: 1 },
    { x: 1e6, y: 8 },
  ];
  const svg = panelsSvg([
    { title: 'a', note: '', points },
    { title: 'b', note: '', points: [] },
  ]);
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).not.toContain('NaN');
});
