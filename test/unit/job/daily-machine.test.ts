import { describe, expect, test } from 'vitest';
import { compileArrivalMachine } from '../../../functions/day-arrival/arrival-machine.ts';
import { handlers } from '../../../functions/day-arrival/handlers.ts';
import { groupActions } from '../../../functions/group-actions/job.ts';
import { JOBS } from '../../../functions/index.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { BUILD_PLACEHOLDER } from '../../../shared/job/build.ts';
import { compileDailyMachine } from '../../../shared/job/daily-machine.ts';
import { DAILY_HANDLERS } from '../../../shared/job/day-tasks.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import type { Retrier } from '../../../shared/job/retries.ts';
import { compileStateMachine, type StateMachine, type States } from '../../../shared/job/state-machine.ts';
import { expectDerivedFile } from '../../helpers/derived-file.ts';
import { expectGolden, updateCure } from '../../helpers/golden.ts';
import { languageErrors, namedStates } from '../../helpers/states.ts';

/** Returns a job that reads what another job writes. */
const job = (name: string, reads: string): AnyJob => ({
  ...matrixFactorization,
  name,
  writes: name,
  inputs: { ...matrixFactorization.inputs, folders: [reads] },
});
const PLANNED: readonly AnyJob[] = [
  ...[groupActions, matrixFactorization, job('word2vec', 'sessionitems'), job('sessionitems', 'actions')],
];

const daily = (jobs: readonly AnyJob[]): StateMachine => compileDailyMachine(jobs, { maxFolded: 8, maxClients: 4 });
const textOf = (machine: StateMachine): string => `${JSON.stringify(machine, null, 2)}\n`;
const golden = (name: string): string => `test/golden/state-machines/${name}.asl.json`;

describe.each([
  ['daily', daily(JOBS)],
  ['daily-of-dependent-jobs', daily(PLANNED)],
  ['arrival', compileArrivalMachine()],
])('the state machine %s', (name, machine) => {
  const states = namedStates(machine);

  test('The state machine is the reviewed one, so that a change of the flow shows here', async () => {
    if (name === 'daily') await expectDerivedFile(golden(name), JOBS, (jobs) => textOf(daily(jobs)));
    else await expectGolden(textOf(machine), { path: golden(name), cure: updateCure('this change of the flow') });
  });

  test('The state machine is valid Amazon States Language', () => {
    expect(languageErrors(machine)).toBe('');
  });

  test('State names are unique at all levels', () => {
    const names = states.map(([state]) => state);
    expect(new Set(names).size).toBe(names.length);
  });

  test('Every function that is called has a handler', () => {
    for (const [, state] of states) {
      const called = (state.Parameters as { FunctionName?: string } | undefined)?.FunctionName;
      if (called !== undefined) expect(Object.keys(handlers)).toContain(called.slice(2, -1));
    }
  });

  test('Every Task has a timeout, a retry with jitter that excludes bad input, and a Catch', () => {
    for (const [at, state] of states) {
      if (state.Type !== 'Task') continue;
      expect(state.TimeoutSeconds, at).toBeGreaterThan(60);
      expect(state.Catch, at).toMatchObject([{ ErrorEquals: ['States.ALL'] }]);
      const retriers = (state.Retry ?? []) as readonly Retrier[];
      expect(retriers.length, at).toBeGreaterThan(0);
      for (const { ErrorEquals, JitterStrategy } of retriers) {
        expect(JitterStrategy, at).toBe('FULL');
        for (const never of ['States.ALL', 'States.TaskFailed', 'ConfigError'])
          expect(ErrorEquals).not.toContain(never);
      }
    }
  });
});

describe('the daily machine', () => {
  const machine = daily(PLANNED);
  const states = Object.fromEntries(namedStates(machine));

  test('Every function of the day learns the build with which the machine was deployed', () => {
    const tasks = Object.values(states).filter((state) => String(state.Resource).endsWith('lambda:invoke'));
    expect(tasks.length).toBeGreaterThan(5);
    for (const { Parameters } of tasks) {
      expect((Parameters as { Payload: object }).Payload).toMatchObject({ build: BUILD_PLACEHOLDER });
    }
  });

  test('Calls of functions are retried as in the machines of jobs', () => {
    const retry = compileStateMachine(matrixFactorization, 4).States.Configure?.Retry;
    expect(states.Enabled?.Retry).toEqual(retry);
  });

  test.each([
    ['Folded days', 8],
    ['Fanned-out days', 4],
  ])('%s: at most %i clients run at once, and a list that could not be read is read again', (name, most) => {
    expect(states[name]?.MaxConcurrency).toBe(most);
    expect(states[name]?.Retry).toMatchObject([{ ErrorEquals: ['States.ItemReaderFailed'] }]);
  });

  test('A folded day is tried again only when functions are throttled, and a day that is not folded has no record', () => {
    expect(states.Fold?.Retry).toMatchObject([{ ErrorEquals: ['Lambda.TooManyRequestsException'] }]);
    for (const name of ['Configure', 'Fold', 'Activate', 'Record folded'])
      expect(states[name]?.Catch).toMatchObject([{ Next: 'Not folded' }]);
    expect(states['Not folded']).toEqual({ Type: 'Pass', Result: {}, End: true });
  });

  test('Nested executions are started without a name', () => {
    const nested = Object.values(states).filter((state) => String(state.Resource).includes('startExecution'));
    expect(nested).toHaveLength(PLANNED.length);
    for (const { Parameters } of nested)
      expect(Object.keys(Parameters as object).sort()).toEqual(['Input', 'StateMachineArn']);
  });

  test('A job runs in the wave after the jobs whose output it reads, in parallel with the others of its wave', () => {
    const branches = (wave: string) => (states[wave]!.Branches as { StartAt: string }[]).map(({ StartAt }) => StartAt);
    expect(branches('Wave 1')).toEqual(['matrix-factorization?', 'sessionitems?']);
    expect(branches('Wave 2')).toEqual(['word2vec?']);
    expect(states['Wave 3']).toBeUndefined();
  });

  test.each(['Folded days', 'Fanned-out days'])(
    "%s: a client's execution cannot fail, because every error in it is caught",
    (name) => {
      const inside = namedStates(states[name]?.ItemProcessor as States);
      expect(inside.filter(([, state]) => state.Type === 'Fail')).toEqual([]);
      for (const [at, state] of inside) {
        if (state.Type === 'Parallel' || state.Type === 'Task') expect(state.Catch, at).toBeDefined();
      }
    },
  );

  test('The machine calls all functions deployed for it and no others', () => {
    const called = Object.values(states).map((state) => (state.Parameters as { FunctionName?: string })?.FunctionName);
    const names = [...new Set(called.filter((name) => name !== undefined).map((name) => name.slice(2, -1)))];
    expect(names.sort()).toEqual(DAILY_HANDLERS.map(({ name }) => name).sort());
  });
});
