/**
 * The errors after which a state machine tries again, by the names that Step Functions gives them. A bad input is never tried
 * again.
 *
 * Sources: Step Functions Developer Guide, "Handle transient Lambda service exceptions", "Handling errors in Step Functions
 * workflows" and "Start workflow executions from a task state"; the errors of Invoke in the Lambda API Reference. The guide
 * spells `StepFunctions.ExecutionLimitExceeded`, and other errors of the same API end in `Exception`, so both spellings stand
 * here.
 */
import { RETRIED_BY_STEPS } from '../errors.ts';
import { ATTEMPT_EVENTS, MAP_EVENTS, MAX_EVENTS, STATE_EVENTS } from './history.ts';

/** An entry of a state's `Retry`. Its attempts are counted apart from those of the other entries. */
export type Retrier = {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds: number;
  readonly JitterStrategy: 'FULL';
};

const BACK_OFF = {
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxAttempts: 5,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
} as const;

/** Errors that pass soon: a store, a database, or Lambda itself does not answer. */
const PASSING_ERRORS = [
  ...RETRIED_BY_STEPS,
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ResourceNotReadyException',
  'Lambda.ENINotReadyException',
];

/**
 * Errors that another attempt is likely to meet again: too little time or memory, or a killed process. Each attempt may take
 * the whole time limit of the function.
 */
const LASTING_ERRORS = [
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
  'Sandbox.Timedout',
  'States.Timeout',
];
const LASTING_ATTEMPTS = 2;

/** For calls of functions. */
export const CALL_RETRY: readonly Retrier[] = [
  { ErrorEquals: PASSING_ERRORS, ...BACK_OFF },
  { ErrorEquals: LASTING_ERRORS, ...BACK_OFF, MaxAttempts: LASTING_ATTEMPTS },
];

/** For starts of executions. One that ran and failed is not started again: its own Tasks have been retried. */
export const START_RETRY: readonly Retrier[] = [
  {
    ErrorEquals: [
      'StepFunctions.ExecutionLimitExceeded',
      'StepFunctions.ExecutionLimitExceededException',
      'StepFunctions.ThrottlingException',
      'StepFunctions.SdkClientException',
      'StepFunctions.SfnException',
    ],
    ...BACK_OFF,
  },
];

/** For Maps: the list of their items could not be read. All other errors are those of items, which have retries of their own. */
export const LIST_RETRY: readonly Retrier[] = [{ ErrorEquals: ['States.ItemReaderFailed'], ...BACK_OFF }];

/** The retries of the states of a loop. */
export interface LoopRetries {
  /** For the Task that says what is next. */
  readonly call: readonly Retrier[];
  /** For the Map over the items of an iteration. */
  readonly list: readonly Retrier[];
}

/** The events of an execution that are kept for the states outside its loops. */
const EVENTS_OUTSIDE_LOOPS = 900;

/**
 * Returns the retries of a loop's states: those of other states if the history has room for all of them in every visit, and
 * otherwise as many as it has room for.
 *
 * @param visits how often an execution enters the Task of its loop at most; of several loops, the sum
 */
export function loopRetries(visits: number): LoopRetries {
  const eventsOfVisit = Math.floor((MAX_EVENTS - EVENTS_OUTSIDE_LOOPS) / visits);
  /** A visit enters a Task, a Choice and a Map. */
  const callsWith = (listRetries: number): number =>
    Math.floor((eventsOfVisit - 3 * STATE_EVENTS - (1 + listRetries) * MAP_EVENTS) / ATTEMPT_EVENTS);
  if (callsWith(attemptsOf(LIST_RETRY)) > attemptsOf(CALL_RETRY)) return { call: CALL_RETRY, list: LIST_RETRY };
  const passing = Math.max(1, Math.min(BACK_OFF.MaxAttempts, callsWith(1) - 1 - LASTING_ATTEMPTS));
  return {
    call: [
      { ErrorEquals: PASSING_ERRORS, ...BACK_OFF, MaxAttempts: passing },
      { ErrorEquals: LASTING_ERRORS, ...BACK_OFF, MaxAttempts: LASTING_ATTEMPTS },
    ],
    list: LIST_RETRY.map((retrier) => ({ ...retrier, MaxAttempts: 1 })),
  };
}

const attemptsOf = (retriers: readonly Retrier[]): number =>
  retriers.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
