/** What follows a published output: when it runs, what it sees, and that its secrets stay where they are. */
import { describe, expect, test } from 'vitest';
import { execute } from '../../../cli/local/interpreter.ts';
import { DatabaseError } from '../../../shared/errors.ts';
import type { RunInput } from '../../../shared/job/configure.ts';
import { type HandlerEvent, handlersOf } from '../../../shared/job/handlers.ts';
import { type Ahead, type AheadRequest, defineJob } from '../../../shared/job/job.ts';
import { compileStateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { contents, DAY, ToyCloud, toyJob } from './toy-job.ts';

const CANARY = 'canary-5d02';
const SETTINGS = { startDay: DAY, inputPath: '/in', outputPath: '/out' };

/** A toy whose output is followed by an upload, and the states and settings that it met. */
async function world(ahead?: (request: AheadRequest<{ readonly jdbc: string }>) => Promise<Ahead>) {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'one\n', 'two\n');
  const uploads: { jdbc: string; rank: number; requestedAt: string; success: boolean }[] = [];
  const job = defineJob({
    ...toyJob,
    afterPublish: {
      name: 'upload',
      memoryMb: 512,
      timeoutSeconds: 60,
      isWanted: ({ jdbc }) => jdbc !== '',
      ...(ahead && { ahead }),
      run: async ({ settings: { jdbc, rank }, output }, requestedAt) => {
        const success = (await output.head(`shop/copies/${DAY}/_SUCCESS`)) !== undefined;
        uploads.push({ jdbc, rank, requestedAt, success });
        return { rows: 7 };
      },
    },
  });
  const handlers = handlersOf(job);
  const events: JsonValue[] = [];
  const run = async (input: RunInput): Promise<string[]> => {
    const states: string[] = [];
    await execute(compileStateMachine(job, 0), JSON.parse(JSON.stringify({ client: 'shop', ...input })), {
      concurrency: 1,
      startTime: '2012-01-01T00:00:00Z',
      onState: (name) => states.push(name),
      invoke: async (handler, event) => {
        events.push(event);
        return JSON.parse(JSON.stringify(await handlers[handler]!(event as HandlerEvent, cloud.environment)));
      },
      readList: async (_bucket, key) => {
        return JSON.parse(new TextDecoder().decode((await cloud.store('/out').get(key)).bytes));
      },
    });
    return states;
  };
  const configured = (settings: object) => ({ from: 'a file', text: JSON.stringify(settings) });
  return { cloud, run, uploads, events, configured };
}

test('runs behind publishing and before activation, once all is in place, with the secrets of the configuration', async () => {
  const { run, uploads, configured } = await world();
  const states = await run({ settings: SETTINGS, config: configured({ jdbc: CANARY, rank: 5 }) });
  expect(states).toEqual(['Configure', 'Plan copy', 'copy', 'Publish', 'upload', 'Activate']);
  expect(uploads).toEqual([{ jdbc: CANARY, rank: 5, requestedAt: '2012-01-01T00:00:00Z', success: true }]);
});

test('its secrets are in no object; in no event but the configuration that came with the request', async () => {
  const { cloud, run, events } = await world();
  await cloud.store('/config').put('all_clients/shop/offline/copy-actions', JSON.stringify({ jdbc: CANARY }));
  await run({ settings: SETTINGS, configRoot: '/config' });
  expect(JSON.stringify(await contents(cloud.store('/out')))).not.toContain(CANARY);
  expect(JSON.stringify(events)).not.toContain(CANARY);
});

describe('a run that is published already', () => {
  test('goes straight to it, even when its work area is gone', async () => {
    const { cloud, run, uploads } = await world();
    const request = { settings: { ...SETTINGS, jdbc: CANARY } };
    await run(request);
    for (const key of Object.keys(await contents(cloud.store('/out'), '.work/'))) await cloud.store('/out').delete(key);
    expect(await run(request)).toEqual(['Configure', 'upload', 'Activate']);
    expect(uploads).toHaveLength(2);
  });

  test('goes to publishing first where the version or the day folder is gone', async () => {
    const { cloud, run } = await world();
    const request = { settings: { ...SETTINGS, jdbc: CANARY } };
    await run(request);
    const output = cloud.store('/out');
    for (const key of Object.keys(await contents(output, '.work/'))) await output.delete(key);
    for (const folder of ['models', 'copies']) {
      const before = await contents(output, `shop/${folder}/`);
      for (const key of Object.keys(before)) await output.delete(key);
      expect(await run(request)).toEqual(['Configure', 'Publish', 'upload', 'Activate']);
      expect(Object.keys(await contents(output, `shop/${folder}/`))).toEqual(
        expect.arrayContaining(Object.keys(before).filter((key) => !key.includes('/_live/'))),
      );
    }
  });

  test('is done where it is not asked for', async () => {
    const { run, uploads } = await world();
    expect(await run({ settings: SETTINGS })).toContain('upload');
    expect(uploads).toEqual([]);
    expect(await run({ settings: SETTINGS })).toEqual(['Configure']);
  });
});

describe('what follows is asked when the run is configured', () => {
  const request = { settings: { ...SETTINGS, jdbc: CANARY } };

  test('before the first step: where it cannot be done, nothing is computed', async () => {
    const { cloud, run } = await world(async () => {
      throw new DatabaseError('the user may not');
    });
    await expect(run(request)).rejects.toThrow('the user may not');
    expect(Object.keys(await contents(cloud.store('/out'))).filter((key) => !key.startsWith('.work/'))).toEqual([]);
  });

  test('with the settings and their secrets, the run, and whether it is published; not where it is not wanted', async () => {
    const asked: AheadRequest<{ readonly jdbc: string }>[] = [];
    const { run } = await world(async (ahead) => {
      asked.push(ahead);
      return { isDone: false, live: null, notActivated: null };
    });
    await run({ settings: SETTINGS });
    expect(asked).toEqual([]);
    await run(request);
    await run(request);
    const common = { client: 'shop', day: DAY, requestedAt: '2012-01-01T00:00:00Z' };
    // The same bytes were published by the run that wanted no upload.
    expect(asked).toMatchObject([
      { ...common, isPublished: true },
      { ...common, isPublished: true },
    ]);
    expect(asked[0]?.settings.jdbc).toBe(CANARY);
    expect(asked[0]?.run).toMatch(/^[0-9a-f]{16}$/);
  });

  test('a published run is done where nothing is left to do, and says why where its output may not go live', async () => {
    const { cloud, run, uploads } = await world(async ({ isPublished }) => ({
      isDone: isPublished,
      live: null,
      notActivated: 'the live rows are newer',
    }));
    expect(await run(request)).toContain('upload');
    expect(cloud.warnings).toEqual([]);
    expect(await run(request)).toEqual(['Configure']);
    expect(cloud.warnings).toEqual(['not activated: the live rows are newer']);
    expect(uploads).toHaveLength(1);
  });
});

test('settings that decide bytes stay those that the run began with', async () => {
  const { cloud, run, uploads } = await world();
  const node = 'all_clients/shop/offline/copy-actions';
  await cloud.store('/config').put(node, JSON.stringify({ jdbc: CANARY, rank: 5 }));
  const store = cloud.store('/out');
  const put = store.put.bind(store);
  // The node changes while the run is on its way.
  store.put = async (key, body, condition) => {
    const etag = await put(key, body, condition);
    if (key.endsWith('_SUCCESS')) await cloud.store('/config').put(node, JSON.stringify({ jdbc: 'other', rank: 6 }));
    return etag;
  };
  await run({ settings: SETTINGS, configRoot: '/config' });
  expect(uploads).toMatchObject([{ jdbc: 'other', rank: 5 }]);
});
