/** Tests a loop that hands over to another execution of its own machine. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { commonSettings } from '../../../shared/config/common-settings.ts';
import { integer } from '../../../shared/config/settings.ts';
import { transitionsOf } from '../../../shared/cost/predict.ts';
import { LOCAL_BUILD } from '../../../shared/job/build.ts';
import {
  handOversAfter,
  handOversBefore,
  loopsThatHandOver,
  roundsInExecution,
} from '../../../shared/job/hand-over.ts';
import { type HandlerEvent, handlersOf } from '../../../shared/job/handlers.ts';
import { execute } from '../../../shared/job/interpreter.ts';
import { type AnyJob, defineJob, type LoopStep, type MapStep, type Piece, type Run } from '../../../shared/job/job.ts';
import type { RunRef } from '../../../shared/job/run.ts';
import { compileStateMachine, type StateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { dayFolder } from '../../../shared/store/keys.ts';
import { sealedEntries } from '../../../shared/store/sealed.ts';
import { languageErrors } from '../../helpers/states.ts';
import { DAY, TOY_SETTINGS, ToyCloud, toyJob } from './toy-job.ts';

const settings = z.object({
  ...commonSettings,
  iterations: integer({ default: 1, min: 1, max: 1_000, meaning: 'rounds, for the test' }),
});
type Settings = z.output<typeof settings>;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Each round hashes the hash of the round before, in two shards. */
const hashing = (name: string, maxIterations = 1_000): LoopStep<Settings> => {
  const body: LoopStep<Settings>['body'] = {
    kind: 'map',
    name: `${name}-round`,
    memoryMb: 512,
    timeoutSeconds: 60,
    run: async (run, { index }, iteration) => {
      if (iteration === 0) return `${index}`;
      const before = await run.work.store.get(run.work.key(body, index, iteration - 1));
      return hash(Buffer.from(before.bytes).toString());
    },
  };
  return {
    kind: 'loop',
    name,
    memoryMb: 512,
    timeoutSeconds: 60,
    keep: 1,
    maxIterations,
    expected: ({ iterations }) => new Array<number>(iterations).fill(2),
    advance: async (run, completed) =>
      completed === run.settings.iterations ? { done: true } : { done: false, shards: [{}, {}] },
    body,
  };
};

const copyStep: MapStep<Settings> = {
  kind: 'map',
  name: 'copy',
  memoryMb: 512,
  timeoutSeconds: 60,
  shards: async () => [{}],
  run: async (run) => (await run.input.get(run.inputs[0]!.key)).bytes,
};

/** Returns the objects of a loop's last round. */
const lastRound = (run: Run<Settings>, { body }: LoopStep<Settings>): Piece[] =>
  [0, 1].map((shard) => {
    const key = run.work.key(body, shard, run.settings.iterations - 1);
    const read = async function* () {
      yield (await run.work.store.get(key)).bytes;
    };
    return { key, read };
  });

const jobOf = (...loops: LoopStep<Settings>[]): AnyJob =>
  defineJob({
    ...(toyJob as Pick<AnyJob, keyof AnyJob>),
    settings,
    steps: [copyStep, ...loops],
    publish: async (run) => ({
      folders: [
        {
          prefix: dayFolder('shop', 'copies', run.day),
          files: loops.map((loop) => ({ name: loop.name, pieces: lastRound(run, loop) })),
          counts: {},
        },
      ],
    }),
  });

const JOB = jobOf(hashing('mill'));
const MOST = roundsInExecution(JOB, loopsThatHandOver(JOB)[0]!);

/** Returns the text of the file that each loop of a job makes. */
async function filesOf(job: AnyJob, cloud: ToyCloud): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const loop of job.steps.filter(({ kind }) => kind === 'loop')) {
    const { bytes } = await cloud.store('/out').get(`${dayFolder('shop', 'copies', DAY)}${loop.name}`);
    files[loop.name] = Buffer.from(bytes).toString();
  }
  return files;
}

/** Runs a job in this process, and returns the bytes of its files, the states that it entered and its last state's output. */
async function run(job: AnyJob, iterations: number, machine: StateMachine = compileStateMachine(job, 0, LOCAL_BUILD)) {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'a\n');
  const handlers = handlersOf(job);
  const states: string[] = [];
  const configured: JsonValue[] = [];
  const rounds: number[] = [];
  const end = await execute(
    machine,
    { client: 'shop', settings: { ...TOY_SETTINGS, iterations } },
    {
      invoke: async (handler, event) => {
        if (handler === 'configure') configured.push(event);
        const answer = await handlers[handler]!(event as HandlerEvent, cloud.environment);
        if (handler === 'mill') rounds.push((answer as { rounds: number }).rounds);
        return answer;
      },
      readList: async (bucket, key) =>
        sealedEntries((await cloud.store(bucket).get(key)).bytes, key) as readonly JsonValue[],
      concurrency: 2,
      onState: (name) => states.push(name),
      startTime: '2011-12-10T00:00:00.000Z',
    },
  );
  return { files: await filesOf(job, cloud), states, rounds, end, configured };
}

/** Returns the machine with another limit of rounds. */
const withRounds = (machine: StateMachine, most: number): StateMachine => {
  const text = JSON.stringify(machine);
  const changed = text.replaceAll(/"NumericGreaterThan":\d+/g, `"NumericGreaterThan":${most}`);
  expect(changed).not.toBe(text);
  return JSON.parse(changed) as StateMachine;
};

describe('a loop of 400 rounds', () => {
  let handingOver: Awaited<ReturnType<typeof run>>;
  let inOne: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    handingOver = await run(JOB, 400);
    inOne = await run(JOB, 400, withRounds(compileStateMachine(JOB, 0, LOCAL_BUILD), 1_000));
  });

  test('The loop crosses two hand-overs, and counts its rounds anew in each execution', () => {
    const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
    // The last visit of an execution's loop only finds that its rounds are used up, or that the loop is done.
    expect(handingOver.rounds).toEqual([...upTo(MOST + 1), ...upTo(MOST + 1), ...upTo(400 - 2 * MOST + 1)]);
    expect(inOne.rounds).toEqual(upTo(401));
  });

  test('The files have the bytes that they have without a hand-over', () => {
    let expected = ['0', '1'];
    for (let round = 1; round < 400; round++) expected = expected.map(hash);
    expect(handingOver.files).toEqual({ mill: expected.join('') });
    expect(inOne.files).toEqual(handingOver.files);
  });

  test('The run is configured once, and the steps before the loop run once', () => {
    expect(handingOver.configured).toHaveLength(1);
    expect(handingOver.states.filter((state) => ['Plan copy', 'copy'].includes(state))).toEqual(['Plan copy', 'copy']);
    expect(handingOver.states.filter((state) => state === 'mill-round')).toHaveLength(400);
    expect(handingOver.states.at(-1)).toBe('Activate');
  });

  test('The execution ends with the fields with which it ends without a hand-over', () => {
    expect(handingOver.end).toEqual({ ...inOne.end, loop: handingOver.end.loop });
    expect(handingOver.end).toMatchObject({ client: 'shop', run: { ref: { day: DAY } }, published: {}, activated: {} });
  });
});

test('A folded run hands over within its process', async () => {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'a\n');
  const { configure, fold } = handlersOf(JOB);
  const input = { client: 'shop', settings: { ...TOY_SETTINGS, iterations: MOST + 2 } };
  const ref = await configure!(
    { input, requestedAt: '2011-12-10T00:00:00.000Z', build: LOCAL_BUILD },
    cloud.environment,
  );
  const answer = await fold!({ run: ref as RunRef }, cloud.environment);
  expect(answer).toMatchObject({ outcome: 'done' });
  expect(await filesOf(JOB, cloud)).toEqual((await run(JOB, MOST + 2)).files);
});

test('A loop that ends with the last round of an execution does not hand over', async () => {
  const { rounds } = await run(JOB, 6, withRounds(compileStateMachine(JOB, 0, LOCAL_BUILD), 3));
  expect(rounds).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
});

test('Of two loops each goes on where it handed over, and they share the rounds of an execution', async () => {
  const job = jobOf(hashing('mill'), hashing('press'));
  expect(loopsThatHandOver(job).map((loop) => roundsInExecution(job, loop))).toEqual([72, 72]);
  const machine = compileStateMachine(job, 0, LOCAL_BUILD);
  expect(languageErrors(machine)).toBe('');
  const { files, states } = await run(job, 5, withRounds(machine, 2));
  let hashes = ['0', '1'];
  for (let round = 1; round < 5; round++) hashes = hashes.map(hash);
  expect(files).toEqual({ mill: hashes.join(''), press: hashes.join('') });
  // Each loop of five rounds hands over twice. Its Task is entered once more in each of its executions.
  expect(states.filter((state) => state === 'mill')).toHaveLength(5 + 3);
  expect(states.filter((state) => state === 'press')).toHaveLength(5 + 3);
});

test('A loop that fits into one execution neither counts its rounds nor hands over', () => {
  const job = jobOf(hashing('mill', MOST));
  const { StartAt, States } = compileStateMachine(job, 0, LOCAL_BUILD);
  expect(StartAt).toBe('Configure');
  expect(Object.keys(States).filter((name) => name.includes('mill'))).toEqual(['mill', 'mill done?', 'mill-round']);
  expect(JSON.stringify(States)).not.toContain('rounds');
});

test('The other execution is started without a name, with the run and the id of this execution', () => {
  const { States } = compileStateMachine(JOB, 0, LOCAL_BUILD);
  expect(States['Hand over mill']).toMatchObject({
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: {
      'StateMachineArn.$': '$$.StateMachine.Id',
      Input: {
        handedOver: 'mill',
        run: { 'ref.$': '$.run.ref' },
        'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id',
      },
    },
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
    Next: 'mill done?',
  });
  expect(States['Hand over mill']!.Parameters).not.toHaveProperty('Name');
});

test.each([1, MOST, MOST + 1, 2 * MOST, 400, 1_000])(
  'The transitions of %i rounds are predicted',
  async (iterations) => {
    const entered: string[] = [];
    const machine = compileStateMachine(JOB, 0, LOCAL_BUILD);
    // A property of `States` is read once for each state that is entered.
    const States = new Proxy(machine.States, {
      get: (states, name: string) => {
        entered.push(name);
        return states[name];
      },
    });
    const { rounds } = await run(JOB, iterations, { ...machine, States });
    const loop = loopsThatHandOver(JOB)[0]!;
    expect(rounds).toHaveLength(iterations + 1 + handOversAfter(JOB, loop, iterations));
    expect(handOversBefore(JOB, loop, rounds.length)).toBe(handOversAfter(JOB, loop, iterations));
    const invocations = (step: string) => ({ mill: rounds.length, 'mill-round': 2 * iterations })[step] ?? 1;
    expect(transitionsOf(JOB, invocations)).toBe(entered.length + 2 * iterations + 1);
  },
);
