/**
 * The worst case of a state machine, compared with the limits of Step Functions. An execution's history ends at 25,000
 * events, so no machine may come near that with the largest settings that a job allows and with every retry.
 */
import { LimitError } from '../shared/errors.ts';
import { handOverOf, handOversAfter, roundsInExecution } from '../shared/job/hand-over.ts';
import { ATTEMPT_EVENTS, MAP_EVENTS, MAX_EVENTS, STATE_EVENTS } from '../shared/job/history.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { State, States } from '../shared/job/state-types.ts';
import type { Component } from './component.ts';
import { isDistributed, nextOf, partsOf } from './machine-states.ts';

/** ExecutionStarted, and ExecutionSucceeded, ExecutionFailed or another end. */
const EXECUTION_EVENTS = 2;
/** MapIterationStarted and MapIterationSucceeded. */
const ITERATION_EVENTS = 2;
/** TaskSubmitted, for a nested execution that has started. It is not started again when it fails. */
const SUBMITTED_EVENTS = 1;

/**
 * Returns how often an execution of the job enters the states of its loops at most: once for each round, once after them, and
 * once for each hand-over.
 */
export function visitsOfJob(job: AnyJob): Record<string, number> {
  return Object.fromEntries(
    job.steps.flatMap((step): [state: string, visits: number][] => {
      if (step.kind !== 'loop') return [];
      const visits = roundsInExecution(job, step) + 1;
      const handOvers = handOversAfter(job, step, step.maxIterations);
      return [
        [step.name, visits],
        [`${step.name} done?`, visits + handOvers],
        [step.body.name, visits],
        [handOverOf(step), handOvers],
      ];
    }),
  );
}

/**
 * Returns the most events that one execution's history may have: the sum over all states, as if every one were entered. The
 * items of a Distributed Map run as executions of their own.
 *
 * @param visits how often a state is entered at most; needed for every state on a cycle. `visits['<name> items']` is the
 *   number of times that the processor of an inline Map runs
 * @throws LimitError for a state on a cycle, or an inline Map, that has no such bound
 */
export function worstCaseEvents(machine: States, visits: Readonly<Record<string, number>>): number {
  return EXECUTION_EVENTS + eventsOfStates(machine, visits);
}

/** Returns the longest history of a machine and of the executions that its Distributed Maps start, in events. */
export function largestHistory(machine: States, visits: Readonly<Record<string, number>>): number {
  const parts = Object.values(machine.States).flatMap(partsOf);
  return Math.max(worstCaseEvents(machine, visits), ...parts.map((part) => largestHistory(part, visits)));
}

/** @throws LimitError for a machine whose history could come near the limit of Step Functions */
export function checkHistory({ name, machine, visits }: Pick<Component, 'name' | 'machine' | 'visits'>): void {
  const events = largestHistory(machine, visits);
  if (events <= MAX_EVENTS) return;
  throw new LimitError(
    `an execution of ${name} could have ${events} events in its history, and at most ${MAX_EVENTS} are allowed: ` +
      'give the job fewer steps, or lower maxIterations of its loop',
  );
}

function eventsOfStates(machine: States, visits: Readonly<Record<string, number>>): number {
  const cyclic = statesOnCycles(machine);
  let events = 0;
  for (const [name, state] of Object.entries(machine.States)) {
    events += boundOf(name, cyclic.has(name) ? visits[name] : 1) * eventsOf(name, state, visits);
  }
  return events;
}

function eventsOf(name: string, state: State, visits: Readonly<Record<string, number>>): number {
  const retriers = (state.Retry ?? []) as { MaxAttempts: number }[];
  const attempts = 1 + retriers.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
  const once =
    state.Type === 'Task' ? ATTEMPT_EVENTS : isDistributed(state) ? MAP_EVENTS : eventsOfParts(name, state, visits);
  const submitted = String(state.Resource).includes('startExecution') ? SUBMITTED_EVENTS : 0;
  return STATE_EVENTS + attempts * once + submitted;
}

function eventsOfParts(name: string, state: State, visits: Readonly<Record<string, number>>): number {
  const parts = partsOf(state);
  if (parts.length === 0) return 0;
  const inParts = parts.reduce((sum, part) => sum + eventsOfStates(part, visits), 0);
  if (state.Type === 'Parallel') return MAP_EVENTS + inParts;
  return MAP_EVENTS + boundOf(name, visits[`${name} items`]) * (ITERATION_EVENTS + inParts);
}

function boundOf(name: string, visits: number | undefined): number {
  if (visits !== undefined) return visits;
  throw new LimitError(`nothing says how often state '${name}' is entered at most, so its history has no bound`);
}

/** The states from which a path leads back to themselves. */
function statesOnCycles({ States }: States): Set<string> {
  const reaches = (from: string, target: string): boolean => {
    const seen = new Set<string>();
    const left = nextOf(States[from]!);
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (name === target) return true;
      if (seen.has(name)) continue;
      seen.add(name);
      left.push(...nextOf(States[name]!));
    }
    return false;
  };
  return new Set(Object.keys(States).filter((name) => reaches(name, name)));
}
