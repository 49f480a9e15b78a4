/** State machines against what they may do, and against the limits of Step Functions. */
import { beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../../cli/local/interpreter.ts';
import { JOBS } from '../../../functions/index.ts';
import type { Component } from '../../../infra/components.ts';
import { componentsOf } from '../../../infra/components.ts';
import { readEnvironment } from '../../../infra/environment.ts';
import { actionsNeeded } from '../../../infra/machine-actions.ts';
import { largestHistory, MAX_EVENTS, visitsOfJob, worstCaseEvents } from '../../../infra/machine-limits.ts';
import { everyState } from '../../../infra/machine-states.ts';
import { STATE_LIMIT } from '../../../shared/job/handlers.ts';
import { compileStateMachine, type StateMachine } from '../../../shared/job/state-machine.ts';
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

  /** Allowed actions, without logs and traces, which every machine may deliver whatever its states. */
  const allowed = (name: string) =>
    statementsOf(roleOf(name))
      .flatMap(({ Action, Resource }) => listOf(Action).map((action) => ({ action, resources: listOf(Resource) })))
      .filter(({ action }) => !/^(logs|xray):/.test(action));

  /** A resource as `actionsNeeded` calls it, seen from the machine of `name`. */
  const called = (name: string, resource: unknown): string => {
    const arn = (resource as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1]
      .filter((part) => typeof part === 'string')
      .join('');
    const machine = (one: string | undefined) => (one === name ? 'itself' : `\${machine:${one}}`);
    const [, started] = /:stateMachine:offline-dev-([a-z0-9-]+)$/.exec(arn) ?? [];
    if (started !== undefined) return machine(started);
    // Those that a Distributed Map starts have the Map's label behind the machine's name.
    const [, ran] = /:execution:offline-dev-([a-z0-9-]+)(?:\/\*)?:\*$/.exec(arn) ?? [];
    if (ran !== undefined) return `executions of ${machine(ran)}`;
    if (arn.endsWith('/models/.work/*')) return 'lists';
    return arn.replace(/^.*:rule\//, 'rule ');
  };

  test.each(components)('of $name allows exactly what its definition needs, on exactly that', ({ name, machine }) => {
    const needed = actionsNeeded(machine).map(({ action, on }) =>
      action === 'lambda:InvokeFunction' ? action : `${action} on ${on}`,
    );
    const given = allowed(name).flatMap(({ action, resources }) =>
      action === 'lambda:InvokeFunction' ? action : resources.map((one) => `${action} on ${called(name, one)}`),
    );
    expect([...new Set(given)].sort()).toEqual([...new Set(needed)].sort());
  });

  test.each(components)('of $name invokes exactly the functions that its definition names', ({ name }) => {
    const { DefinitionString, DefinitionSubstitutions } = machineOf(name).Properties;
    // CloudFormation fills in what stands between quotes; the rest of the definition is as it was compiled.
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

describe('the actions that a definition needs', () => {
  /** As definitions name what CloudFormation fills in. */
  const placeholder = (name: string) => `\${${name}}`;
  const F = placeholder('f');
  const CHILD = placeholder('machine:x');
  const of = (...states: object[]) =>
    actionsNeeded({
      Comment: '',
      StartAt: '0',
      States: Object.fromEntries(Object.entries(states)),
    } as unknown as StateMachine).map(({ action, on }) => `${action} on ${on}`);
  const invoke = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: F } };

  test('are one for a function, however often it is called, also within Maps and branches', () => {
    const part = { StartAt: 'a', States: { a: invoke } };
    expect(of(invoke, { Type: 'Parallel', Branches: [part, part] }, { Type: 'Map', ItemProcessor: part })).toEqual([
      `lambda:InvokeFunction on ${F}`,
    ]);
  });

  // Step Functions Developer Guide, "IAM policies for using Distributed Map states".
  test('are those of its own executions, and of its list, for a Distributed Map', () => {
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

  // The same guide, "IAM policies for integrated services: StartExecution", of a synchronous call.
  test('are the child’s and the events rule for a nested execution', () => {
    const Resource = 'arn:aws:states:::states:startExecution.sync:2';
    const rule = 'rule StepFunctionsGetEventsForStepFunctionsExecutionRule';
    expect(of({ Type: 'Task', Resource, Parameters: { StateMachineArn: CHILD } })).toEqual([
      ...['DescribeRule', 'PutRule', 'PutTargets'].map((action) => `events:${action} on ${rule}`),
      `states:DescribeExecution on executions of ${CHILD}`,
      `states:StartExecution on ${CHILD}`,
      `states:StopExecution on executions of ${CHILD}`,
    ]);
  });

  test('of an unknown kind of Task cannot be said', () => {
    expect(() => of({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage' })).toThrow(/no rule says/);
  });
});

describe('histories', () => {
  test.each(components)('of $name stay below 20,000 events with the largest settings', ({ machine, visits }) => {
    expect(largestHistory(machine, visits)).toBeLessThanOrEqual(MAX_EVENTS);
  });

  const task = (next: string | undefined, attempts = 0) => ({
    Type: 'Task',
    ...(next === undefined ? { End: true } : { Next: next }),
    ...(attempts > 0 && { Retry: [{ MaxAttempts: attempts }] }),
  });
  const machine = (States: object) => ({ StartAt: 'a', States }) as unknown as StateMachine;

  test('count two events of the execution, two of a state, three of an attempt', () => {
    expect(worstCaseEvents(machine({ a: task(undefined) }), {})).toBe(2 + 2 + 3);
    expect(worstCaseEvents(machine({ a: task('b', 5), b: task(undefined) }), {})).toBe(2 + (2 + 6 * 3) + (2 + 3));
  });

  test('count a loop as often as it is entered at most, and refuse one without a bound', () => {
    const loop = machine({
      a: task('b'),
      b: { Type: 'Choice', Choices: [{ Next: 'c' }], Default: 'a' },
      c: { Type: 'Succeed' },
    });
    expect(worstCaseEvents(loop, { a: 10, b: 10 })).toBe(2 + 10 * (2 + 3) + 10 * 2 + 2);
    expect(() => worstCaseEvents(loop, { a: 10 })).toThrow(/state 'b' is entered at most/);
  });

  test('of a Distributed Map’s items are their own; an inline Map’s are part of its', () => {
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

  test('that would be too long fail synthesis', () => {
    const job = JOBS.find((one) => one.steps.some((step) => step.kind === 'loop'))!;
    const endless = {
      ...job,
      steps: job.steps.map((step) => (step.kind === 'loop' ? { ...step, maxIterations: 1000 } : step)),
    };
    expect(largestHistory(compileStateMachine(job, 8), visitsOfJob(endless))).toBeGreaterThan(MAX_EVENTS);
  });
});

describe('what states carry', () => {
  /** The longest of each that is allowed: S3's bucket and key, a client's name in UTF-8 bytes. */
  const BUCKET = 'b'.repeat(63);
  const KEY = 'k'.repeat(1024);
  const ROOT = `s3://${BUCKET}/${'p'.repeat(512)}`;
  const CLIENT = 'c'.repeat(255);

  /** The largest input of a state, bytes, in an execution whose every answer is as long as it can be. */
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
        done: false,
      }),
      publish: () => ({ files: 100_000, bytes: Number.MAX_SAFE_INTEGER }),
      activate: () => ({ activated: true, location: `${ROOT}/${KEY}` }),
    };
    const list = () => ({ bucket: BUCKET, key: KEY, count: shards, done: ++iterations > 3, iteration: 400 });
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
        // The list itself is in S3: an execution of a Distributed Map gets one entry.
        readList: async () => [
          { index: shards - 1, ...Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`field${at}`, 2 ** 40])) },
        ],
        concurrency: 1,
        startTime: '2026-01-01T00:00:00.000Z',
      },
    );
    return largest;
  }

  test.each(jobs)('of $name is below 200 KiB for 100,000 shards, and does not grow with them', async (component) => {
    const one = await largestInput(component, 1);
    const many = await largestInput(component, 100_000);
    expect(many).toBeLessThan(STATE_LIMIT / 10);
    // Only numbers get longer: five digits wherever a count stands, at most four times in an input.
    expect(many - one).toBeLessThanOrEqual(4 * 5);
  });

  test.each(components)(
    'of $name is what functions answered: a Map’s items come from S3, and its results go nowhere',
    ({ machine }) => {
      for (const state of everyState(machine)) {
        if (state.Type !== 'Map') continue;
        expect(state.ItemReader).toBeDefined();
        expect(state.ItemsPath).toBeUndefined();
        expect(state.ResultPath).toBeNull();
      }
    },
  );
});
