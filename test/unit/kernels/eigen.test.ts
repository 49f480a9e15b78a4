import { describe, expect, test } from 'vitest';
import { NumericalError } from '../../../shared/errors.ts';
import { gramOf } from '../../../shared/kernels/als.ts';
import { eigenSymmetric } from '../../../shared/kernels/eigen.ts';
import { eigenOfGram } from '../../../shared/kernels/gram.ts';
import { randomFactors } from '../../helpers/factor-data.ts';

describe('eigenSymmetric', () => {
  test('A matrix of two rows has the eigenvalues computed by hand', () => {
    // [[2, 1], [1, 2]] has eigenvalue 1 for (1, -1) / √2 and 3 for (1, 1) / √2.
    const { values, vectors } = eigenSymmetric(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values].sort()).toEqual([expect.closeTo(1, 14), expect.closeTo(3, 14)]);
    for (const component of vectors) expect(Math.abs(component)).toBeCloseTo(Math.SQRT1_2, 14);
  });

  test.each([1, 2, 30, 64])('At rank %i the eigenvectors are orthonormal and reproduce the matrix', (rank) => {
    const gram = gramOf(randomFactors(300, rank, 1), rank);
    const { values, vectors } = eigenSymmetric(gram, rank);
    for (let a = 0; a < rank; a++) {
      for (let b = 0; b < rank; b++) {
        let product = 0;
        let sum = 0;
        for (let j = 0; j < rank; j++) {
          product += vectors[a * rank + j]! * vectors[b * rank + j]!;
          sum += values[j]! * vectors[j * rank + a]! * vectors[j * rank + b]!;
        }
        expect(product).toBeCloseTo(a === b ? 1 : 0, 12);
        expect(sum).toBeCloseTo(gram[a * rank + b]!, 10);
      }
    }
  });

  test('With fewer rows than dimensions the other eigenvalues are 0 and none is negative', () => {
    const { values } = eigenOfGram(gramOf(randomFactors(3, 10, 1), 10), 10);
    const sorted = [...values].sort((a, b) => b - a);
    expect(sorted.slice(3).every((value) => value >= 0 && value < 1e-6)).toBe(true);
    // The trace is the sum of the squared lengths of three unit vectors.
    expect(sorted.slice(0, 3).reduce((sum, value) => sum + value, 0)).toBeCloseTo(3, 5);
  });

  test('A matrix that is not finite is refused', () => {
    const matrix = Float64Array.of(1, Number.NaN, Number.NaN, 1);
    expect(() => eigenSymmetric(matrix, 2)).toThrow(new NumericalError('the matrix has a value that is not finite'));
    expect(() => eigenOfGram(matrix, 2)).toThrow(/^ALS: .* increase lambda$/);
  });
});
