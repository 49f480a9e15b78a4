/** Tests the step that follows publishing: when it runs, what it sees, and that its secrets are written nowhere. */

import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { defined } from '../../../shared/defined.ts';
import { DatabaseError } from '../../../shared/errors.ts';
import { LOCAL_BUILD } from '../../../shared/job/build.ts';
import type { RunInput } from '../../../shared/job/gather.ts';
import { type HandlerEvent, handlersOf } from '../../../shared/job/handlers.ts';
import { execute } from '../../../shared/job/interpreter.ts';
import { type AfterPublish, type Ahead, type AheadRequest, defineJob } from '../../../shared/job/job.ts';
import { compileStateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { contents } from '../../helpers/store-texts.ts';
import { DAY, TOY_SETTINGS, ToyCloud, toyJob } from './toy-job.ts';

const CANARY = 'canary-5d02';

/** Returns a toy job whose output is followed by an upload, and the states, events and uploads of its runs. */
type ToySettings = z.output<typeof toyJob.settings>;

async function world(ahead?: (request: AheadRequest<{ readonly jdbc: string }>) => Promise<Ahead>) {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'one\n', 'two\n');
  const uploads: { jdbc: string; rank: number; requestedAt: string; success: boolean }[] = [];
  const job = defineJob({
    ...toyJob,
    afterPublish: defined<AfterPublish<ToySettings>>({
      name: 'upload',
      memoryMb: 512,
      timeoutSeconds: 60,
      isWanted: ({ jdbc }) => jdbc !== '',
      ahead,
      run: async ({ settings: { jdbc, rank }, output }, requestedAt) => {
        const success = (await output.head(`shop/copies/${DAY}/_SUCCESS`)) !== undefined;
        uploads.push({ jdbc, rank, requestedAt, success });
        return { rows: 7 };
      },
    }),
  });
  const handlers = handlersOf(job);
  const events: JsonValue[] = [];
  const run = async (input: RunInput): Promise<string[]> => {
    const states: string[] = [];
    await execute(compileStateMachine(job, 0, LOCAL_BUILD), JSON.parse(JSON.stringify({ client: 'shop', ...input })), {
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

test('The step runs after publishing and before activation, with the secrets of the configuration', async () => {
  const { run, uploads, configured } = await world();
  const states = await run({ settings: TOY_SETTINGS, config: configured({ jdbc: CANARY, rank: 5 }) });
  expect(states).toEqual(['Configure', 'Plan copy', 'copy', 'Publish', 'upload', 'Activate']);
  expect(uploads).toEqual([{ jdbc: CANARY, rank: 5, requestedAt: '2012-01-01T00:00:00Z', success: true }]);
});

test('Secrets are in no object, and in no event except the configuration of the request', async () => {
  const { cloud, run, events } = await world();
  await cloud.store('/config').put('all_clients/shop/offline/copy-actions', JSON.stringify({ jdbc: CANARY }));
  await run({ settings: TOY_SETTINGS, configRoot: '/config' });
  expect(JSON.stringify(await contents(cloud.store('/out')))).not.toContain(CANARY);
  expect(JSON.stringify(events)).not.toContain(CANARY);
});

describe('a published run', () => {
  test('A published run goes straight to the step, even without its work area', async () => {
    const { cloud, run, uploads } = await world();
    const request = { settings: { ...TOY_SETTINGS, jdbc: CANARY } };
    await run(request);
    for (const key of Object.keys(await contents(cloud.store('/out'), '.work/'))) await cloud.store('/out').delete(key);
    expect(await run(request)).toEqual(['Configure', 'upload', 'Activate']);
    expect(uploads).toHaveLength(2);
  });

  test('A published run publishes again when its version or its day folder is gone', async () => {
    const { cloud, run } = await world();
    const request = { settings: { ...TOY_SETTINGS, jdbc: CANARY } };
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

  test('A published run is done when no upload is requested', async () => {
    const { run, uploads } = await world();
    expect(await run({ settings: TOY_SETTINGS })).toContain('upload');
    expect(uploads).toEqual([]);
    expect(await run({ settings: TOY_SETTINGS })).toEqual(['Configure']);
  });
});

describe('the check before the first step', () => {
  const request = { settings: { ...TOY_SETTINGS, jdbc: CANARY } };

  test('A step that cannot be done stops the run before anything is computed', async () => {
    const { cloud, run } = await world(async () => {
      throw new DatabaseError('the user may not');
    });
    await expect(run(request)).rejects.toThrow('the user may not');
    expect(Object.keys(await contents(cloud.store('/out'))).filter((key) => !key.startsWith('.work/'))).toEqual([]);
  });

  test('The check gets the settings with their secrets and the run, and is left out when the step is not wanted', async () => {
    const asked: AheadRequest<{ readonly jdbc: string }>[] = [];
    const { run } = await world(async (ahead) => {
      asked.push(ahead);
      return { isDone: false, live: null, notActivated: null };
    });
    await run({ settings: TOY_SETTINGS });
    expect(asked).toEqual([]);
    await run(request);
    await run(request);
    const common = { client: 'shop', day: DAY, requestedAt: '2012-01-01T00:00:00Z' };
    // The run that wanted no upload has published the same bytes.
    expect(asked).toMatchObject([
      { ...common, isPublished: true },
      { ...common, isPublished: true },
    ]);
    expect(asked[0]?.settings.jdbc).toBe(CANARY);
    expect(asked[0]?.run).toMatch(/^[0-9a-f]{16}$/);
  });

  test('A published run with nothing left to do is done, and warns when its output may not go live', async () => {
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

test('Settings that decide bytes keep the values with which the run began', async () => {
  const { cloud, run, uploads } = await world();
  const node = 'all_clients/shop/offline/copy-actions';
  await cloud.store('/config').put(node, JSON.stringify({ jdbc: CANARY, rank: 5 }));
  const store = cloud.store('/out');
  const put = store.put.bind(store);
  // The node changes during the run.
  store.put = async (key, body, condition) => {
    const etag = await put(key, body, condition);
    if (key.endsWith('_SUCCESS')) await cloud.store('/config').put(node, JSON.stringify({ jdbc: 'other', rank: 6 }));
    return etag;
  };
  await run({ settings: TOY_SETTINGS, configRoot: '/config' });
  expect(uploads).toMatchObject([{ jdbc: 'other', rank: 5 }]);
});
