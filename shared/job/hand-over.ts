/**
 * Every round of a loop enters three states, and an execution's history ends at 25,000 events. A loop that may have more rounds
 * than the history has room for hands over to another execution of its own machine, and to a further one if the loop is still
 * not done:
 *
 *   Handed over? ─► Configure ─► … ─► Begin sweep ─► sweep ─► sweep done? ─► (the next step) ─► … ─► Activate
 *         │                                ▲           ▲        │ │ │  ▲
 *         └────────────────────────────────┘           │        │ │ └─ Hand over sweep (another execution)
 *                                                      └ solve ◄┘ └─► Rounds done (the end of the other execution)
 *
 * The other execution gets the RunRef, so it neither configures the run again nor enters the steps before the loop. It has as
 * many rounds as the first one. Checkpoints are in the work area, so the loop's function finds the next iteration in every
 * execution. The states after the loop belong to the first execution, and so does the run's end.
 */
import type { JsonValue } from '../json.ts';
import { ATTEMPT_EVENTS, MAP_EVENTS, MAX_EVENTS, STATE_EVENTS } from './history.ts';
import type { AnyJob } from './job.ts';
import { nestedExecution, OWN_EXECUTION, OWN_MACHINE, STARTED_BY } from './nested-executions.ts';
import { attemptsOf, CALL_RETRY, LIST_RETRY } from './retries.ts';
import type { State } from './state-types.ts';
import type { AnyStep } from './step.ts';

export type AnyLoop = Extract<AnyStep<unknown>, { readonly kind: 'loop' }>;
type Template = Readonly<Record<string, JsonValue>>;

/** The number of events of an execution that are reserved for the states outside its loops, and for hand-overs. */
const EVENTS_OUTSIDE_LOOPS = 1_500;

/** The most events of a round: those of its Task, its Choice and its Map, with all retries. */
const EVENTS_OF_ROUND =
  3 * STATE_EVENTS + (1 + attemptsOf(CALL_RETRY)) * ATTEMPT_EVENTS + (1 + attemptsOf(LIST_RETRY)) * MAP_EVENTS;

/** The number of times that the loops of an execution may enter their Tasks, all loops together. */
const MOST_VISITS = Math.floor((MAX_EVENTS - EVENTS_OUTSIDE_LOOPS) / EVENTS_OF_ROUND);

/** Returns the most rounds of a loop in one execution. After them its Task is entered once more. */
export function roundsInExecution(job: AnyJob, loop: AnyLoop): number {
  const loops = job.steps.filter(({ kind }) => kind === 'loop').length;
  return Math.min(loop.maxIterations, Math.floor(MOST_VISITS / loops) - 1);
}

/** True for a loop that may have more rounds than one execution has room for. */
export const handsOver = (job: AnyJob, loop: AnyLoop): boolean => roundsInExecution(job, loop) < loop.maxIterations;

/** Returns the loops of a job that hand over. */
export const loopsThatHandOver = (job: AnyJob): AnyLoop[] =>
  job.steps.flatMap((step) => (step.kind === 'loop' && handsOver(job, step) ? [step] : []));

/** Returns how often a loop has handed over when it has had so many rounds and is done. */
export const handOversAfter = (job: AnyJob, loop: AnyLoop, rounds: number): number =>
  Math.max(0, Math.ceil(rounds / roundsInExecution(job, loop)) - 1);

/** Returns how often a loop has handed over when its Task has been entered so many times and it is done. */
export const handOversBefore = (job: AnyJob, loop: AnyLoop, visits: number): number =>
  Math.max(0, Math.ceil((visits - 1) / (roundsInExecution(job, loop) + 1)) - 1);

/** The state with which a machine begins that has such loops. */
export const HANDED_OVER = 'Handed over?';

const ROUNDS_DONE = 'Rounds done';

/** Returns the name of the state that begins a loop which hands over. */
export const beginOf = ({ name }: AnyLoop): string => `Begin ${name}`;

/** Returns the name of the state that starts the other execution. */
export const handOverOf = ({ name }: AnyLoop): string => `Hand over ${name}`;

/**
 * A field in the event of a loop that hands over: the number of rounds that this execution has begun. The answer has it too, one
 * greater.
 */
export const ROUNDS = { 'rounds.$': '$.loop.ref.rounds' };

/** Returns the choices after the Task of a loop that hands over. If none of them applies, a round begins. */
export function handOverChoices(job: AnyJob, loop: AnyLoop, isDone: Template, next: string): Template[] {
  const noMoreRounds = { Variable: '$.loop.ref.rounds', NumericGreaterThan: roundsInExecution(job, loop) };
  return [
    { And: [{ Variable: '$.handedOver', IsPresent: true }, { Or: [isDone, noMoreRounds] }], Next: ROUNDS_DONE },
    { ...isDone, Next: next },
    { ...noMoreRounds, Next: handOverOf(loop) },
  ];
}

/**
 * Returns the states of a loop that hands over, besides those that every loop has.
 *
 * @param done the name of the Choice after the loop's Task
 * @param caught the Catch of a Task
 */
export function handOverStates(loop: AnyLoop, done: string, caught: JsonValue): Record<string, State> {
  const { name } = loop;
  return {
    [beginOf(loop)]: { Type: 'Pass', Result: { ref: { rounds: 0 } }, ResultPath: '$.loop', Next: name },
    [handOverOf(loop)]: {
      ...nestedExecution({
        'StateMachineArn.$': OWN_MACHINE,
        Input: {
          handedOver: name,
          run: { 'ref.$': '$.run.ref' },
          // The commands that list executions look for these two.
          'client.$': '$.run.ref.client',
          settings: { 'startDay.$': '$.run.ref.day' },
          [`${STARTED_BY}.$`]: OWN_EXECUTION,
        },
      }),
      ResultSelector: { 'ref.$': '$.Output.loop.ref' },
      ResultPath: '$.loop',
      Catch: caught,
      Next: done,
    },
    [ROUNDS_DONE]: { Type: 'Succeed' },
  };
}

/** Returns the first state of a machine with such loops. */
export const handedOverState = (loops: readonly AnyLoop[], otherwise: string): State => ({
  Type: 'Choice',
  Choices: loops.map((loop) => ({
    And: [
      { Variable: '$.handedOver', IsPresent: true },
      { Variable: '$.handedOver', StringEquals: loop.name },
    ],
    Next: beginOf(loop),
  })),
  Default: otherwise,
});
