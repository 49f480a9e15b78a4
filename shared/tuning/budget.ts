/**
 * The budget of a search, in minutes or in dollars. Each rung may use the budget up to its share, so that a slow first rung
 * does not leave nothing for the larger samples:
 *
 *   3 rungs, 60 minutes:  rung 0 begins trials until 15 minutes are spent, rung 1 until 30, rung 2 until 45
 *
 * The last quarter is for the judgement on the second hold-out. A trial that has begun is finished, so a search may take longer
 * by one batch of trials.
 */
export type Budget = { readonly minutes: number } | { readonly dollars: number };

/** The time and money that a search took. */
export interface Spent {
  /** Seconds by the clock, of all calls. */
  readonly seconds: number;
  /** The predicted price of all trainings on AWS. */
  readonly dollars: number;
}

/** True when a trial of this rung may begin. */
export function mayBegin(budget: Budget, spent: Spent, rung: number, rungs: number): boolean {
  const share = (rung + 1) / (rungs + 1);
  if ('minutes' in budget) return spent.seconds < 60 * budget.minutes * share;
  return spent.dollars < budget.dollars * share;
}
