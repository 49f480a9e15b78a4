/**
 * The half-sweeps of a run, one for each iteration of the loop:
 *
 *   iteration 0        start vectors of the users
 *   iteration 1, 3, …  items from users
 *   iteration 2, 4, …  users from items
 *
 * A sweep is an item half-sweep and the user half-sweep after it.
 */
import type { Solver } from '../../shared/kernels/als.ts';
import type { Side } from '../../shared/verdict/judging.ts';
import type { FactorizationSettings } from './settings.ts';

/** Returns the number of half-sweeps for so many sweeps. */
export const halfSweepsOf = (sweeps: number): number => 1 + 2 * sweeps;

/** Returns the side that an iteration makes or solves. */
export const sideOf = (iteration: number): Side => (iteration % 2 === 0 ? 'users' : 'items');

/** Returns the iterations with the final factors of each side: the last two. */
export function finalIterations({ iterations }: Pick<FactorizationSettings, 'iterations'>): Record<Side, number> {
  const last = halfSweepsOf(iterations) - 1;
  return { items: last - 1, users: last };
}

/**
 * Returns how an iteration is solved. The last half-sweep is always exact, so that the users that are written are the
 * least-squares solution for the items that are written.
 */
export const solverOf = (
  { iterations, solver }: Pick<FactorizationSettings, 'iterations' | 'solver'>,
  iteration: number,
): Solver => (iteration === halfSweepsOf(iterations) - 1 ? 'exact' : solver);
