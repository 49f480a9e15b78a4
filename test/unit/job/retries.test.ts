import { describe, expect, test } from 'vitest';
import { RETRIED_BY_STEPS } from '../../../shared/errors.ts';
import { ATTEMPT_EVENTS, MAP_EVENTS, MAX_EVENTS, STATE_EVENTS } from '../../../shared/job/history.ts';
import { CALL_RETRY, LIST_RETRY, loopRetries, type Retrier, START_RETRY } from '../../../shared/job/retries.ts';

/** Returns the retries after an error, by the first retrier that names it, as Step Functions decides. */
const retriesAfter = (error: string, retriers: readonly Retrier[]): number =>
  retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error))?.MaxAttempts ?? 0;

const attemptsOf = (retriers: readonly Retrier[]): number =>
  retriers.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);

describe('the names of errors', () => {
  // Source: Lambda API Reference, Invoke; Step Functions Developer Guide, "Handle transient Lambda service exceptions".
  test.each([
    ...RETRIED_BY_STEPS,
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ResourceNotReadyException',
    'Lambda.ENINotReadyException',
  ])('A call is tried again at least five times after %s', (error) => {
    expect(retriesAfter(error, CALL_RETRY)).toBeGreaterThanOrEqual(5);
  });

  test.each(['Sandbox.Timedout', 'States.Timeout', 'Runtime.ExitError', 'Runtime.OutOfMemory', 'Lambda.Unknown'])(
    'A call is tried again twice after %s, which costs up to the whole time limit',
    (error) => {
      expect(retriesAfter(error, CALL_RETRY)).toBe(2);
    },
  );

  // Source: Step Functions Developer Guide, "Start workflow executions from a task state", for the short spelling.
  test.each([
    'StepFunctions.ExecutionLimitExceeded',
    'StepFunctions.ExecutionLimitExceededException',
    'StepFunctions.ThrottlingException',
    'StepFunctions.SdkClientException',
    'StepFunctions.SfnException',
  ])('An execution is started again after %s', (error) => {
    expect(retriesAfter(error, START_RETRY)).toBeGreaterThanOrEqual(5);
  });

  test.each([
    ['a call', CALL_RETRY],
    ['a start', START_RETRY],
    ['a list', LIST_RETRY],
  ])('No error of %s is named twice, because only the first retrier that names it counts', (_what, retriers) => {
    const names = retriers.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the retries of loops', () => {
  test('A short loop has the retries of other states', () => {
    expect(loopRetries(100)).toEqual({ call: CALL_RETRY, list: LIST_RETRY });
  });

  test.each([100, 200, 300, 402, 500, 657])('With %i visits the worst case fits into the history', (visits) => {
    const { call, list } = loopRetries(visits);
    const task = STATE_EVENTS + (1 + attemptsOf(call)) * ATTEMPT_EVENTS;
    const map = STATE_EVENTS + (1 + attemptsOf(list)) * MAP_EVENTS;
    expect(visits * (task + STATE_EVENTS + map)).toBeLessThan(MAX_EVENTS);
  });

  test.each([300, 402, 500, 657, 5000])(
    'With %i visits every error of a call and of a list is still retried',
    (visits) => {
      const { call, list } = loopRetries(visits);
      for (const error of CALL_RETRY.flatMap(({ ErrorEquals }) => ErrorEquals)) {
        expect(retriesAfter(error, call), error).toBeGreaterThan(0);
      }
      expect(retriesAfter('States.ItemReaderFailed', list)).toBeGreaterThan(0);
    },
  );
});
