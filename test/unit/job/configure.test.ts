import { describe, expect, test } from 'vitest';
import { configNode, runtimeNode } from '../../../shared/activation/nodes.ts';
import { ConfigError, InputChangedError, NoInputError, UsageError } from '../../../shared/errors.ts';
import { dayInWords } from '../../../shared/in-words.ts';

import { configure } from '../../../shared/job/configure.ts';
import { type RunInput, readSettings } from '../../../shared/job/gather.ts';
import { handlersOf } from '../../../shared/job/handlers.ts';

import { commitHashed } from '../../../shared/job/hashed-objects.ts';
import { defineJob } from '../../../shared/job/job.ts';
import { isPublished } from '../../../shared/job/output-places.ts';
import { openRun, type Plan } from '../../../shared/job/run.ts';
import { STATE_LIMIT } from '../../../shared/job/state-limit.ts';
import { formatRecord } from '../../../shared/live/record.ts';
import { activateModel } from '../../helpers/live.ts';
import { contents, textAt } from '../../helpers/store-texts.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { copyStep, DAY, TOY_SETTINGS, ToyCloud, toyJob } from './toy-job.ts';

const CANARY = 'c4n4ry-pa55word';
const REQUESTED_AT = '2012-01-01T00:00:00.000Z';
const FOLDER = `shop/copies/${DAY}/`;

async function cloudWithActions(node?: string): Promise<ToyCloud> {
  const cloud = new ToyCloud();
  await cloud.putActions('shop', DAY, 'one\n', 'two\n');
  if (node !== undefined) await cloud.store('/config').put(configNode('shop', toyJob.name).slice(1), node);
  return cloud;
}

const configured = (cloud: ToyCloud, input: RunInput = {}) =>
  configure(
    toyJob,
    { client: 'shop', requestedAt: REQUESTED_AT, ...input, settings: { ...TOY_SETTINGS, ...input.settings } },
    cloud.environment,
  );

describe('settings', () => {
  const read = async (node: string | undefined, input: RunInput = {}) => {
    const cloud = await cloudWithActions(node);
    const asked = { client: 'shop', configRoot: '/config', ...input };
    return readSettings(toyJob, asked, cloud.environment.openConfigRoot);
  };

  test('A request overrides the node, and the node overrides the defaults', async () => {
    expect((await read('{}')).settings.rank).toBe(30);
    expect((await read('{"rank": "8", "seed": 5}')).settings).toMatchObject({ rank: 8, seed: 5 });
    const { settings } = await read('{"rank": 8, "seed": 5}', { settings: { rank: '9' } });
    expect(settings).toMatchObject({ rank: 9, seed: 5, days: 1 });
  });

  test('A configuration in the request replaces the node', async () => {
    const config = { from: 'file.json', text: '{"seed": 7}' };
    expect((await read('{"rank": 8, "seed": 5}', { config })).settings).toMatchObject({ rank: 30, seed: 7 });
  });

  test('A missing node means defaults, with a warning that names the node', async () => {
    const { settings, warnings } = await read(undefined);
    expect(settings.rank).toBe(30);
    expect(warnings).toEqual([expect.stringContaining('/all_clients/shop/offline/copy-actions')]);
    expect(warnings[0]).toContain('/config');
  });

  test('A job that accompanies others needs no node, so a missing one gives no warning', async () => {
    const cloud = await cloudWithActions(undefined);
    const job = defineJob({ ...toyJob, accompanies: () => true });
    const asked = { client: 'shop', configRoot: '/config' };
    const { settings, warnings } = await readSettings(job, asked, cloud.environment.openConfigRoot);
    expect(settings.rank).toBe(30);
    expect(warnings).toEqual([]);
  });

  test('A job over all clients has no node', async () => {
    const cloud = new ToyCloud();
    const job = defineJob({ ...toyJob, scope: 'logs' });
    const { warnings } = await readSettings(job, { configRoot: '/config' }, cloud.environment.openConfigRoot);
    expect(warnings).toEqual([]);
  });
});

describe('requests that are refused before anything is read or written', () => {
  test.each([
    ['a missing client', { client: undefined }, 'give --client'],
    ['a client with a path in its name', { client: '../shop' }, 'no client can be called "../shop"'],
    ['a missing day', { settings: { startDay: undefined } }, 'which day? Give --start-day'],
    [
      'activation without a configuration root',
      { settings: { activate: 'true' } },
      'give --zookeeper or --config-root',
    ],
    ['a request without a time', { requestedAt: 'soon' }, 'ISO-8601'],
    ['a value out of range', { settings: { rank: 257 } }, 'an integer from 1 to 256'],
  ] as [string, { [key: string]: unknown }, string][])('A request is refused for %s', async (_case, input, message) => {
    const cloud = await cloudWithActions();
    let calls = 0;
    for (const location of ['/in', '/out']) {
      cloud.stores.set(location, watchedStore(cloud.store(location), { before: () => void calls++ }));
    }
    const error = await configured(cloud, input as RunInput).catch((thrown: Error) => thrown);
    expect(error).toSatisfy((thrown) => thrown instanceof UsageError || thrown instanceof ConfigError);
    expect((error as Error).message).toContain(message);
    expect(calls).toBe(0);
  });
});

test('Warnings of a job about its settings are passed on', async () => {
  const cloud = new ToyCloud();
  const job = { ...toyJob, warnings: ({ rank }: { rank: number }) => [`rank ${rank} is odd`] };
  const { warnings } = await readSettings(job, { settings: { rank: 31 } }, cloud.environment.openConfigRoot);
  expect(warnings).toEqual(['rank 31 is odd']);
});

describe('inputs', () => {
  test('Days without a folder are skipped with a warning, and a request without any input is an error that names the place', async () => {
    const cloud = await cloudWithActions();
    await configured(cloud, { settings: { days: 3 } });
    expect(cloud.warnings).toEqual([
      `nothing to read for 2 days (${dayInWords(DAY - 2)}, ${dayInWords(DAY - 1)}) under shop/actions/: skipped`,
    ]);
    const nothing = configured(cloud, { settings: { startDay: DAY + 1 } });
    await expect(nothing).rejects.toBeInstanceOf(NoInputError);
    await expect(nothing).rejects.toThrow(`under /in in shop/actions/ for day ${dayInWords(DAY + 1)}`);
  });

  test('Inputs that are replaced while they are listed are refused', async () => {
    const cloud = await cloudWithActions();
    const store = cloud.store('/in');
    const published = (call: string) =>
      call === 'list' ? store.put(`shop/actions/${DAY}/_SUCCESS`, 'new').then(() => undefined) : undefined;
    cloud.stores.set('/in', watchedStore(store, { before: published }));
    await expect(configured(cloud)).rejects.toBeInstanceOf(InputChangedError);
  });

  test("A client's inputs exclude those of clients with a similar name", async () => {
    const cloud = await cloudWithActions();
    await cloud.putActions('shop2', DAY, 'x');
    await cloud.putActions('sho', DAY, 'y');
    const ref = await configured(cloud);
    const plan = JSON.parse(
      await textAt(cloud.store('/out'), `.work/copy-actions/shop/${ref.id}/plans/planned-v2.json`),
    );
    expect((plan as Plan).inputs.map(([key]) => key)).toEqual([0, 1].map((part) => `shop/actions/${DAY}/part-${part}`));
  });
});

describe('the reference to a run', () => {
  test('The reference is small and without secrets, whatever the size of the configuration, and so is the plan', async () => {
    const node = JSON.stringify({ jdbc: `jdbc:mysql://db/x?password=${CANARY}`, note: 'x'.repeat(2 ** 20) });
    const cloud = await cloudWithActions(node);
    const ref = await configured(cloud, { configRoot: '/config' });
    expect(JSON.stringify(ref).length).toBeLessThan(STATE_LIMIT / 100);
    const written = JSON.stringify([ref, cloud.warnings, await contents(cloud.store('/out'))]);
    expect(written).not.toContain(CANARY);
    expect(written.length).toBeLessThan(5_000);
  });

  test("The run's id does not depend on locations, secrets or activation", async () => {
    const ids = new Set<string>();
    const known = async () => cloudWithActions('{}');
    for (const settings of [
      {},
      { outputPath: '/elsewhere' },
      { jdbc: CANARY },
      { activate: true, activationScheme: 's3', registerClient: false },
    ]) {
      const ref = await configured(await known(), { configRoot: '/config', settings });
      ids.add(ref.id);
    }
    expect(ids.size).toBe(1);
    expect((await configured(await cloudWithActions(), { settings: { rank: 9 } })).id).not.toBe([...ids][0]);
  });

  test('The reference says what the runtime node will contain', async () => {
    const cloud = await cloudWithActions('{"registerClient": "false"}');
    const ref = await configured(cloud, { configRoot: '/config', settings: { activate: true } });
    const location = `/out/shop/models/copy/${DAY}-${ref.id}`;
    expect(ref.activation).toEqual({ configRoot: '/config', location, registerClient: false });
    const quiet = await configured(cloud, { configRoot: '/config' });
    expect(quiet.activation).toBeNull();
  });
});

describe('runs that are done', () => {
  /** Publishes the toy's output. */
  async function published(cloud: ToyCloud, input: RunInput = {}) {
    const ref = await configured(cloud, input);
    const run = await openRun(ref, cloud.environment.openStore, 512, cloud.environment.log);
    await run.work.fixShards(copyStep, [{ input: 0 }, { input: 1 }]);
    for (const shard of [0, 1]) await commitHashed(run.work, run.work.key(copyStep, shard), `shard ${shard}`);
    await handlersOf(toyJob).publish!({ run: ref }, cloud.environment);
    return { ref, run, version: `shop/models/copy/${DAY}-${ref.id}/` };
  }

  test('A run is done only when its own output is completely published', async () => {
    const cloud = await cloudWithActions();
    expect((await configured(cloud)).done).toBe(false);
    const { run, version } = await published(cloud);
    expect(await configured(cloud)).toMatchObject({ published: true, done: true });
    expect(await configured(cloud, { settings: { rank: 9 } })).toMatchObject({ published: false, done: false });

    const output = cloud.store('/out');
    const whole = 'shard 0shard 1';
    for (const damaged of ['cut of', '', whole.replace('1', '0')]) {
      await output.put(`${FOLDER}part-00000`, whole);
      await output.put(`${version}part-00000`, damaged);
      expect(await configured(cloud), damaged).toMatchObject({ published: true, done: false }); // the day folder is whole
      await output.put(`${FOLDER}part-00000`, damaged);
      expect(await isPublished(toyJob, run), damaged).toBe(false);
    }
    await output.put(`${version}part-00000`, whole);
    expect(await isPublished(toyJob, run)).toBe(true);
    await output.delete(`${version}part-00000`);
    expect((await configured(cloud)).done).toBe(false);
  });

  test.each([
    ['the version', (version: string) => version],
    ['the day folder', () => FOLDER],
  ])(
    'A run is not done while `_SUCCESS` of %s is missing, but nothing needs to be computed',
    async (_which, folderOf) => {
      const cloud = await cloudWithActions();
      const { version } = await published(cloud);
      await cloud.store('/out').delete(`${folderOf(version)}_SUCCESS`);
      expect(await configured(cloud)).toMatchObject({ published: true, done: false });
    },
  );

  test('A run is done even when its day folder belongs to another system or is named by the runtime node', async () => {
    const cloud = await cloudWithActions('{}');
    const output = cloud.store('/out');
    await output.put(`${FOLDER}part-00000`, 'theirs');
    await published(cloud);
    expect(await configured(cloud)).toMatchObject({ published: true, done: true });
    await output.put(`${FOLDER}_SUCCESS`, JSON.stringify({ run: 'another', files: [] }));
    expect((await configured(cloud)).done).toBe(false);
    await cloud.store('/config').put(runtimeNode('shop', 'copy').slice(1), `/out/shop/copies/${DAY}`);
    expect(await configured(cloud, { configRoot: '/config' })).toMatchObject({ dayFolderIsNamed: true, done: true });
  });

  const input = { configRoot: '/config', settings: { activate: true } };
  const activated = async (cloud: ToyCloud, changes: { location: string; day?: number; run?: string }) => {
    const root = await cloud.environment.openConfigRoot('/config');
    const request = {
      client: 'shop',
      runtimeNode: 'copy',
      registerClient: true,
      requestedAt: REQUESTED_AT,
      ...changes,
    };
    return activateModel(root, request);
  };

  test('A run with activation is done only when the node names it and the record agrees', async () => {
    const cloud = await cloudWithActions('{}');
    const { ref } = await published(cloud, input);
    expect(await configured(cloud, input)).toMatchObject({ published: true, done: false, live: null });
    const node = runtimeNode('shop', 'copy').slice(1);
    await cloud.store('/config').put(node, '/old/shop/copies/1');
    const before = await configured(cloud, input);
    expect(before).toMatchObject({ done: false, live: { day: 1, run: null, location: '/old/shop/copies/1' } });
    const location = ref.activation?.location as string;
    await activated(cloud, { location, day: DAY, run: ref.id });
    expect(await configured(cloud, input)).toMatchObject({ done: true, notActivated: null, live: { run: ref.id } });
    await cloud.store('/config').put(node, '/old/shop/copies/1');
    expect(await configured(cloud, input)).toMatchObject({ done: false });
  });

  test('A run whose output may not go live is done once it is published, and warns with the reason', async () => {
    const cloud = await cloudWithActions('{}');
    await activated(cloud, { location: '/out/newer', day: DAY + 1, run: 'ffffffffffffffff' });
    const first = await configured(cloud, input);
    expect(first).toMatchObject({ published: false, done: false });
    expect(first.notActivated).toContain(`(${DAY + 1}), newer than this run's day`);
    await published(cloud, input);
    expect(await configured(cloud, input)).toMatchObject({ published: true, done: true });
    expect(cloud.warnings).toContain(`not activated: ${first.notActivated}`);
  });

  test('A live model with a request time in the future is reported and does not block', async () => {
    const cloud = await cloudWithActions('{}');
    const root = await cloud.environment.openConfigRoot('/config');
    const record = {
      seq: 1,
      root: 'r',
      before: null,
      settled: true,
      hold: null,
      live: { day: DAY, run: 'ffffffffffffffff', requestedAt: '2999-01-01T00:00:00Z', location: '/x' },
      change: { when: '2999-01-01T00:00:00Z', by: 'run', because: null } as const,
    };
    await root.create('/all_clients/shop/offline/_live/copy', formatRecord(record));
    await root.create('/all_clients/shop/copy', '/x');
    expect((await configured(cloud, input)).notActivated).toBeNull();
    expect(cloud.warnings).toContainEqual(expect.stringContaining('2999-01-01T00:00:00Z, which lies in the future'));
  });

  test.each([
    ['a client that the root does not know', 'nobody', {}, 'knows no client "nobody"'],
    ['a client that no list can hold', 'a,b', {}, 'cannot stand in the serving system’s comma-separated list'],
  ])('With activation, %s is refused before anything is read', async (_name, client, settings, message) => {
    const cloud = await cloudWithActions('{}');
    await cloud.store('/config').put('all_clients/a,b/offline/x', '{}');
    await cloud.putActions(client, DAY, 'one\n');
    const failing = configured(cloud, { ...input, client, settings: { ...input.settings, ...settings } });
    await expect(failing).rejects.toThrow(message.replace('’', "'"));
    expect(await contents(cloud.store('/out'))).toEqual({});
  });
});
