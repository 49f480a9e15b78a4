import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CorruptInputError, LimitError, StoreUnavailableError } from '../../../shared/errors.ts';
import { dayInWords } from '../../../shared/in-words.ts';
import { type HandlerEvent, handlersOf, STATE_LIMIT } from '../../../shared/job/handlers.ts';
import { type AnyJob, defineJob, type LoopStep, type Run } from '../../../shared/job/job.ts';
import { readManifest } from '../../../shared/job/manifest.ts';
import type { RunRef } from '../../../shared/job/run.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { contents, DAY, ToyCloud, textAt, toyJob } from './toy-job.ts';

const SETTINGS = { startDay: DAY, inputPath: '/in', outputPath: '/out' };

/** Configured and ready to go on. */
async function started(job: AnyJob = toyJob) {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'one\n', 'two\n', 'three\n');
  const handlers = handlersOf(job);
  const call = (name: string, event: HandlerEvent) => handlers[name]!(event, cloud.environment);
  const input = { client: 'shop', settings: SETTINGS };
  const run = (await call('configure', { input, requestedAt: '2012-01-01T00:00:00Z' })) as RunRef;
  return { cloud, call, run };
}

describe('a handler', () => {
  test('computes a shard once; after that it is found', async () => {
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

  test('names job, client, day, step and shard in whatever goes wrong, and keeps the error’s name', async () => {
    const failing = (error: Error) =>
      defineJob({
        ...toyJob,
        steps: [
          {
            ...(toyJob.steps[0]! as { kind: 'map'; name: string; memoryMb: number; timeoutSeconds: number }),
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

  test.each([
    ['gives back nothing', () => undefined, 'gave nothing (undefined) where this was expected'],
    ['throws an object', () => Promise.reject({ code: 7 }), 'an object with the fields code was thrown'],
  ])('a step that %s: the place, and what was expected', async (_, body, message) => {
    const wrong = { ...toyJob, steps: [{ ...toyJob.steps[0], run: body }] } as unknown as AnyJob;
    const { call, run } = await started(wrong);
    const failed = call('copy', { run, shard: { index: 0 } });
    await expect(failed).rejects.toMatchObject({ name: 'StepAnswerError' });
    await expect(failed).rejects.toThrow(`copy-actions, client shop, day ${dayInWords(DAY)}, step copy, shard 0: `);
    await expect(failed).rejects.toThrow(message);
  });

  test('that cannot be configured names job, client and step', async () => {
    const { call } = await started();
    const input = { client: 'shop', settings: { ...SETTINGS, rank: 'many' } };
    await expect(call('configure', { input, requestedAt: '2012-01-01T00:00:00Z' })).rejects.toThrow(
      /^copy-actions, client shop, step configure: Configuration of copy-actions: rank is "many"/,
    );
  });

  test('plans the step that it is asked for, and no other', async () => {
    const { call, run } = await started();
    await expect(call('plan', { run, step: 'sweep' })).rejects.toThrow("copy-actions has no step 'sweep' to plan");
  });
});

describe('no state carries more than 200 KiB', () => {
  test('an event above is refused, one just below is not', async () => {
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

  test('bytes are counted, not characters', async () => {
    const { call, run } = await started();
    const filler = 'ä'.repeat(STATE_LIMIT / 2);
    await expect(call('copy', { run, shard: { index: 0, filler } })).rejects.toBeInstanceOf(LimitError);
  });

  test('100,000 shards are an answer of a few hundred bytes', async () => {
    const step = toyJob.steps[0] as { kind: 'map'; name: string };
    const many = {
      ...toyJob,
      steps: [{ ...step, shards: async () => Array.from({ length: 100_000 }, (_, input) => ({ input })) }],
    } as unknown as AnyJob;
    const { call, run } = await started(many);
    const answer = await call('plan', { run, step: 'copy' });
    expect(answer).toMatchObject({ count: 100_000 });
    expect(JSON.stringify(answer).length).toBeLessThan(300);
  });
});

describe('a loop', () => {
  /** Three iterations of two shards; `keep` of them. */
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
      run: async (_run: Run<unknown>, shard: { readonly [key: string]: JsonValue }, iteration: number) =>
        `${iteration}/${shard.index}`,
    },
  });
  const looping = (keep: number) => ({ ...toyJob, steps: [loop(keep)] }) as unknown as AnyJob;

  test('goes on where the newest whole checkpoint is, and drops old ones only then', async () => {
    const { cloud, call, run } = await started(looping(1));
    const there = async () => {
      const prefix = `.work/copy-actions/shop/${run.id}/planned-v2/`;
      const keys = Object.keys(await contents(cloud.store('/out'), prefix)).filter((key) => !key.endsWith('.json'));
      return keys.map((key) => key.slice(prefix.length));
    };
    for (let iteration = 0; iteration < 3; iteration++) {
      const next = { done: false, iteration, count: 2 };
      expect(await call('sweep', { run })).toMatchObject(next);
      await call('solve', { run, iteration, shard: { index: 0 } });
      // Asked again in the middle of it, it says the same.
      expect(await call('sweep', { run })).toMatchObject(next);
      expect(await there()).toContain(`solve-${iteration}/00000`);
      await call('solve', { run, iteration, shard: { index: 1 } });
    }
    expect(await call('sweep', { run })).toEqual({ done: true, iteration: 3 });
    expect(await there()).toEqual(['solve-2/00000', 'solve-2/00001']);
  });
});

describe('a step whose objects are output files', () => {
  const file = { name: 'part-00000', sha256: createHash('sha256').update('one\n').digest('hex'), size: 4 };
  /** The first input alone is a file. */
  const publishing = {
    ...toyJob,
    steps: [{ ...toyJob.steps[0]!, publishes: true }],
    publish: async (run: Run) => ({
      folders: [
        {
          prefix: `shop/copies/${DAY}/`,
          files: [{ name: 'part-00000', pieces: [{ key: run.work.key('copy', 0) }] }],
          counts: {},
        },
      ],
    }),
  } as unknown as AnyJob;
  const event = (run: RunRef) => ({ run, shard: { index: 0, input: 0 } });

  /** What the manifest says, and the staged objects that publishing read. */
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

  test('leaves their hashes, and publishing reads none of them', async () => {
    const toy = await started(publishing);
    expect(await toy.call('copy', event(toy.run))).toEqual({ computed: true });
    expect(await publishedBy(toy)).toEqual({ files: [file], read: [] });
  });

  test('killed between an object and its hash, is done: the next attempt leaves the hash of what must be there', async () => {
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
  test('publishing again what is published writes nothing; without activation nothing is activated', async () => {
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
