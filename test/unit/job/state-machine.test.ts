import { describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { handlersOf } from '../../../shared/job/handlers.ts';
import type { Retrier } from '../../../shared/job/retries.ts';
import { compileStateMachine, handlersOfMachine } from '../../../shared/job/state-machine.ts';
import { expectGolden, updateCure } from '../../helpers/golden.ts';
import { languageErrors, namedStates } from '../../helpers/states.ts';

/** The value that a deployment sets. */
const MAX_CONCURRENCY = 40;

describe.each(JOBS)('the state machine of $name', (job) => {
  const machine = compileStateMachine(job, MAX_CONCURRENCY);
  const states = namedStates(machine);

  test('The state machine is the reviewed one, so that a change of the flow shows here', async () => {
    await expectGolden(`${JSON.stringify(machine, null, 2)}\n`, {
      path: `test/golden/state-machines/${job.name}.asl.json`,
      cure: updateCure('this change of the flow'),
    });
  });

  test('The state machine is valid Amazon States Language', () => {
    expect(languageErrors(machine)).toBe('');
  });

  test('Every function that is called is declared and has a handler', () => {
    const called = new Set(
      states.flatMap(([, state]) => {
        const name = (state.Parameters as { FunctionName?: string } | undefined)?.FunctionName;
        return name === undefined ? [] : [name.slice(2, -1)];
      }),
    );
    const declared = handlersOfMachine(job).map((handler) => handler.name);
    expect([...called].sort()).toEqual([...declared].sort());
    expect(Object.keys(handlersOf(job)).sort()).toEqual([...declared].sort());
  });

  test("Every Task has a timeout longer than its function's, a retry with jitter, and a Catch", () => {
    const timeouts = new Map(handlersOfMachine(job).map((handler) => [`\${${handler.name}}`, handler.timeoutSeconds]));
    for (const [name, state] of states) {
      if (state.Type !== 'Task') continue;
      const { FunctionName } = state.Parameters as { FunctionName?: string };
      // A Task without a function waits for another execution of the machine.
      expect(state.TimeoutSeconds, name).toBeGreaterThan(FunctionName ? timeouts.get(FunctionName)! : 3_600);
      const retriers = (state.Retry ?? []) as readonly Retrier[];
      expect(retriers.length, name).toBeGreaterThan(0);
      for (const { JitterStrategy } of retriers) expect(JitterStrategy, name).toBe('FULL');
      // A Task within a Map fails the Map, which has the Catch.
      if (name in machine.States) expect(state.Catch, name).toBeDefined();
    }
    for (const [name, state] of Object.entries(machine.States)) {
      if (state.Type === 'Map') expect(state.Catch, name).toBeDefined();
    }
  });

  test('Errors that a retry cannot cure are not retried', () => {
    const retried = states.flatMap(([, state]) =>
      ((state.Retry ?? []) as { ErrorEquals: string[] }[]).flatMap((retrier) => retrier.ErrorEquals),
    );
    for (const name of ['ConfigError', 'UsageError', 'TooManyRejectsError', 'InputChangedError', 'States.ALL']) {
      expect(retried).not.toContain(name);
    }
  });

  test('A Map tries again only when its list could not be read', () => {
    for (const [name, state] of states) {
      if (state.Type === 'Map') expect(state.Retry, name).toMatchObject([{ ErrorEquals: ['States.ItemReaderFailed'] }]);
    }
  });

  test('The results of a Map are never passed on', () => {
    for (const [, state] of states) if (state.Type === 'Map') expect(state.ResultPath).toBeNull();
  });
});
