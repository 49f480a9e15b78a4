import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { RETRIED_BY_STEPS } from '../../../shared/errors.ts';
import { loopsThatHandOver, roundsInExecution } from '../../../shared/job/hand-over.ts';
import { CALL_RETRY, LIST_RETRY, type Retrier, START_RETRY } from '../../../shared/job/retries.ts';

/** Returns the retries after an error, by the first retrier that names it, as Step Functions decides. */
const retriesAfter = (error: string, retriers: readonly Retrier[]): number =>
  retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error))?.MaxAttempts ?? 0;

/** Returns the longest wait before each retry, in seconds. */
const waitsOf = ({ IntervalSeconds = 1, BackoffRate = 2, MaxAttempts, MaxDelaySeconds = 1e9 }: Retrier): number[] =>
  Array.from({ length: MaxAttempts }, (_, at) => Math.min(IntervalSeconds * BackoffRate ** at, MaxDelaySeconds));

describe('the names of errors', () => {
  // Source: Lambda API Reference, Invoke; Step Functions Developer Guide, "Handle transient Lambda service exceptions".
  test.each([
    ...RETRIED_BY_STEPS,
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ResourceNotReadyException',
    'Lambda.ENINotReadyException',
    'Lambda.EC2ThrottledException',
    'Lambda.EC2UnexpectedException',
  ])('A call is tried again five times after %s', (error) => {
    expect(retriesAfter(error, CALL_RETRY)).toBe(5);
  });

  test.each(['Sandbox.Timedout', 'States.Timeout', 'Runtime.ExitError', 'Runtime.OutOfMemory', 'Lambda.Unknown'])(
    'A call is tried again twice after %s, which costs up to the whole time limit',
    (error) => {
      expect(retriesAfter(error, CALL_RETRY)).toBe(2);
    },
  );

  test.each(['SdkClientException', 'SfnException', 'AWSStepFunctionsException'].map((name) => `StepFunctions.${name}`))(
    'An execution is started again six times after %s, which may mean that too many are started at once',
    (error) => {
      expect(retriesAfter(error, START_RETRY)).toBe(6);
    },
  );

  test.each([
    ['a call', CALL_RETRY],
    ['a start', START_RETRY],
    ['a list', LIST_RETRY],
  ])('No error of %s is named twice, because only the first retrier that names it counts', (_what, retriers) => {
    const names = retriers.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('throttling', () => {
  // Source: Step Functions Developer Guide, "Start workflow executions from a task state", for the name without a suffix.
  test.each<[error: string, retriers: readonly Retrier[]]>([
    ['Lambda.TooManyRequestsException', CALL_RETRY],
    ['StepFunctions.ExecutionLimitExceeded', START_RETRY],
    ['StepFunctions.ExecutionLimitExceededException', START_RETRY],
    ['StepFunctions.ThrottlingException', START_RETRY],
  ])('%s is waited for with 24 attempts of its own, whose waits double from 2 to 300 seconds', (error, retriers) => {
    const [first, ...others] = retriers;
    expect(first).toEqual({
      ErrorEquals: expect.arrayContaining([error]),
      IntervalSeconds: 2,
      BackoffRate: 2,
      MaxAttempts: 24,
      MaxDelaySeconds: 300,
      JitterStrategy: 'FULL',
    });
    expect(others.flatMap(({ ErrorEquals }) => ErrorEquals)).not.toContain(error);
  });

  test('The longest waits, and the rounds of an execution, are those that docs/deploy.md names', () => {
    const waits = waitsOf(CALL_RETRY[0]!);
    const minutes = Math.ceil(waits.reduce((sum, wait) => sum + wait, 0) / 60);
    const text = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8').replaceAll('\n', ' ');
    expect(text).toContain(`retried ${waits.length} times within ${minutes} minutes at most`);
    const rounds = JOBS.flatMap((job) => loopsThatHandOver(job).map((loop) => roundsInExecution(job, loop)));
    expect(rounds.length).toBeGreaterThan(0);
    for (const count of rounds) expect(text).toContain(`history has room for ${count} such rounds`);
  });
});
