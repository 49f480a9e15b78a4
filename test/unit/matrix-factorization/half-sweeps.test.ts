import { expect, test } from 'vitest';
import {
  finalIterations,
  halfSweepsOf,
  sideOf,
  solverOf,
} from '../../../functions/matrix-factorization/half-sweeps.ts';

test('Two sweeps are the users’ start vectors and then items and users in turn', () => {
  const iterations = Array.from({ length: halfSweepsOf(2) }, (_, iteration) => sideOf(iteration));
  expect(iterations).toEqual(['users', 'items', 'users', 'items', 'users']);
});

test('The final factors of each side come from the last two half-sweeps', () => {
  expect(finalIterations({ iterations: 2 })).toEqual({ items: 3, users: 4 });
});

test('Only the last half-sweep is exact when the solver is pcg', () => {
  const settings = { iterations: 1, solver: 'pcg' } as const;
  expect([0, 1, 2].map((iteration) => solverOf(settings, iteration))).toEqual(['pcg', 'pcg', 'exact']);
});
