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

/**
 * An entry of a state's `Retry`. Its attempts are counted apart from those of the other entries. Properties with
 * the default of Step Functions are left out, because a template has hundreds of retriers and at most 1 MB.
 */
export type Retrier = {
  readonly ErrorEquals: readonly string[];
  /** The longest wait before the first retry; 1 by default. */
  readonly IntervalSeconds?: number;
  /** The factor from one wait to the next; 2 by default. */
  readonly BackoffRate?: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy: 'FULL';
};

/**
 * The account has no free slot for a function or an execution. The waits last 89 minutes in all at most, and half of that on
 * average, because other functions may hold the slots for 15 minutes each.
 */
const THROTTLING = {
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 24,
  MaxDelaySeconds: 300,
  JitterStrategy: 'FULL',
} as const;

/** The five waits last up to 1, 2, 4, 8 and 16 seconds. */
const BACK_OFF = { MaxAttempts: 5, JitterStrategy: 'FULL' } as const;

/** The two waits last up to 5 and 20 seconds, together almost as long as the five waits of `BACK_OFF`. */
const FEW_RETRIES = { IntervalSeconds: 5, BackoffRate: 4, MaxAttempts: 2, JitterStrategy: 'FULL' } as const;

const THROTTLED_CALLS = ['Lambda.TooManyRequestsException'];

/** Errors that pass soon: a store, a database, or Lambda itself does not answer. */
const PASSING_ERRORS = [
  ...RETRIED_BY_STEPS,
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

/** The retries of calls of functions. */
export const CALL_RETRY: readonly Retrier[] = [
  { ErrorEquals: THROTTLED_CALLS, ...THROTTLING },
  { ErrorEquals: PASSING_ERRORS, ...BACK_OFF },
  { ErrorEquals: LASTING_ERRORS, ...BACK_OFF, MaxAttempts: LASTING_ATTEMPTS },
];

/**
 * The retries of a call that folds a run. After any other error the states of the fan-out do the work, and the time of another
 * attempt is saved. The waits last 28 minutes in all at most.
 */
export const FOLD_RETRY: readonly Retrier[] = [{ ErrorEquals: THROTTLED_CALLS, ...THROTTLING, MaxAttempts: 12 }];

/**
 * The retries of starts of executions. An execution that ran and failed is not started again: its own Tasks have been
 * retried.
 */
export const START_RETRY: readonly Retrier[] = [
  {
    ErrorEquals: [
      'StepFunctions.ExecutionLimitExceeded',
      'StepFunctions.ExecutionLimitExceededException',
      'StepFunctions.ThrottlingException',
    ],
    ...THROTTLING,
  },
  { ErrorEquals: ['StepFunctions.SdkClientException', 'StepFunctions.SfnException'], ...BACK_OFF },
];

/**
 * The retries of Maps, for a list of items that could not be read. All other errors are those of items, which have their own
 * retries.
 */
export const LIST_RETRY: readonly Retrier[] = [{ ErrorEquals: ['States.ItemReaderFailed'], ...BACK_OFF }];

/** The retries of the states of a loop. */
export interface LoopRetries {
  /** The retries of the Task that says what comes next. */
  readonly call: readonly Retrier[];
  /** The retries of the Map over the items of an iteration. */
  readonly list: readonly Retrier[];
}

/** The number of events of an execution that are reserved for the states outside its loops. */
const EVENTS_OUTSIDE_LOOPS = 900;

/**
 * Returns the retries of a loop's states: those of other states if the history has room for all of them in every visit, and
 * otherwise as many as it has room for. Then throttling has what is left of two attempts after all other errors together.
 *
 * @param visits how often an execution enters the Task of its loop at most; of several loops, the sum
 */
export function loopRetries(visits: number): LoopRetries {
  const eventsOfVisit = Math.floor((MAX_EVENTS - EVENTS_OUTSIDE_LOOPS) / visits);
  /** A visit enters a Task, a Choice and a Map. */
  const callsWith = (listRetries: number): number =>
    Math.floor((eventsOfVisit - 3 * STATE_EVENTS - (1 + listRetries) * MAP_EVENTS) / ATTEMPT_EVENTS);
  if (callsWith(attemptsOf(LIST_RETRY)) > attemptsOf(CALL_RETRY)) return { call: CALL_RETRY, list: LIST_RETRY };
  // The waits grow faster when there are fewer of them, so that the last one is as long as in other states.
  const MaxAttempts = Math.max(2, Math.min(THROTTLING.MaxAttempts, callsWith(1) - 1 - FEW_RETRIES.MaxAttempts));
  const growth = THROTTLING.MaxDelaySeconds / THROTTLING.IntervalSeconds;
  const BackoffRate = Math.max(THROTTLING.BackoffRate, Math.ceil(growth ** (1 / (MaxAttempts - 1))));
  return {
    call: [
      { ErrorEquals: THROTTLED_CALLS, ...THROTTLING, BackoffRate, MaxAttempts },
      { ErrorEquals: [...PASSING_ERRORS, ...LASTING_ERRORS], ...FEW_RETRIES },
    ],
    list: LIST_RETRY.map((retrier) => ({ ...retrier, MaxAttempts: 1 })),
  };
}

const attemptsOf = (retriers: readonly Retrier[]): number =>
  retriers.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
