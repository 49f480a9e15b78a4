import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attemptsOf,
  type ExecutionStatus,
  executionName,
  MAX_SWEEP_RESTARTS,
  nextAction,
} from '../../../shared/job/executions.ts';

const whole = { published: true, active: true };
const gone = { published: false, active: true };
const ended = fc.constantFrom<ExecutionStatus>('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED');

describe('the name of an execution', () => {
  test('says job, day, run and attempt', () => {
    expect(executionName('matrix-factorization', 15317, '0123456789abcdef', 2)).toBe(
      'matrix-factorization-15317-0123456789abcdef-2',
    );
  });

  test('longer than Step Functions allows (80), or with anything else in it, is refused', () => {
    expect(() => executionName('j'.repeat(60), 15317, '0123456789abcdef', 1)).toThrow(/80 letters, digits and hyphens/);
    expect(() => executionName('ä', 1, '0', 1)).toThrow(/would be called/);
  });
});

describe('what to do about a run', () => {
  test.each(['arrival', 'sweep', 'hand'] as const)('that has had no execution: start it (%s)', (trigger) => {
    expect(nextAction([], gone, trigger)).toEqual({ kind: 'start', attempt: 1 });
  });

  test.each(['arrival', 'sweep', 'hand'] as const)('that is running: join it (%s)', (trigger) => {
    expect(nextAction(['FAILED', 'RUNNING'], gone, trigger)).toEqual({ kind: 'join', attempt: 2 });
  });

  test.each(['arrival', 'sweep', 'hand'] as const)('that is done and in place: nothing (%s)', (trigger) => {
    expect(nextAction(['FAILED', 'SUCCEEDED'], whole, trigger)).toMatchObject({ kind: 'nothing' });
  });

  test.each([gone, { published: true, active: false }])('that was done and is not in place: again, %o', (output) => {
    for (const trigger of ['sweep', 'hand'] as const) {
      expect(nextAction(['SUCCEEDED'], output, trigger)).toEqual({ kind: 'start', attempt: 2 });
    }
  });

  test('that failed: not because the same event comes again', () => {
    for (const status of ['FAILED', 'TIMED_OUT', 'ABORTED'] as const) {
      expect(nextAction([status], gone, 'arrival')).toMatchObject({ kind: 'nothing' });
    }
  });

  test('that failed: by the sweep three times, then it says so; by hand always', () => {
    const attempts: ExecutionStatus[] = ['FAILED'];
    for (let action = nextAction(attempts, gone, 'sweep'); action.kind === 'start'; ) {
      expect(action.attempt).toBe(attempts.length + 1);
      attempts.push('ABORTED');
      action = nextAction(attempts, gone, 'sweep');
    }
    expect(attempts).toHaveLength(1 + MAX_SWEEP_RESTARTS);
    expect(nextAction(attempts, gone, 'sweep')).toMatchObject({ why: expect.stringContaining('by hand') });
    expect(nextAction(attempts, gone, 'hand')).toEqual({ kind: 'start', attempt: 5 });
  });

  test('never takes a name that was used', () => {
    fc.assert(
      fc.property(
        fc.array(ended, { maxLength: 8 }),
        fc.constantFrom('arrival', 'sweep', 'hand'),
        (attempts, trigger) => {
          const action = nextAction(attempts, gone, trigger as 'hand');
          if (action.kind === 'start') expect(action.attempt).toBe(attempts.length + 1);
          else expect(action.kind).toBe('nothing');
        },
      ),
    );
  });
});

test('attempts are looked up by name until one is missing', async () => {
  const known: Record<string, ExecutionStatus> = { 'x-1': 'FAILED', 'x-2': 'RUNNING', 'x-4': 'FAILED' };
  const executions = { start: async () => true, status: async (_machine: string, name: string) => known[name] };
  expect(await attemptsOf(executions, 'machine', (attempt) => `x-${attempt}`)).toEqual(['FAILED', 'RUNNING']);
});
