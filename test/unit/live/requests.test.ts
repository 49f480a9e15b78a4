/** Requests on live models, as the command line and the function `models` of a pipeline ask them. */
import { beforeEach, expect, test } from 'vitest';
import { configNode, liveNode, runtimeNode } from '../../../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { answer, type LiveRequest } from '../../../shared/live/requests.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { putVersion, runOfDay } from '../../helpers/live.ts';
import { toyJob } from '../job/toy-job.ts';

const NOW = new Date('2011-12-11T12:00:00Z');

let config: MemoryStore;
let output: MemoryStore;

beforeEach(() => {
  config = new MemoryStore('/config');
  output = new MemoryStore('/out');
});

const ask = (request: LiveRequest) =>
  answer(request, {
    openStore: async (location) => (location === '/out' ? output : new MemoryStore(location)),
    openConfigRoot: async () => new FolderConfigRoot(config),
    ...{ configRoot: '/config', settings: { outputPath: '/out', inputPath: '/out' }, jobs: [toyJob] },
    now: () => NOW,
  });

const put = (path: string, text: string) => config.put(path.slice(1), text);

test('models: clients ascending, and nothing of clients without a model', async () => {
  for (const client of ['zoo', 'art', 'empty']) await put(configNode(client, toyJob.name), '{}');
  for (const client of ['zoo', 'art']) await putVersion(output, { client, node: 'copy', day: 15317 });
  await ask({ command: 'activate', job: toyJob.name, client: 'zoo', day: 15317 });
  const { result, warnings } = await ask({ command: 'models' });
  expect(warnings).toEqual([]);
  expect(result).toEqual([
    {
      ...{ client: 'art', job: toyJob.name, node: 'copy', live: null, verdict: null, held: null },
      newest: { day: 15317, date: '2011-12-09', run: runOfDay(15317) },
    },
    {
      ...{ client: 'zoo', job: toyJob.name, node: 'copy', verdict: null, held: null },
      live: {
        location: `/out/zoo/models/copy/15317-${runOfDay(15317)}`,
        ...{ day: 15317, date: '2011-12-09', run: runOfDay(15317), ageDays: 2, counts: { users: 3 } },
      },
      newest: { day: 15317, date: '2011-12-09', run: runOfDay(15317) },
    },
  ]);
});

test('models: a live model of another system, one of the future, and a configuration that cannot be read', async () => {
  await put(runtimeNode('spark', 'copy'), 's3n://bucket/old/model');
  await put(runtimeNode('late', 'copy'), '/out/late/copies/24000');
  await put(configNode('torn', toyJob.name), '{"keepVersions": 0}');
  const { result, warnings } = await ask({ command: 'models' });
  expect(result).toMatchObject([
    { client: 'late', live: { day: 24000, date: '2035-09-17', counts: null } },
    { client: 'spark', live: { location: 's3n://bucket/old/model', day: null, date: null, ageDays: null } },
  ]);
  expect(warnings).toEqual([
    expect.stringMatching(/^late, copy-actions: the live model .* lies in the future/),
    expect.stringMatching(/^torn, copy-actions: left out: .*keepVersions/),
  ]);
});

test('activate --day takes the version that the day folder names, else the one that was asked for last', async () => {
  await put(configNode('shop', toyJob.name), '{}');
  const versions = { a: '00000000000000aa', b: '00000000000000bb', c: '00000000000000cc' };
  const times = { a: '2011-12-10T02:00:00Z', b: '2011-12-10T04:00:00Z', c: '2011-12-10T03:00:00Z' };
  for (const name of ['a', 'b', 'c'] as const) {
    await putVersion(output, { client: 'shop', node: 'copy', day: 15317, run: versions[name] }, times[name]);
  }
  const request = { command: 'activate', job: toyJob.name, client: 'shop', day: 15317 } as const;
  expect((await ask(request)).result).toMatchObject({ live: { run: versions.b, requestedAt: times.b }, hold: null });
  const named = await output.get(`shop/models/copy/15317-${versions.c}/_SUCCESS`);
  await output.put('shop/copies/15317/_SUCCESS', named.bytes);
  // Asked for earlier than what is live: it goes live, and the node is held there.
  expect((await ask(request)).result).toMatchObject({ live: { run: versions.c }, hold: { because: /not newer/ } });
});

test('models: a damaged manifest hides counts alone, a damaged history one model', async () => {
  for (const client of ['art', 'pop', 'zoo']) {
    await put(configNode(client, toyJob.name), '{}');
    await putVersion(output, { client, node: 'copy', day: 15317 });
    await ask({ command: 'activate', job: toyJob.name, client, day: 15317 });
  }
  await output.put(`art/models/copy/15317-${runOfDay(15317)}/_SUCCESS`, '{"counts":{"users":');
  await output.put('pop/models/copy/_history.json', '{"changes":');
  const { result, warnings } = await ask({ command: 'models' });
  expect(result).toMatchObject([
    { client: 'art', live: { day: 15317, counts: null } },
    { client: 'zoo', live: { day: 15317, counts: { users: 3 } } },
  ]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^pop, copy-actions: left out: .*_history\.json is damaged.* Remove it: the history begins anew/,
    ),
  ]);
});

test('activate --day takes the version that was asked for last where the day folder is damaged', async () => {
  await put(configNode('shop', toyJob.name), '{}');
  const versions = ['00000000000000aa', '00000000000000bb'];
  for (const [at, run] of versions.entries()) {
    await putVersion(output, { client: 'shop', node: 'copy', day: 15317, run }, `2011-12-10T0${at}:00:00Z`);
  }
  await output.put('shop/copies/15317/_SUCCESS', '{"run":');
  const request = { command: 'activate', job: toyJob.name, client: 'shop', day: 15317 } as const;
  expect((await ask(request)).result).toMatchObject({ live: { run: versions[1] } });
});

test('history is completed from the record', async () => {
  await put(configNode('shop', toyJob.name), '{}');
  await putVersion(output, { client: 'shop', node: 'copy', day: 15317 });
  await ask({ command: 'activate', job: toyJob.name, client: 'shop', day: 15317, because: 'first' });
  await output.delete('shop/models/copy/_history.json');
  expect((await ask({ command: 'history', job: toyJob.name, client: 'shop' })).result).toEqual([
    expect.objectContaining({
      by: 'activate',
      because: 'first',
      held: false,
      live: expect.objectContaining({ day: 15317 }),
    }),
  ]);
});

test('a damaged record is named with its cure, and changes nothing', async () => {
  await put(configNode('shop', toyJob.name), '{}');
  await put(liveNode('shop', 'copy'), '{"seq":');
  await expect(ask({ command: 'hold', job: toyJob.name, client: 'shop' })).rejects.toThrow(
    '/all_clients/shop/offline/_live/copy holds no live record: it was changed by hand or is torn. Remove that node',
  );
});
