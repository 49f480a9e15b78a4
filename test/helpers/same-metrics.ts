import { expect } from 'vitest';
import type { MetricsDocument } from '../../shared/evaluation/metrics-document.ts';

/** Measures are rounded to multiples of 2^-32 before they are summed, so means may differ by half of that. */
const TOLERANCE = 2 ** -32;

/** Checks that two evaluations say the same. Reasons may have other words. */
export function expectSameMetrics(actual: MetricsDocument, expected: MetricsDocument): void {
  expect(differences(actual, expected, 'metrics')).toEqual([]);
}

function differences(actual: unknown, expected: unknown, path: string): string[] {
  if (path === 'metrics.reason') return typeof actual === typeof expected ? [] : [`${path}: ${actual}`];
  if (typeof actual === 'number' && typeof expected === 'number') {
    return Math.abs(actual - expected) <= TOLERANCE ? [] : [`${path}: ${actual} in place of ${expected}`];
  }
  if (isObject(actual) && isObject(expected)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return keys.flatMap((key) => differences(actual[key], expected[key], `${path}.${key}`));
  }
  return actual === expected ? [] : [`${path}: ${JSON.stringify(actual)} in place of ${JSON.stringify(expected)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
