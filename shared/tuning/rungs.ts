/**
 * The rungs of successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
 * Optimization", 2016): all trials are judged on a small sample of the users, the best third of them on a sample about three
 * times as large, and so on up to all users. So most trials cost a tenth of a whole training or less.
 *
 *   48 trials of 200,000 users:  48 trials of 20,000 users → 16 trials of 63,246 → 6 trials of all
 */

/** A smaller sample than a tenth of the users does not keep the order of settings. */
const LEAST_SHARE = 0.1;
/** A sample of fewer users has too few test pairs to tell settings apart. */
export const LEAST_USERS = 5_000;
/** The best third goes on to the next rung. */
const ETA = 3;

/**
 * Returns the share of the users in each rung, ascending. The last one is 1.
 *
 * @param least the number of users that the first rung has at least
 */
export function rungShares(users: number, least = LEAST_USERS): number[] {
  const first = Math.min(1, Math.max(LEAST_SHARE, least / Math.max(1, users)));
  const steps = Math.round(Math.log(1 / first) / Math.log(ETA));
  // A first rung of more than 58 % of the users would save little.
  if (steps === 0) return [1];
  return Array.from({ length: steps + 1 }, (_, step) => first ** (1 - step / steps));
}

/** Returns the number of trials that go on from a rung. */
export const promotedFrom = (trials: number): number => Math.max(1, Math.ceil(trials / ETA));
