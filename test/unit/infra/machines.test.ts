/** Tests state machines against their permissions and the limits of Step Functions. */
import { beforeAll, describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import type { Component } from '../../../infra/component.ts';
import { componentsOf } from '../../../infra/components.ts';
import { readEnvironment } from '../../../infra/environment.ts';
import { componentOfJob } from '../../../infra/job-component.ts';
import { actionsNeeded } from '../../../infra/machine-actions.ts';
import { checkHistory, largestHistory, worstCaseEvents } from '../../../infra/machine-limits.ts';
import { everyState } from '../../../infra/machine-states.ts';
import { defined } from '../../../shared/defined.ts';
import { loopsThatHandOver } from '../../../shared/job/hand-over.ts';
import { MAX_EVENTS } from '../../../shared/job/history.ts';
import { execute } from '../../../shared/job/interpreter.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { STATE_LIMIT } from '../../../shared/job/state-limit.ts';
import type { State, StateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { listOf, type Resource, type Synthesized, statementsOf, synthesized } from './synthesized-stack.ts';

const components = componentsOf(readEnvironment({ dev: {} }, 'dev'));
const jobs = components.filter(({ name }) => JOBS.some((job) => job.name === name));

describe('roles', () => {
  let stack: Synthesized;
  beforeAll(() => {
    stack = synthesized('dev');
  });

  const machineOf = (name: string): Resource =>
    stack
      .ofType('AWS::StepFunctions::StateMachine')
      .find(([, { Properties }]) => Properties.StateMachineName === `offline-dev-${name}`)![1];
  const roleOf = (name: string) => stack.resources[machineOf(name).Properties.RoleArn['Fn::GetAtt'][0]]!;

  /** Returns the allowed actions except those for logs and traces, which every machine has. */
  const allowed = (name: string) =>
    statementsOf(roleOf(name))
      .flatMap(({ Action, Resource }) => listOf(Action).map((action) => ({ action, resources: listOf(Resource) })))
      .filter(({ action }) => !/^(logs|xray):/.test(action));

  /** Returns a resource in the words of `actionsNeeded`, as seen from the machine of `name`. */
  const called = (name: string, resource: unknown): string => {
    const arn = (resource as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1]
      .filter((part) => typeof part === 'string')
      .join('');
    const machine = (one: string | undefined) => (one === name ? 'itself' : `\${machine:${one}}`);
    const [, started] = /:stateMachine:offline-dev-([a-z0-9-]+)$/.exec(arn) ?? [];
    if (started !== undefined) return machine(started);
    // The executions started by a Distributed Map have the Map's label behind the machine's name.
    const [, ran] = /:execution:offline-dev-([a-z0-9-]+)(?:\/\*)?:\*$/.exec(arn) ?? [];
    if (ran !== undefined) return `executions of ${machine(ran)}`;
    if (arn.endsWith('/models/.work/*')) return 'lists';
    return arn.replace(/^.*:rule\//, 'rule ');
  };

  test.each(components)(
    'The role of $name allows exactly the actions and resources that its definition needs',
    ({ name, machine }) => {
      const needed = actionsNeeded(machine).map(({ action, on }) =>
        action === 'lambda:InvokeFunction' ? action : `${action} on ${on}`,
      );
      const given = allowed(name).flatMap(({ action, resources }) =>
        action === 'lambda:InvokeFunction' ? action : resources.map((one) => `${action} on ${called(name, one)}`),
      );
      expect([...new Set(given)].sort()).toEqual([...new Set(needed)].sort());
    },
  );

  test.each(components)('The role of $name allows exactly the functions that its definition names', ({ name }) => {
    const { DefinitionString, DefinitionSubstitutions } = machineOf(name).Properties;
    // CloudFormation replaces the placeholders in quotes. The rest of the definition is as it was compiled.
    const named = [...DefinitionString.matchAll(/"FunctionName":"\$\{([^}]*)\}"/g)].map(
      ([, key]) => DefinitionSubstitutions[key!],
    );
    const invoked = allowed(name)
      .filter(({ action }) => action === 'lambda:InvokeFunction')
      .flatMap(({ resources }) => resources);
    const texts = (values: unknown[]) => [...new Set(values.map((value) => JSON.stringify(value)))].sort();
    expect(texts(invoked)).toEqual(texts(named));
    expect(named.length).toBeGreaterThan(0);
  });
});

describe('actions that a definition needs', () => {
  /** Returns a placeholder that CloudFormation replaces. */
  const placeholder = (name: string) => `\${${name}}`;
  const F = placeholder('f');
  const CHILD = placeholder('machine:x');
  const of = (...states: State[]) =>
    actionsNeeded({
      Comment: '',
      StartAt: '0',
      States: Object.fromEntries(Object.entries(states)),
    }).map(({ action, on }) => `${action} on ${on}`);
  const invoke = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: F } };

  test('A function needs one action however often it is called, also in Maps and branches', () => {
    const part = { StartAt: 'a', States: { a: invoke } };
    expect(of(invoke, { Type: 'Parallel', Branches: [part, part] }, { Type: 'Map', ItemProcessor: part })).toEqual([
      `lambda:InvokeFunction on ${F}`,
    ]);
  });

  // Source: Step Functions Developer Guide, "IAM policies for using Distributed Map states".
  test('A Distributed Map needs the actions on its own executions and on its list', () => {
    const map = {
      Type: 'Map',
      ItemReader: { Resource: 'arn:aws:states:::s3:getObject' },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'a', States: { a: invoke } },
    };
    expect(of(map)).toEqual([
      `lambda:InvokeFunction on ${F}`,
      's3:GetObject on lists',
      'states:DescribeExecution on executions of itself',
      'states:StartExecution on itself',
      'states:StopExecution on executions of itself',
    ]);
  });

  // Source: the same guide, "IAM policies for integrated services: StartExecution", for a synchronous call.
  test('A nested execution needs the actions on the child and on the events rule', () => {
    const Resource = 'arn:aws:states:::states:startExecution.sync:2';
    const rule = 'rule StepFunctionsGetEventsForStepFunctionsExecutionRule';
    expect(of({ Type: 'Task', Resource, Parameters: { StateMachineArn: CHILD } })).toEqual([
      ...['DescribeRule', 'PutRule', 'PutTargets'].map((action) => `events:${action} on ${rule}`),
      `states:DescribeExecution on executions of ${CHILD}`,
      `states:StartExecution on ${CHILD}`,
      `states:StopExecution on executions of ${CHILD}`,
    ]);
  });

  test('A machine that starts an execution of itself needs the actions on its own executions', () => {
    const Resource = 'arn:aws:states:::states:startExecution.sync:2';
    const needed = of({ Type: 'Task', Resource, Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id' } });
    expect(needed.filter((one) => one.startsWith('states:'))).toEqual([
      'states:DescribeExecution on executions of itself',
      'states:StartExecution on itself',
      'states:StopExecution on executions of itself',
    ]);
  });

  test('An unknown kind of Task is refused', () => {
    expect(() => of({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage' })).toThrow(/no rule says/);
  });
});

describe('lengths of histories', () => {
  test.each(components)(
    'The history of $name stays below 20,000 events with the largest settings',
    ({ machine, visits }) => {
      expect(largestHistory(machine, visits)).toBeLessThanOrEqual(MAX_EVENTS);
    },
  );

  const task = (next: string | undefined, attempts = 0) =>
    defined<StateMachine['States'][string]>({
      Type: 'Task',
      End: next === undefined ? true : undefined,
      Next: next,
      Retry: attempts > 0 ? [{ MaxAttempts: attempts }] : undefined,
    });
  const machine = (States: StateMachine['States']): StateMachine => ({ Comment: '', StartAt: 'a', States });

  test('The execution and each state add two events, and each attempt adds three', () => {
    expect(worstCaseEvents(machine({ a: task(undefined) }), {})).toBe(2 + 2 + 3);
    expect(worstCaseEvents(machine({ a: task('b', 5), b: task(undefined) }), {})).toBe(2 + (2 + 6 * 3) + (2 + 3));
  });

  test('A loop counts as often as it can be entered, and a loop without a bound is refused', () => {
    const loop = machine({
      a: task('b'),
      b: { Type: 'Choice', Choices: [{ Next: 'c' }], Default: 'a' },
      c: { Type: 'Succeed' },
    });
    expect(worstCaseEvents(loop, { a: 10, b: 10 })).toBe(2 + 10 * (2 + 3) + 10 * 2 + 2);
    expect(() => worstCaseEvents(loop, { a: 10 })).toThrow(/state 'b' is entered at most/);
  });

  test('Items of a Distributed Map have histories of their own, and those of an inline Map count in its history', () => {
    const processor = { StartAt: 'i', States: { i: task(undefined, 99) } };
    const inline = machine({ a: { Type: 'Map', ItemProcessor: processor, End: true } });
    const distributed = machine({
      a: { Type: 'Map', ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED' } }, End: true },
    });
    expect(worstCaseEvents(distributed, {})).toBe(2 + 2 + 4);
    expect(largestHistory(distributed, {})).toBe(2 + 2 + 100 * 3);
    expect(worstCaseEvents(inline, { 'a items': 5 })).toBe(2 + 2 + 4 + 5 * (2 + 2 + 100 * 3));
    expect(() => worstCaseEvents(inline, {})).toThrow(/state 'a' is entered/);
  });

  const checked = (job: AnyJob) => {
    const { name, machine, visits } = componentOfJob(readEnvironment({ dev: {} }, 'dev'), job);
    return () => checkHistory({ name, machine, visits });
  };
  const withLoop = JOBS.find((job) => loopsThatHandOver(job).length > 0)!;
  const withIterations = (maxIterations: number): AnyJob => ({
    ...withLoop,
    steps: withLoop.steps.map((step) => (step.kind === 'loop' ? { ...step, maxIterations } : step)),
  });

  test('The history of a loop of 800 rounds fits, because it hands over, and 5,000 rounds need too many hand-overs', () => {
    expect(checked(withIterations(800))).not.toThrow();
    expect(checked(withIterations(5_000))).toThrow(/could have 2\d{4} events .* lower maxIterations of its loop/);
  });

  test('A job with so many steps that its history could be too long is refused', () => {
    const map = withLoop.steps.find((step) => step.kind === 'map')!;
    const more = Array.from({ length: 10 }, (_, at) => ({ ...map, name: `further-${'x'.repeat(at + 1)}` }));
    expect(checked({ ...withLoop, steps: [...more, ...withLoop.steps] })).toThrow(/events .* give the job fewer steps/);
  });
});

describe('sizes of states', () => {
  /** The longest allowed values: bucket and key of S3, and a client's name in UTF-8 bytes. */
  const BUCKET = 'b'.repeat(63);
  const KEY = 'k'.repeat(1024);
  const ROOT = `s3://${BUCKET}/${'p'.repeat(512)}`;
  const CLIENT = 'c'.repeat(255);

  /** Returns the largest input of a state, in bytes, when every answer has its greatest length. */
  async function largestInput({ machine }: Component, shards: number): Promise<number> {
    let largest = 0;
    let iterations = 0;
    const answers: Record<string, (payload: JsonValue) => JsonValue> = {
      configure: () => ({
        job: 'j'.repeat(64),
        client: CLIENT,
        day: 99_999,
        id: 'f'.repeat(16),
        plan: `${shards}-shards`,
        output: ROOT,
        input: ROOT,
        activation: { configRoot: KEY, location: `${ROOT}/${KEY}`, registerClient: true },
        requestedAt: '2026-01-01T00:00:00.000Z',
        published: false,
        inPlace: false,
        done: false,
        folds: false,
      }),
      publish: () => ({ files: 100_000, bytes: Number.MAX_SAFE_INTEGER }),
      activate: () => ({ activated: true, location: `${ROOT}/${KEY}` }),
    };
    const list = () => ({
      bucket: BUCKET,
      key: KEY,
      count: shards,
      done: ++iterations > 3,
      iteration: 400,
      rounds: 147,
    });
    await execute(
      machine,
      {
        client: CLIENT,
        settings: { startDay: 99_999, inputPath: ROOT, outputPath: ROOT },
        configRoot: KEY,
        requestedAt: '2026-01-01T00:00:00.000Z',
      },
      {
        invoke: async (handler, payload) => {
          largest = Math.max(largest, Buffer.byteLength(JSON.stringify(payload)));
          return (answers[handler] ?? list)(payload);
        },
        // The list is in S3. An execution of a Distributed Map gets one entry.
        readList: async () => [
          { index: shards - 1, ...Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`field${at}`, 2 ** 40])) },
        ],
        concurrency: 1,
        startTime: '2026-01-01T00:00:00.000Z',
      },
    );
    return largest;
  }

  test.each(jobs)(
    'The input of every state of $name is below 200 KiB for 100,000 shards and independent of their number',
    async (component) => {
      const one = await largestInput(component, 1);
      const many = await largestInput(component, 100_000);
      expect(many).toBeLessThan(STATE_LIMIT / 10);
      // Only numbers become longer: each count has five digits, and an input has at most four counts.
      expect(many - one).toBeLessThanOrEqual(4 * 5);
    },
  );

  test.each(components)('The Maps of $name read their items from S3 and discard their results', ({ machine }) => {
    for (const state of everyState(machine)) {
      if (state.Type !== 'Map') continue;
      expect(state.ItemReader).toBeDefined();
      expect(state.ItemsPath).toBeUndefined();
      expect(state.ResultPath).toBeNull();
    }
  });
});
