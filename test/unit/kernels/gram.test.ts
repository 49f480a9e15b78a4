import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fusedMultiplyAdd, gramOf } from '../../../shared/kernels/als.ts';
import { randomFactors } from '../../helpers/factor-data.ts';
import { referenceGram } from '../../reference/als.ts';

describe('gramOf', () => {
  test('The Gram matrix of two rows is the one computed by hand', () => {
    // The rows (1, 2) and (3, -1) give 1 + 9, 2 - 3 and 4 + 1.
    const rows = new Float32Array(16);
    rows.set([1, 2], 0);
    rows.set([3, -1], 8);
    expect([...gramOf(rows, 2)]).toEqual([10, -1, -1, 5]);
    expect([...gramOf(new Float32Array(0), 2)]).toEqual([0, 0, 0, 0]);
  });

  test.each([1, 7, 33, 256])('The Gram matrix is the float64 sum at rank %i', (rank) => {
    const rows = randomFactors(700, rank, 1);
    const gram = gramOf(rows, rank);
    const expected = referenceGram(rows, rank);
    // Products of float32 are exact in float64, and 700 sums of them are rounded to about 1e-16 of the trace (700)
    // each.
    for (let i = 0; i < gram.length; i++) expect(Math.abs(gram[i]! - expected[i]!)).toBeLessThan(1e-11);
  });
});

test('The probe says whether the hardware fuses multiplication and addition', () => {
  // arm64 always does, and x86 says so. Without /proc, every x86 sold since 2013 is taken to do so.
  const isLinux = process.platform === 'linux' && process.arch === 'x64';
  const expected = isLinux ? / fma /.test(readFileSync('/proc/cpuinfo', 'utf8')) : true;
  expect(fusedMultiplyAdd()).toBe(expected);
});
