/** The quantities that a run has used, by its account: the bill of a run that was done, not of a predicted one. */
import type { AnyJob } from '../job/job.ts';
import { FOLD } from '../job/state-machine.ts';
import { sum } from './model.ts';
import { transitionsOf } from './predict.ts';
import { foldedTransitions } from './predict-folded.ts';
import type { Quantities } from './prices.ts';
import { gigabyteSeconds, type RunUsage } from './usage.ts';

/**
 * Returns what a run has used. The transitions are those of a run without retries that was not interrupted, and include the
 * states after publishing. The time and the requests of these states are not in the account.
 */
export function quantitiesOf(job: AnyJob, { steps, folded }: RunUsage): Quantities {
  const invocations = new Map(steps.map((step) => [step.step, step.invocations]));
  const byOneProcess = invocations.get(FOLD.name) ?? 0;
  const total = (of: (step: RunUsage['steps'][number]) => number): number => sum(steps.map(of));
  return {
    gbSeconds: total(gigabyteSeconds),
    // Configure and Fold.
    invocations: folded ? 2 : total((step) => step.invocations),
    // A fold that handed over was a Task and a Choice in addition.
    transitions: folded
      ? foldedTransitions(job)
      : transitionsOf(job, (step) => invocations.get(step) ?? 0) + 2 * byOneProcess,
    gets: total(({ gets }) => gets),
    puts: total(({ puts }) => puts),
    lists: total(({ lists }) => lists),
  };
}

export const NOTHING_SPENT: Quantities = { gbSeconds: 0, invocations: 0, transitions: 0, gets: 0, puts: 0, lists: 0 };

export const addedQuantities = (a: Quantities, b: Quantities): Quantities => ({
  gbSeconds: a.gbSeconds + b.gbSeconds,
  invocations: a.invocations + b.invocations,
  transitions: a.transitions + b.transitions,
  gets: a.gets + b.gets,
  puts: a.puts + b.puts,
  lists: a.lists + b.lists,
});
