import { describe, expect, test, vi } from 'vitest';
import { CorruptInputError, StoreUnavailableError } from '../../../shared/errors.ts';
import { dayInWords } from '../../../shared/in-words.ts';
import type { HandlerEnvironment } from '../../../shared/job/configure.ts';
import { foldNotes } from '../../../shared/job/fold-notes.ts';
import { foldRun, type HandlerEvent, handlersOf } from '../../../shared/job/handlers.ts';
import { execute } from '../../../shared/job/interpreter.ts';
import { type AnyJob, defineJob } from '../../../shared/job/job.ts';
import type { RunRef } from '../../../shared/job/run.ts';
import { readListIn } from '../../../shared/job/shard-lists.ts';
import { compileStateMachine } from '../../../shared/job/state-machine.ts';
import { contents, textAt } from '../../helpers/store-texts.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { copyStep, DAY, TOY_SETTINGS, ToyCloud, toyJob } from './toy-job.ts';

const REQUESTED_AT = '2012-01-01T00:00:00Z';
const TEXTS = ['one\n', 'two\n', 'three\n'];

/** Returns a run that is configured to fold, and a function that folds it. */
async function configured(job: AnyJob = toyJob, outputPath = TOY_SETTINGS.outputPath) {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, ...TEXTS);
  const input = { client: 'shop', settings: { ...TOY_SETTINGS, outputPath } };
  const configure = handlersOf(job).configure!;
  const ref = {
    ...((await configure({ input, requestedAt: REQUESTED_AT }, cloud.environment)) as RunRef),
    folds: true,
  };
  const output = cloud.store(outputPath);
  const usage = async () => JSON.parse(await textAt(output, `.work/copy-actions/shop/${ref.id}/usage.json`));
  return {
    cloud,
    output,
    ref,
    usage,
    notes: () => foldNotes(output, ref),
    foldIt: (more: Partial<HandlerEnvironment> = {}) => foldRun(job, ref, { ...cloud.environment, ...more }),
  };
}

const published = (texts: Record<string, string>) =>
  Object.fromEntries(Object.entries(texts).filter(([key]) => !key.startsWith('.')));

/** Runs the machine after Configure. */
async function runMachine(job: AnyJob, ref: RunRef, { environment }: ToyCloud): Promise<void> {
  const handlers = handlersOf(job);
  const machine = compileStateMachine(job, 0);
  await execute(
    { ...machine, StartAt: 'Configured?' },
    { run: { ref } },
    {
      invoke: (handler, event) => handlers[handler]!(event as HandlerEvent, environment),
      readList: readListIn(environment.openStore),
      concurrency: 3,
      startTime: REQUESTED_AT,
    },
  );
}

/** Returns what the states of the fan-out publish. */
async function fannedOut(): Promise<Record<string, string>> {
  const { cloud, ref } = await configured();
  await runMachine(toyJob, { ...ref, folds: false }, cloud);
  return published(await contents(cloud.store('/out')));
}

/** Returns the toy job with a step that throws for the second shard, `times` times. */
function failingJob(error: () => Error, times = Number.POSITIVE_INFINITY): AnyJob {
  let left = times;
  return defineJob({
    ...toyJob,
    steps: [
      {
        ...copyStep,
        run: async (run, shard, iteration) => {
          if (shard.input === 1 && left-- > 0) throw error();
          return copyStep.run(run, shard, iteration);
        },
      },
    ],
  });
}

describe('a folded run', () => {
  test('The run publishes what the states of the fan-out publish, and leaves no note', async () => {
    const { foldIt, output, notes } = await configured();
    expect(await foldIt()).toEqual({ outcome: 'done', verdict: null });
    const texts = await contents(output);
    expect(published(texts)).toEqual(await fannedOut());
    expect(Object.keys(published(texts))).toContain(`shop/copies/${DAY}/_SUCCESS`);
    expect(await notes()).toEqual([]);
  });

  test('The run finds its shard lists when the output root is a prefix of a bucket', async () => {
    const { foldIt, output, cloud } = await configured(toyJob, 's3://bucket/models');
    expect(await foldIt()).toEqual({ outcome: 'done', verdict: null });
    expect(published(await contents(output))).toEqual(await fannedOut());
    // Its role allows no list of the whole bucket.
    expect([...cloud.stores.keys()].sort()).toEqual(['/in', 's3://bucket/models']);
  });

  test('The usage says that the run was folded, and with which memory', async () => {
    const { foldIt, usage } = await configured();
    await foldIt();
    const { folded, steps } = await usage();
    expect(folded).toBe(true);
    const step = (name: string) => steps.find((one: { step: string }) => one.step === name);
    expect(steps.map((one: { step: string }) => one.step)).toEqual(['plan copy', 'copy', 'publish', 'fold']);
    expect(step('copy')).toMatchObject({ invocations: 3, memoryMb: 2048, bytesRead: expect.any(Number) });
    expect(step('fold')).toMatchObject({ invocations: 1, memoryMb: 2048 });
    // It writes the note and the account, looks at the plan before both, and lists the marks.
    expect(step('fold')).toMatchObject({ puts: 2, gets: 2, lists: 1 });
  });

  test('A run that has too little time hands over before it begins an invocation, and remembers its size', async () => {
    const { foldIt, output, notes, ref } = await configured();
    let invocations = 0;
    const answer = await foldIt({ remainingMs: () => (++invocations > 3 ? 89_000 : 900_000) });
    expect(answer).toEqual({ outcome: 'handOver', why: 'OutOfTime: 89 s are left before copy, and 90 s are needed' });
    expect(await notes()).toEqual([{ run: ref.id, bytes: TEXTS.join('').length, begun: null }]);
    const keys = Object.keys(await contents(output));
    expect(keys.filter((key) => /\/copy\/\d{5}$/.test(key))).toHaveLength(2);
    expect(keys.filter((key) => key.endsWith('usage.json'))).toEqual([]);
    expect(keys.filter((key) => key.includes('/usage/fold/'))).toHaveLength(1);
  });

  test('A run that began when other jobs had taken most of the time hands over, and no note says that it was too large', async () => {
    const { foldIt, notes } = await configured();
    let invocations = 0;
    const answer = await foldIt({ remainingMs: () => (++invocations > 3 ? 89_000 : 300_000) });
    expect(answer).toMatchObject({ outcome: 'handOver', why: expect.stringContaining('OutOfTime') });
    expect(await notes()).toEqual([]);
  });

  test('A run that is done stays done, and leaves no note, when its usage cannot be written', async () => {
    const { cloud, foldIt, output, notes } = await configured();
    const logged: string[] = [];
    const openStore = async (location: string) =>
      watchedStore(cloud.store(location), {
        before: async (call, key) => {
          if (call === 'put' && key.endsWith('/usage.json')) throw new StoreUnavailableError('503');
        },
      });
    const log: HandlerEnvironment['log'] = (_level, message) => void logged.push(message);
    expect(await foldIt({ openStore, log })).toEqual({ outcome: 'done', verdict: null });
    expect(logged.join('\n')).toContain('the usage of the folded run was not kept: StoreUnavailableError: 503');
    expect(Object.keys(published(await contents(output)))).toContain(`shop/copies/${DAY}/_SUCCESS`);
    expect(await notes()).toEqual([]);
  });

  test('A run that was handed over and is folded once more accounts for both processes', async () => {
    const { foldIt, usage } = await configured();
    let invocations = 0;
    await foldIt({ remainingMs: () => (++invocations > 3 ? 0 : 900_000) });
    expect(await foldIt()).toMatchObject({ outcome: 'done' });
    const { folded, steps } = await usage();
    expect(folded).toBeUndefined();
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ step: 'fold', invocations: 2, memoryMb: 2048 });
    expect(steps[0].puts).toBeGreaterThan(10);
  });

  test('A final error is the error of the run, with the name and the message that the fan-out gives it', async () => {
    const { foldIt, notes } = await configured(failingJob(() => new CorruptInputError('part-1 is cut off')));
    const message = `copy-actions, client shop, day ${dayInWords(DAY)}, step copy, shard 1: part-1 is cut off`;
    expect(await foldIt()).toEqual({
      outcome: 'failed',
      error: {
        name: 'CorruptInputError',
        message,
        cause: JSON.stringify({ errorType: 'CorruptInputError', errorMessage: message }),
      },
    });
    expect(await notes()).toEqual([]);
  });

  test('The machine ends with the same error, folded or not', async () => {
    const job = failingJob(() => new CorruptInputError('part-1 is cut off'));
    const { cloud, ref } = await configured(job);
    const errorOf = async (folds: boolean): Promise<string> => {
      const [ended] = await Promise.allSettled([runMachine(job, { ...ref, folds }, cloud)]);
      if (ended.status === 'fulfilled') throw new Error('the run did not fail');
      expect(ended.reason).toMatchObject({ name: 'CorruptInputError' });
      return (ended.reason as Error).message;
    };
    const message = await errorOf(false);
    // The Fail state takes what a function's error would be.
    expect(JSON.parse(await errorOf(true))).toEqual({ errorType: 'CorruptInputError', errorMessage: message });
  });

  test.each<[string, () => Error, gaveUp: boolean]>([
    ['memory that cannot be had', () => new RangeError('Array buffer allocation failed'), true],
    ['an error that nobody expected', () => new TypeError('x is undefined'), false],
  ])('After %s the run hands over', async (_, error, gaveUp) => {
    const { foldIt, notes } = await configured(failingJob(error));
    expect(await foldIt()).toMatchObject({ outcome: 'handOver', why: expect.stringContaining(error().message) });
    expect((await notes()).length).toBe(gaveUp ? 1 : 0);
  });

  test('A store that fails for a moment is tried again, and one that goes on failing leads to the fan-out', async () => {
    const noWait = vi.spyOn(Math, 'random').mockReturnValue(0);
    const passing = await configured(failingJob(() => new StoreUnavailableError('503'), 5));
    expect(await passing.foldIt()).toMatchObject({ outcome: 'done' });
    const lasting = await configured(failingJob(() => new StoreUnavailableError('503'), 6));
    expect(await lasting.foldIt()).toMatchObject({
      outcome: 'handOver',
      why: expect.stringContaining('StoreUnavailableError'),
    });
    expect(await lasting.notes()).toEqual([]);
    noWait.mockRestore();
  });

  test('A process that is killed leaves the note of its beginning', async () => {
    const { ref, notes, cloud } = await configured();
    const job = defineJob({ ...toyJob, steps: [{ ...copyStep, run: () => new Promise<string>(() => undefined) }] });
    void foldRun(job, ref, cloud.environment);
    await vi.waitFor(async () => expect(await notes()).toHaveLength(1));
    expect(await notes()).toEqual([{ run: ref.id, bytes: TEXTS.join('').length, begun: expect.any(Number) }]);
  });

  test('The process neither reads the configuration nor activates', async () => {
    const { foldIt, cloud } = await configured();
    const openConfigRoot = vi.fn();
    expect(await foldIt({ openConfigRoot })).toMatchObject({ outcome: 'done' });
    expect(openConfigRoot).not.toHaveBeenCalled();
    expect([...cloud.stores.keys()].sort()).toEqual(['/in', '/out']);
  });
});

describe('the work area of a folded run', () => {
  /** Returns the objects of the steps, without the plan, the account and what Configure wrote. */
  const stepObjects = (texts: Record<string, string>) =>
    Object.keys(texts).filter((key) => /\/copy\/(shards\.json|\d{5})$/.test(key));

  test('A run that is done leaves no object of a step, and asks the store for far less than the fan-out', async () => {
    const { foldIt, output, usage } = await configured();
    await foldIt();
    expect(stepObjects(await contents(output))).toEqual([]);
    const { steps } = await usage();
    expect(steps.find(({ step }: { step: string }) => step === 'copy')).toMatchObject({ puts: 0 });
    expect(steps.find(({ step }: { step: string }) => step === 'plan copy')).toMatchObject({ puts: 0 });
  });

  test('A run that is handed over leaves the objects of its finished steps', async () => {
    const { foldIt, output } = await configured();
    let invocations = 0;
    await foldIt({ remainingMs: () => (++invocations > 3 ? 0 : 900_000) });
    expect(stepObjects(await contents(output))).toHaveLength(3);
  });

  test('When its objects cannot be written, the run is handed over without them', async () => {
    const { cloud, foldIt } = await configured();
    const logged: string[] = [];
    let isBroken = false;
    const openStore = async (location: string) => {
      const store = cloud.store(location);
      return {
        root: store.root,
        head: (key: string) => store.head(key),
        get: store.get.bind(store),
        stream: store.stream.bind(store),
        list: store.list.bind(store),
        put: (...args: Parameters<typeof store.put>) => {
          if (isBroken && args[0].includes('/copy/')) throw new StoreUnavailableError('503');
          return store.put(...args);
        },
        link: store.link.bind(store),
        delete: store.delete.bind(store),
      };
    };
    let invocations = 0;
    const remainingMs = () => {
      isBroken = ++invocations > 3;
      return isBroken ? 0 : 900_000;
    };
    const log: HandlerEnvironment['log'] = (_level, message) => void logged.push(message);
    expect(await foldIt({ openStore, remainingMs, log })).toMatchObject({ outcome: 'handOver' });
    expect(logged.join('\n')).toContain('were not kept, and are computed again: StoreUnavailableError: 503');
  });
});
