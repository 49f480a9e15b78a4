import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { RETRIED_BY_STEPS } from '../../../shared/errors.ts';
import { ATTEMPT_EVENTS, MAP_EVENTS, MAX_EVENTS, STATE_EVENTS } from '../../../shared/job/history.ts';
import { CALL_RETRY, LIST_RETRY, loopRetries, type Retrier, START_RETRY } from '../../../shared/job/retries.ts';
import { visitsOfLoop } from '../../../shared/job/state-machine.ts';

/** Returns the retries after an error, by the first retrier that names it, as Step Functions decides. */
const retriesAfter = (error: string, retriers: readonly Retrier[]): number =>
  retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error))?.MaxAttempts ?? 0;

const attemptsOf = (retriers: readonly Retrier[]): number =>
  retriers.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);

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
  ])('A call is tried again five times after %s', (error) => {
    expect(retriesAfter(error, CALL_RETRY)).toBe(5);
  });

  test.each(['Sandbox.Timedout', 'States.Timeout', 'Runtime.ExitError', 'Runtime.OutOfMemory', 'Lambda.Unknown'])(
    'A call is tried again twice after %s, which costs up to the whole time limit',
    (error) => {
      expect(retriesAfter(error, CALL_RETRY)).toBe(2);
    },
  );

  test.each(['StepFunctions.SdkClientException', 'StepFunctions.SfnException'])(
    'An execution is started again five times after %s',
    (error) => {
      expect(retriesAfter(error, START_RETRY)).toBe(5);
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

  test('The longest waits are those that docs/deploy.md names', () => {
    const waits = waitsOf(CALL_RETRY[0]!);
    const minutes = Math.ceil(waits.reduce((sum, wait) => sum + wait, 0) / 60);
    const text = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8').replaceAll('\n', ' ');
    expect(text).toContain(`retried ${waits.length} times within ${minutes} minutes at most`);
    const loops = JOBS.flatMap(({ name, steps }) =>
      steps.flatMap((step) => (step.kind === 'loop' ? { name, step } : [])),
    );
    expect(loops.length).toBeGreaterThan(0);
    for (const { name, step } of loops) {
      const attempts = loopRetries(visitsOfLoop(step)).call[0]!.MaxAttempts;
      expect(text).toContain(`${attempts} times in \`${name}\``);
    }
  });
});

describe('the retries of loops', () => {
  test('A loop of 150 visits has the retries of other states, and one of 152 has not', () => {
    expect(loopRetries(150)).toEqual({ call: CALL_RETRY, list: LIST_RETRY });
    expect(loopRetries(152).call).not.toEqual(CALL_RETRY);
  });

  test.each([
    [402, [2, 6, 18, 54, 162, 300, 300, 300]],
    [657, [2, 300]],
  ])('With %i visits throttling has fewer attempts, and the last waits are as long', (visits, waits) => {
    const [throttling, others] = loopRetries(visits).call;
    expect(waitsOf(throttling!)).toEqual(waits);
    expect(waitsOf(others!)).toEqual([5, 20]);
  });

  test.each([100, 150, 152, 200, 300, 402, 500, 657])(
    'With %i visits the worst case fits into the history',
    (visits) => {
      const { call, list } = loopRetries(visits);
      const task = STATE_EVENTS + (1 + attemptsOf(call)) * ATTEMPT_EVENTS;
      const map = STATE_EVENTS + (1 + attemptsOf(list)) * MAP_EVENTS;
      expect(visits * (task + STATE_EVENTS + map)).toBeLessThan(MAX_EVENTS);
    },
  );

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
