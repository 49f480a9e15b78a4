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

describe('names of executions', () => {
  test('The name of an execution contains job, day, run and attempt', () => {
    expect(executionName('matrix-factorization', 15317, '0123456789abcdef', 2)).toBe(
      'matrix-factorization-15317-0123456789abcdef-2',
    );
  });

  test('A name is refused when it is longer than 80 characters or contains others than Step Functions allows', () => {
    expect(() => executionName('j'.repeat(60), 15317, '0123456789abcdef', 1)).toThrow(/80 letters, digits and hyphens/);
    expect(() => executionName('ä', 1, '0', 1)).toThrow(/would be called/);
  });
});

describe('the next action for a run', () => {
  test.each(['arrival', 'sweep', 'hand'] as const)('A run without an execution is started by trigger %s', (trigger) => {
    expect(nextAction([], gone, trigger)).toEqual({ kind: 'start', attempt: 1 });
  });

  test.each(['arrival', 'sweep', 'hand'] as const)('A running execution is joined by trigger %s', (trigger) => {
    expect(nextAction(['FAILED', 'RUNNING'], gone, trigger)).toEqual({ kind: 'join', attempt: 2 });
  });

  test.each(['arrival', 'sweep', 'hand'] as const)(
    'A run that is done and in place is left alone by trigger %s',
    (trigger) => {
      expect(nextAction(['FAILED', 'SUCCEEDED'], whole, trigger)).toMatchObject({ kind: 'nothing' });
    },
  );

  test.each([gone, { published: true, active: false }])(
    'A run that was done and is not in place is started again when its state is %o',
    (output) => {
      for (const trigger of ['sweep', 'hand'] as const) {
        expect(nextAction(['SUCCEEDED'], output, trigger)).toEqual({ kind: 'start', attempt: 2 });
      }
    },
  );

  test('A failed run is not started again by a repeated event', () => {
    for (const status of ['FAILED', 'TIMED_OUT', 'ABORTED'] as const) {
      expect(nextAction([status], gone, 'arrival')).toMatchObject({ kind: 'nothing' });
    }
  });

  test('A failed run is restarted three times by the sweep, which then asks for a restart by hand', () => {
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

  test('An attempt never takes a name that was used before', () => {
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

test('Attempts are looked up by name until one is missing', async () => {
  const known: Record<string, ExecutionStatus> = { 'x-1': 'FAILED', 'x-2': 'RUNNING', 'x-4': 'FAILED' };
  const executions = { start: async () => true, status: async (_machine: string, name: string) => known[name] };
  expect(await attemptsOf(executions, 'machine', (attempt) => `x-${attempt}`)).toEqual(['FAILED', 'RUNNING']);
});
