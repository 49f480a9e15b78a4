/**
 * The stack and its machines in moto, an emulator of AWS that is not LocalStack. Functions are stubs, whose answers follow from
 * what the machines read. Therefore these tests run all machines that the jobs compile to, and name no state of them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { JOBS } from '../../functions/index.ts';
import type { Component } from '../../infra/component.ts';
import type { JsonValue } from '../../shared/json.ts';
import { toolsPython } from '../helpers/python-tools.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { type Answers, answersOf, type Decide, listsOf, outputsRead } from '../second-emulator/answers.ts';
import { type Result, runInMoto } from '../second-emulator/moto.ts';
import { type Synthesized, synthesized } from '../unit/infra/synthesized-stack.ts';

const TIMEOUT_MS = 480_000;
const SHARDS = 2;
const DAY = {
  day: 15_316,
  run: 'f'.repeat(16),
  attempt: 1,
  wait: 1,
  requestedAt: '2026-11-29T00:00:00.000Z',
};

/** Fields that end a loop or a run when they are true. */
const ENDS = /(^|\.)(done|published|inPlace)$/;

/** Lets each machine do all that it can do: all jobs are enabled, nothing is published, loops have rounds and hand over. */
const everything: Decide = (field, domain, visit) => {
  if (domain.includes(true)) return ENDS.test(field) ? visit >= 2 : true;
  const [limit, beyond] = domain as [JsonValue, JsonValue];
  // The lists of clients have clients at first.
  if (field.endsWith('count')) return visit < 1 ? beyond : limit;
  if (typeof limit === 'number') return (field.endsWith('seconds') ? visit < 2 : visit === 1) ? beyond : limit;
  return domain.find((value) => value === 'other') ?? limit;
};
/** The same for clients that no job is enabled for. */
const nothingEnabled: Decide = (field, domain, visit) =>
  field.startsWith('enabled.') ? false : everything(field, domain, visit);

let stack: Synthesized;

beforeAll(async () => {
  await toolsPython();
  stack = synthesized('dev');
}, TIMEOUT_MS);

function answersOfAll(components: readonly Component[], decide: Decide): Record<string, Answers> {
  const read = components.flatMap(({ machine }) => [...outputsRead(machine)]);
  const wanted = (name: string) => read.filter(([child]) => child === name).flatMap(([, paths]) => paths);
  return Object.fromEntries(
    components.map(({ name, machine }) => [name, answersOf(name, machine, wanted(name), decide)]),
  );
}

/** Returns the lists of all Maps: the day's are of clients, the others of shards. */
function listsOfAll(components: readonly Component[], clients: readonly string[]): Record<string, JsonValue[]> {
  const shards = Array.from({ length: SHARDS }, (_, index) => ({ index, start: index, end: index + 1 }));
  return Object.fromEntries(
    components.flatMap(({ name, machine }) =>
      listsOf(name, machine).map((key) => [key, name === 'daily' ? [...clients] : shards]),
    ),
  );
}

const CLIENT_JOBS = new Set(JOBS.filter(({ scope }) => scope === 'client').map(({ name }) => name));
const clientNames = (count: number): string[] => Array.from({ length: count }, (_, at) => `client-${at}`);

function run(clients: number, decide: Decide, slots: number, callSeconds: number): Promise<Result> {
  const { components } = stack;
  const started = new Set(components.flatMap(({ childMachines }) => childMachines));
  const scenario = {
    folder: stack.folder,
    stack: stack.stack.stackName,
    executions: components.filter(({ name }) => !started.has(name)).map(({ name }) => ({ machine: name, input: DAY })),
    answers: answersOfAll(components, decide),
    lists: listsOfAll(components, clientNames(clients)),
    slots,
    callSeconds,
  };
  return runInMoto(scenario, temporaryFolder());
}

/** The clients of the second day, and those that a day must have room for. */
const MANY = 150;
const MOST = 10_000;
/** The most bytes of a Map's output. */
const MAP_LIMIT = 262_144;

/** The day of two clients with every job, in an account with four slots. */
let small: Result;
/** The day of many clients, in an account with slots for all. */
let large: Result;

beforeAll(async () => {
  [small, large] = await Promise.all([run(2, everything, 4, 0.02), run(MANY, nothingEnabled, 1_000, 0)]);
}, TIMEOUT_MS);

const succeeded = ({ ends }: Result) => ends.map(({ status, error, cause }) => `${status} ${error} ${cause}`);

describe('the stack', () => {
  test('is accepted by the CloudFormation of moto, with all machines', () => {
    expect(small.stack.status).toBe('CREATE_COMPLETE');
    expect(small.stack.resources['AWS::StepFunctions::StateMachine']).toBe(stack.components.length);
  });
});

describe('a day of two clients with every job, in an account with four slots', () => {
  test('The day and the wait for a day succeed', () => {
    expect(succeeded(small)).toEqual(small.ends.map(() => 'SUCCEEDED null null'));
    expect(small.ends.length).toBeGreaterThan(1);
  });

  test('All executions of all machines succeed, one of each job for each client', () => {
    for (const { name } of stack.components) {
      const { SUCCEEDED = 0, ...others } = small.executions[name] ?? {};
      expect({ [name]: others }).toEqual({ [name]: {} });
      expect(SUCCEEDED, name).toBeGreaterThanOrEqual(CLIENT_JOBS.has(name) ? 2 : 1);
    }
  });

  test('Every state that calls a function was entered, except after a failure', () => {
    const failing = /^(.* failed|Failed|Record trouble)$/;
    const states = stack.components.flatMap(({ name, machine }) =>
      Object.keys(answersOf(name, machine, [], everything)).map((state) => ({ name, state })),
    );
    const never = states.filter(({ name, state }) => !failing.test(state) && !small.calls[`${name}/${state}`]);
    expect(never, 'let `everything` lead there').toEqual([]);
  });

  test('Calls were refused while all slots were taken, and nothing failed of it', () => {
    expect(small.throttled).toBeGreaterThan(0);
    expect(small.mostAtOnce).toBe(4);
  });
});

describe(`a day of ${MANY} clients`, () => {
  test('It succeeds, and takes every client', () => {
    expect(succeeded(large)).toEqual(large.ends.map(() => 'SUCCEEDED null null'));
    expect(Math.max(...Object.values(large.clients))).toBe(MANY);
  });

  test(`The outputs of a Map’s items would fit for ${MOST} clients too`, () => {
    const sizes = Object.entries(large.mapBytes);
    expect(sizes.filter(([, bytes]) => (bytes * MOST) / MANY > MAP_LIMIT)).toEqual([]);
    expect(sizes.some(([, bytes]) => bytes > MANY)).toBe(true);
  });
});
