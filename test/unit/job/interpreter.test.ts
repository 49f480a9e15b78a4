import { describe, expect, test, vi } from 'vitest';
import { type Execution, execute } from '../../../shared/job/interpreter.ts';
import type { StateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';

const call = (handler: string, payload: Record<string, JsonValue>) => ({
  Type: 'Task',
  Parameters: { FunctionName: `\${${handler}}`, Payload: payload },
  TimeoutSeconds: 9,
});
const failing = { Failed: { Type: 'Fail' } };
const named = (name: string, message = name) => Object.assign(new Error(message), { name });

const execution = (invoke: Execution['invoke'], list: readonly JsonValue[] = []): Execution => ({
  invoke,
  concurrency: 2,
  startTime: '2011-12-09T00:00:00Z',
  readList: async () => list,
});

describe('interpretation of a state machine', () => {
  test('A Task takes its payload from paths and stores its result at its result path', async () => {
    const machine: StateMachine = {
      Comment: '',
      StartAt: 'First',
      States: {
        First: {
          ...call('first', { 'input.$': '$', 'at.$': '$$.Execution.StartTime', fixed: 7 }),
          ResultSelector: { 'ref.$': '$.Payload' },
          ResultPath: '$.run',
          End: true,
        },
      },
    };
    const seen: JsonValue[] = [];
    const end = await execute(
      machine,
      { a: 1 },
      execution(async (handler, payload) => {
        seen.push(handler, payload);
        return { id: 'x' };
      }),
    );
    expect(seen).toEqual(['first', { input: { a: 1 }, at: '2011-12-09T00:00:00Z', fixed: 7 }]);
    expect(end).toEqual({ a: 1, run: { ref: { id: 'x' } } });
  });

  test.each<[choice: Record<string, JsonValue>, taken: boolean]>([
    [{ Variable: '$.a.flag', BooleanEquals: true }, true],
    [{ Variable: '$.a.flag', BooleanEquals: false }, false],
    [{ Variable: '$.a.word', StringEquals: 'mill' }, true],
    [{ Variable: '$.a.word', StringEquals: 'press' }, false],
    [{ Variable: '$.a.count', NumericGreaterThan: 2 }, true],
    [{ Variable: '$.a.count', NumericGreaterThan: 3 }, false],
    [{ Variable: '$.a.word', IsPresent: true }, true],
    [{ Variable: '$.b.word', IsPresent: true }, false],
    [
      {
        And: [
          { Variable: '$.b', IsPresent: true },
          { Variable: '$.b', StringEquals: 'x' },
        ],
      },
      false,
    ],
    [
      {
        Or: [
          { Variable: '$.a.count', NumericGreaterThan: 9 },
          { Variable: '$.a.flag', BooleanEquals: true },
        ],
      },
      true,
    ],
  ])('The choice %j is taken: %s', async (choice, taken) => {
    const machine: StateMachine = {
      Comment: '',
      StartAt: 'Choose',
      States: {
        Choose: { Type: 'Choice', Choices: [{ ...choice, Next: 'Taken' }], Default: 'Passed by' },
        Taken: { Type: 'Pass', Result: true, ResultPath: '$.taken', End: true },
        'Passed by': { Type: 'Pass', Result: false, ResultPath: '$.taken', End: true },
      },
    };
    const input = { a: { flag: true, word: 'mill', count: 3 } };
    expect(
      await execute(
        machine,
        input,
        execution(async () => null),
      ),
    ).toEqual({ ...input, taken });
  });

  test('A Task that starts its own machine runs it again with the input of the Task, wherever it began itself', async () => {
    const machine: StateMachine = {
      Comment: '',
      StartAt: 'Start',
      States: {
        'Handed over?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.by', IsPresent: true, Next: 'Work' }],
          Default: 'Failed',
        },
        Start: {
          Type: 'Task',
          Parameters: {
            'StateMachineArn.$': '$$.StateMachine.Id',
            Input: { 'by.$': '$$.Execution.Id', 'given.$': '$.given' },
          },
          ResultSelector: { 'made.$': '$.Output.made' },
          ResultPath: '$.nested',
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
          End: true,
        },
        Work: { ...call('work', { 'given.$': '$.given' }), ResultPath: '$.made', End: true },
        ...failing,
      },
    };
    const end = await execute(
      machine,
      { given: 7, kept: true },
      execution(async (_, payload) => payload),
    );
    expect(end).toEqual({ given: 7, kept: true, nested: { made: { given: 7 } } });
    const failed = execute(
      machine,
      { given: 7 },
      execution(() => Promise.reject(named('LimitError'))),
    );
    await expect(failed).rejects.toThrow(expect.objectContaining({ name: 'LimitError' }));
  });

  const map = (retry: JsonValue[] = []): StateMachine => ({
    Comment: '',
    StartAt: 'Map',
    States: {
      Map: {
        Type: 'Map',
        MaxConcurrency: 0,
        ResultPath: null,
        End: true,
        ItemReader: { Parameters: { 'Bucket.$': '$.list.bucket', 'Key.$': '$.list.key' } },
        ItemSelector: { 'shard.$': '$$.Map.Item.Value', 'run.$': '$.run' },
        ItemProcessor: {
          StartAt: 'shard',
          States: {
            shard: {
              ...call('work', { 'shard.$': '$.shard', 'run.$': '$.run' }),
              ResultSelector: {},
              Retry: retry,
              End: true,
            },
          },
        },
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
      },
      ...failing,
    },
  });
  const input = { list: { bucket: 'b', key: 'k' }, run: 'r' };

  test('A Map runs every item with limited concurrency', async () => {
    let running = 0;
    let most = 0;
    const done: JsonValue[] = [];
    await execute(
      map(),
      input,
      execution(
        async (_handler, payload) => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
          done.push(payload);
          return {};
        },
        [1, 2, 3, 4, 5],
      ),
    );
    expect(most).toBe(2);
    expect(done).toHaveLength(5);
    expect(done).toContainEqual({ shard: 3, run: 'r' });
  });

  test('Errors are retried by name as often as the machine says, and all others end the run', async () => {
    const retry = [
      { ErrorEquals: ['Throttled'], IntervalSeconds: 0, BackoffRate: 2, MaxAttempts: 2, MaxDelaySeconds: 1 },
    ];
    let calls = 0;
    const said: unknown[] = [];
    await execute(map(retry), input, {
      ...execution(async () => {
        if (++calls < 3) throw named('Throttled');
        return {};
      }, [1]),
      onRetry: (handler, error, attempt, of) => said.push([handler, error.name, attempt, of]),
    });
    expect(calls).toBe(3);
    expect(said).toEqual([
      ['work', 'Throttled', 1, 2],
      ['work', 'Throttled', 2, 2],
    ]);

    calls = 0;
    const failed = execute(
      map(retry),
      input,
      execution(async () => {
        calls++;
        throw named('ConfigError', 'rank is 0');
      }, [1]),
    );
    await expect(failed).rejects.toThrow('rank is 0');
    expect(calls).toBe(1);
  });

  test('A retrier without waits of its own has those of Step Functions: one second, doubled', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    const seconds: number[] = [];
    let calls = 0;
    await execute(map([{ ErrorEquals: ['Throttled'], MaxAttempts: 3 }]), input, {
      ...execution(async () => {
        if (++calls <= 3) throw named('Throttled');
        return {};
      }, [1]),
      onRetry: (_handler, _error, _attempt, _of, wait) => seconds.push(wait),
    });
    random.mockRestore();
    expect(seconds).toEqual([1, 2, 4]);
  });

  test('Each of several retriers counts its own retries', async () => {
    const waits = { IntervalSeconds: 0, BackoffRate: 2, MaxDelaySeconds: 1 };
    const retry = [
      { ErrorEquals: ['Throttled'], ...waits, MaxAttempts: 2 },
      { ErrorEquals: ['Killed'], ...waits, MaxAttempts: 1 },
    ];
    const said: unknown[] = [];
    const run = (errors: string[]) =>
      execute(map(retry), input, {
        ...execution(async () => {
          const name = errors.shift();
          if (name !== undefined) throw named(name);
          return {};
        }, [1]),
        onRetry: (_handler, error, attempt, of) => said.push([error.name, attempt, of]),
      });
    await run(['Throttled', 'Killed', 'Throttled']);
    expect(said).toEqual([
      ['Throttled', 1, 2],
      ['Killed', 1, 1],
      ['Throttled', 2, 2],
    ]);
    await expect(run(['Killed', 'Throttled', 'Killed'])).rejects.toThrow('Killed');
  });

  test('A state of more than 200 KiB is refused', async () => {
    const large = { list: { bucket: 'b', key: 'k' }, run: 'r'.repeat(201 * 1024) };
    await expect(
      execute(
        map(),
        large,
        execution(async () => ({}), [1]),
      ),
    ).rejects.toThrow("the input of state 'Map' has 205866 bytes, and a state carries at most 204800");
  });
});
