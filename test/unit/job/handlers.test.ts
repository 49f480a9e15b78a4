import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CorruptInputError, LimitError, StoreUnavailableError } from '../../../shared/errors.ts';
import { dayInWords } from '../../../shared/in-words.ts';
import { type HandlerEvent, handlersOf } from '../../../shared/job/handlers.ts';
import { type AnyJob, defineJob, type LoopStep, type MapStep, type Publication } from '../../../shared/job/job.ts';
import { readManifest } from '../../../shared/job/manifest.ts';
import type { RunRef } from '../../../shared/job/run.ts';
import type { StepObjects } from '../../../shared/job/shard.ts';
import { STATE_LIMIT } from '../../../shared/job/state-limit.ts';
import type { Body } from '../../../shared/store/store.ts';
import { contents, textAt } from '../../helpers/store-texts.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { copyStep, DAY, TOY_SETTINGS, ToyCloud, toyJob } from './toy-job.ts';

/** Returns a configured run that is ready for its first step. */
async function started(job: AnyJob = toyJob) {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'one\n', 'two\n', 'three\n');
  const handlers = handlersOf(job);
  const call = (name: string, event: HandlerEvent) => handlers[name]!(event, cloud.environment);
  const input = { client: 'shop', settings: TOY_SETTINGS };
  const run = (await call('configure', { input, requestedAt: '2012-01-01T00:00:00Z' })) as RunRef;
  return { cloud, call, run };
}

describe('handlers of steps', () => {
  test('A shard is computed once and found afterwards', async () => {
    const { cloud, call, run } = await started();
    expect(await call('plan', { run, step: 'copy' })).toEqual({
      bucket: '/out',
      count: 3,
      key: `.work/copy-actions/shop/${run.id}/planned-v2/copy/shards.json`,
    });
    const event = { run, shard: { index: 1, input: 1 } };
    expect(await call('copy', event)).toEqual({ computed: true });
    expect(await call('copy', event)).toEqual({ computed: false });
    expect(await textAt(cloud.store('/out'), `.work/copy-actions/shop/${run.id}/planned-v2/copy/00001`)).toBe('two\n');
  });

  test('An error names job, client, day, step and shard, and keeps its own name', async () => {
    const failing = (error: Error) =>
      defineJob({
        ...toyJob,
        steps: [
          {
            ...copyStep,
            run: async () => {
              throw error;
            },
          },
        ],
      });
    for (const error of [new CorruptInputError('part-1 is cut off'), new StoreUnavailableError('503')]) {
      const { call, run } = await started(failing(error));
      const text = error.message;
      const failed = call('copy', { run, shard: { index: 7 } });
      await expect(failed).rejects.toBe(error);
      expect(error.message).toBe(`copy-actions, client shop, day ${dayInWords(DAY)}, step copy, shard 7: ${text}`);
    }
  });

  test.each<[string, body: () => unknown, message: string]>([
    ['gives back nothing', () => undefined, 'gave nothing (undefined) where this was expected'],
    ['throws an object', () => Promise.reject({ code: 7 }), 'an object with the fields code was thrown'],
  ])('A step that %s raises an error with the place and the expected answer', async (_, body, message) => {
    const run: typeof copyStep.run = async () => (await body()) as Body;
    const wrong = defineJob({ ...toyJob, steps: [{ ...copyStep, run }] });
    const { call, run: ref } = await started(wrong);
    const failed = call('copy', { run: ref, shard: { index: 0 } });
    await expect(failed).rejects.toMatchObject({ name: 'StepAnswerError' });
    await expect(failed).rejects.toThrow(`copy-actions, client shop, day ${dayInWords(DAY)}, step copy, shard 0: `);
    await expect(failed).rejects.toThrow(message);
  });

  test('An error of the configuration names job, client and step', async () => {
    const { call } = await started();
    const input = { client: 'shop', settings: { ...TOY_SETTINGS, rank: 'many' } };
    await expect(call('configure', { input, requestedAt: '2012-01-01T00:00:00Z' })).rejects.toThrow(
      /^copy-actions, client shop, step configure: Configuration of copy-actions: rank is "many"/,
    );
  });

  describe('A step can read only the objects of earlier steps', () => {
    /** Returns a step whose one shard is the list of the shards of another step. */
    const readerOf = (name: string, other: StepObjects): MapStep<unknown> => ({
      kind: 'map',
      name,
      memoryMb: 512,
      timeoutSeconds: 60,
      publishes: true,
      shards: async (run) => [{ shards: (await run.work.shards(other)).length }],
      run: async (run) => (await run.output.get(run.work.key(other, 0))).bytes,
    });

    test('An earlier step is read', async () => {
      const { call, run } = await started(defineJob({ ...toyJob, steps: [copyStep, readerOf('rank', copyStep)] }));
      await call('plan', { run, step: 'copy' });
      await call('copy', { run, shard: { index: 0, input: 0 } });
      expect(await call('plan', { run, step: 'rank' })).toMatchObject({ count: 1 });
      expect(await call('rank', { run, shard: { index: 0, shards: 3 } })).toEqual({ computed: true });
    });

    test.each<[string, AnyJob['steps']]>([
      ['a step that is missing from `steps`', [readerOf('rank', copyStep)]],
      ['a step that is listed too late', [readerOf('rank', copyStep), copyStep]],
    ])('The error about %s says what helps, when shards are planned and when one is computed', async (_what, steps) => {
      const { call, run } = await started(defineJob({ ...toyJob, steps }));
      const message =
        "step rank: step rank reads what step 'copy' wrote, which does not come before it: list it earlier in `steps`";
      const planned = call('plan', { run, step: 'rank' });
      await expect(planned).rejects.toMatchObject({ name: 'StepAnswerError' });
      await expect(planned).rejects.toThrow(message);
      await expect(call('rank', { run, shard: { index: 0, shards: 3 } })).rejects.toThrow(
        "step rank reads what step 'copy' wrote",
      );
    });

    test('Publishing refuses a step that is missing from `steps`', async () => {
      const { call, run } = await started(defineJob({ ...toyJob, steps: [readerOf('rank', copyStep)] }));
      await expect(call('publish', { run })).rejects.toThrow(
        "publish reads what step 'copy' wrote, which is not a step of the job: list it in `steps`",
      );
    });
  });

  test('A file made of an object of a step without `publishes` is refused, and the object stays', async () => {
    const step = { ...copyStep, publishes: false };
    const { cloud, call, run } = await started(defineJob({ ...toyJob, steps: [step] }));
    await call('plan', { run, step: 'copy' });
    for (const index of [0, 1, 2]) await call('copy', { run, shard: { index, input: index } });
    const before = await contents(cloud.store('/out'));
    await expect(call('publish', { run })).rejects.toThrow(
      'file part-00000 is made of an object of step copy, which does not declare `publishes: true`: declare it',
    );
    expect(await contents(cloud.store('/out'))).toEqual(before);
  });

  test('Only a step of the job can be planned', async () => {
    const { call, run } = await started();
    await expect(call('plan', { run, step: 'sweep' })).rejects.toThrow("copy-actions has no step 'sweep' to plan");
  });
});

describe('the limit of 200 KiB for every state', () => {
  test('An event above the limit is refused, and one at the limit is accepted', async () => {
    const { call, run } = await started();
    const eventOf = (bytes: number): HandlerEvent => {
      const event = { run, shard: { index: 0, input: 0, filler: '' } };
      event.shard.filler = 'x'.repeat(bytes - JSON.stringify(event).length);
      return event;
    };
    const refused = call('copy', eventOf(STATE_LIMIT + 1));
    await expect(refused).rejects.toBeInstanceOf(LimitError);
    await expect(refused).rejects.toThrow('the event has 204801 bytes');
    expect(await call('copy', eventOf(STATE_LIMIT))).toEqual({ computed: true });
  });

  test('The limit counts bytes and not characters', async () => {
    const { call, run } = await started();
    const filler = 'ä'.repeat(STATE_LIMIT / 2);
    await expect(call('copy', { run, shard: { index: 0, filler } })).rejects.toBeInstanceOf(LimitError);
  });

  test('The plan of 100,000 shards is an answer of less than 300 bytes', async () => {
    const shards = async () => Array.from({ length: 100_000 }, (_, input) => ({ input }));
    const many = defineJob({ ...toyJob, steps: [{ ...copyStep, shards }] });
    const { call, run } = await started(many);
    const answer = await call('plan', { run, step: 'copy' });
    expect(answer).toMatchObject({ count: 100_000 });
    expect(JSON.stringify(answer).length).toBeLessThan(300);
  });
});

describe('loops', () => {
  /** Returns a loop of three iterations with two shards each, which keeps the newest `keep` iterations. */
  const loop = (keep: number): LoopStep<unknown> => ({
    kind: 'loop',
    name: 'sweep',
    memoryMb: 512,
    timeoutSeconds: 60,
    maxIterations: 3,
    expected: () => [2, 2, 2],
    keep,
    advance: async (_run, completed) => (completed === 3 ? { done: true } : { done: false, shards: [{}, {}] }),
    body: {
      kind: 'map',
      name: 'solve',
      memoryMb: 512,
      timeoutSeconds: 60,
      run: async (_run, shard, iteration) => `${iteration}/${shard.index}`,
    },
  });
  const looping = (keep: number) => defineJob({ ...toyJob, steps: [loop(keep)] });

  test('A loop continues after the newest complete checkpoint, and only then deletes older ones', async () => {
    const { cloud, call, run } = await started(looping(1));
    const workKeys = async () => {
      const prefix = `.work/copy-actions/shop/${run.id}/planned-v2/`;
      const keys = Object.keys(await contents(cloud.store('/out'), prefix)).filter((key) => !key.endsWith('.json'));
      return keys.map((key) => key.slice(prefix.length));
    };
    for (let iteration = 0; iteration < 3; iteration++) {
      const next = { done: false, iteration, count: 2 };
      expect(await call('sweep', { run })).toMatchObject(next);
      await call('solve', { run, iteration, shard: { index: 0 } });
      // In the middle of the iteration the answer is the same.
      expect(await call('sweep', { run })).toMatchObject(next);
      expect(await workKeys()).toContain(`solve-${iteration}/00000`);
      await call('solve', { run, iteration, shard: { index: 1 } });
    }
    expect(await call('sweep', { run })).toEqual({ done: true, iteration: 3 });
    expect(await workKeys()).toEqual(['solve-2/00000', 'solve-2/00001']);
  });
});

describe('steps whose objects become output files', () => {
  const file = { name: 'part-00000', sha256: createHash('sha256').update('one\n').digest('hex'), size: 4 };
  /** Only the first input becomes a file. */
  const publishing = defineJob({
    ...toyJob,
    publish: async (run): Promise<Publication> => ({
      folders: [
        {
          prefix: `shop/copies/${DAY}/`,
          files: [{ name: 'part-00000', pieces: [{ key: run.work.key(copyStep, 0) }] }],
          counts: {},
        },
      ],
    }),
  });
  const event = (run: RunRef) => ({ run, shard: { index: 0, input: 0 } });

  /** Publishes and returns the files of the manifest and the staged objects that publishing has read. */
  async function publishedBy({ cloud, call, run }: Awaited<ReturnType<typeof started>>) {
    const read: string[] = [];
    const output = cloud.store('/out');
    cloud.stores.set(
      '/out',
      watchedStore(output, { before: (kind, key) => void (kind === 'stream' && read.push(key)) }),
    );
    await call('publish', { run });
    return { files: (await readManifest(output, `shop/copies/${DAY}/`))?.files, read };
  }

  test('The step stores hashes, so publishing reads no object', async () => {
    const toy = await started(publishing);
    expect(await toy.call('copy', event(toy.run))).toEqual({ computed: true });
    expect(await publishedBy(toy)).toEqual({ files: [file], read: [] });
  });

  test('A shard killed between its object and its hash is done when the next attempt stores the hash', async () => {
    const toy = await started(publishing);
    const output = toy.cloud.store('/out');
    toy.cloud.stores.set(
      '/out',
      watchedStore(output, {
        before: (kind, key) => {
          if (kind === 'put' && key.endsWith('.sha256')) throw new Error('killed');
        },
      }),
    );
    await expect(toy.call('copy', event(toy.run))).rejects.toThrow('killed');
    toy.cloud.stores.set('/out', output);
    expect(await toy.call('copy', event(toy.run))).toEqual({ computed: false });
    expect(await publishedBy(toy)).toEqual({ files: [file], read: [] });
  });
});

describe('publishing and activation', () => {
  test('Publishing twice writes nothing the second time, and nothing is activated unless requested', async () => {
    const { cloud, call, run } = await started();
    await call('plan', { run, step: 'copy' });
    for (const index of [0, 1, 2]) await call('copy', { run, shard: { index, input: index } });
    expect(await call('publish', { run })).toEqual({ files: 1, bytes: 'one\ntwo\nthree\n'.length });
    const before = await contents(cloud.store('/out'));
    expect(before[`shop/copies/${DAY}/part-00000`]).toBe('one\ntwo\nthree\n');
    expect(await call('publish', { run })).toEqual({ files: 0, bytes: 0 });
    expect(await contents(cloud.store('/out'))).toEqual(before);
    expect(await call('activate', { run })).toEqual({ activated: false });
  });
});
