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

/** Errors that pass soon: a store, a database, or Lambda itself does not answer. */
const PASSING_ERRORS = [
  ...RETRIED_BY_STEPS,
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ResourceNotReadyException',
  'Lambda.ENINotReadyException',
  'Lambda.EC2ThrottledException',
  'Lambda.EC2UnexpectedException',
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
  { ErrorEquals: ['Lambda.TooManyRequestsException'], ...THROTTLING },
  { ErrorEquals: PASSING_ERRORS, ...BACK_OFF },
  { ErrorEquals: LASTING_ERRORS, ...BACK_OFF, MaxAttempts: LASTING_ATTEMPTS },
];

/**
 * The retries of a call that folds a run. After any other error the states of the fan-out do the work, and the time of another
 * attempt is saved.
 */
export const FOLD_RETRY: readonly Retrier[] = [{ ErrorEquals: ['Lambda.TooManyRequestsException'], ...THROTTLING }];

/**
 * A start that was refused for a reason without a name of its own. When many clients begin at once, this is how the account's
 * rate of starts is refused: solutions that AWS publishes retry such a name after half a minute. A missing permission has the
 * same names, so the waits end after 14 minutes at most.
 */
const UNNAMED_REFUSAL = {
  IntervalSeconds: 5,
  BackoffRate: 3,
  MaxAttempts: 6,
  MaxDelaySeconds: 300,
  JitterStrategy: 'FULL',
} as const;

/**
 * The retries of starts of executions. An execution that ran and failed is not started again: its own Tasks have been retried.
 * The last three names are those of errors that have no name of their own, as both versions of AWS's SDK for Java spell them.
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
  {
    ErrorEquals: [
      'StepFunctions.SdkClientException',
      'StepFunctions.SfnException',
      'StepFunctions.AWSStepFunctionsException',
    ],
    ...UNNAMED_REFUSAL,
  },
];

/**
 * The retries of Maps, for a list of items that could not be read. All other errors are those of items, which have their own
 * retries.
 */
export const LIST_RETRY: readonly Retrier[] = [{ ErrorEquals: ['States.ItemReaderFailed'], ...BACK_OFF }];

/** Returns the number of retries of all retriers together. */
export const attemptsOf = (retriers: readonly Retrier[]): number =>
  retriers.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
