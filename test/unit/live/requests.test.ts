/** Tests requests on live models, as the command line and the function `models` of a pipeline make them. */
import { beforeEach, expect, test } from 'vitest';
import { configNode, liveNode, runtimeNode } from '../../../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { answerRequest, type LiveRequest } from '../../../shared/live/requests.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { putVersion, runOfDay } from '../../helpers/live.ts';
import { toyJob } from '../job/toy-job.ts';

const NOW = new Date('2011-12-11T12:00:00Z');

let config: MemoryStore;
let output: MemoryStore;
/** Stores by location, for other roots too. */
let folders: Map<string, MemoryStore>;

beforeEach(() => {
  config = new MemoryStore('/config');
  output = new MemoryStore('/out');
  folders = new Map([['/out', output]]);
});

const ask = (request: LiveRequest) =>
  answerRequest(request, {
    openStore: async (location) => folders.get(location) ?? new MemoryStore(location),
    openConfigRoot: async () => new FolderConfigRoot(config),
    configRoot: '/config',
    settings: { outputPath: '/out', inputPath: '/out' },
    jobs: [toyJob],
    now: () => NOW,
  });

const put = (path: string, text: string) => config.put(path.slice(1), text);
const addClient = (client: string) => put(configNode(client, toyJob.name), '{}');

test('models lists clients in ascending order and leaves out clients without a model', async () => {
  for (const client of ['zoo', 'art', 'empty']) await addClient(client);
  for (const client of ['zoo', 'art']) await putVersion(output, { client, node: 'copy', day: 15317 });
  await ask({ command: 'activate', job: toyJob.name, client: 'zoo', day: 15317 });
  const { result, warnings } = await ask({ command: 'models' });
  expect(warnings).toEqual([]);
  expect(result).toEqual([
    {
      client: 'art',
      job: toyJob.name,
      node: 'copy',
      live: null,
      verdict: null,
      held: null,
      newest: { day: 15317, date: '2011-12-09', run: runOfDay(15317) },
    },
    {
      client: 'zoo',
      job: toyJob.name,
      node: 'copy',
      verdict: null,
      held: null,
      live: {
        location: `/out/zoo/models/copy/15317-${runOfDay(15317)}`,
        day: 15317,
        date: '2011-12-09',
        run: runOfDay(15317),
        ageDays: 2,
        counts: { users: 3 },
      },
      newest: { day: 15317, date: '2011-12-09', run: runOfDay(15317) },
    },
  ]);
});

test('models warns of a root without clients', async () => {
  const { result, warnings } = await ask({ command: 'models' });
  expect(result).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('knows no client')]);
});

test('models lists models of other systems and of the future, and warns of an unreadable configuration', async () => {
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

test('activate --day takes the version that the day folder names, or the one requested last', async () => {
  await addClient('shop');
  const versions = { a: '00000000000000aa', b: '00000000000000bb', c: '00000000000000cc' };
  const times = { a: '2011-12-10T02:00:00Z', b: '2011-12-10T04:00:00Z', c: '2011-12-10T03:00:00Z' };
  for (const name of ['a', 'b', 'c'] as const) {
    await putVersion(output, { client: 'shop', node: 'copy', day: 15317, run: versions[name] }, times[name]);
  }
  const request = { command: 'activate', job: toyJob.name, client: 'shop', day: 15317 } as const;
  expect((await ask(request)).result).toMatchObject({ live: { run: versions.b, requestedAt: times.b }, hold: null });
  const named = await output.get(`shop/models/copy/15317-${versions.c}/_SUCCESS`);
  await output.put('shop/copies/15317/_SUCCESS', named.bytes);
  // This version was requested earlier than the live one. It goes live, and the node is held.
  expect((await ask(request)).result).toMatchObject({ live: { run: versions.c }, hold: { because: /not newer/ } });
});

test('models leaves out only the counts for a damaged manifest and the verdict for a damaged history', async () => {
  for (const client of ['art', 'pop', 'zoo']) {
    await addClient(client);
    await putVersion(output, { client, node: 'copy', day: 15317 });
    await ask({ command: 'activate', job: toyJob.name, client, day: 15317 });
  }
  await output.put(`art/models/copy/15317-${runOfDay(15317)}/_SUCCESS`, '{"counts":{"users":');
  await output.put('pop/models/copy/_history.json', '{"changes":');
  const { result, warnings } = await ask({ command: 'models' });
  expect(result).toMatchObject([
    { client: 'art', live: { day: 15317, counts: null } },
    { client: 'pop', live: { day: 15317, counts: { users: 3 } }, verdict: null },
    { client: 'zoo', live: { day: 15317, counts: { users: 3 } } },
  ]);
  expect(warnings).toEqual([
    expect.stringMatching(/^pop, copy-actions: .*_history\.json is damaged.* Remove it: the history begins anew/),
  ]);
});

test('activate of a model without versions says how to make one', async () => {
  await addClient('shop');
  await output.put('shop/copies/15317/_SUCCESS', '');
  await expect(ask({ command: 'activate', job: toyJob.name, client: 'shop', day: 15317 })).rejects.toThrow(
    'It has no version: a run of the day publishes one',
  );
});

test('activate --day takes the version requested last when the day folder is damaged', async () => {
  await addClient('shop');
  const versions = ['00000000000000aa', '00000000000000bb'];
  for (const [at, run] of versions.entries()) {
    await putVersion(output, { client: 'shop', node: 'copy', day: 15317, run }, `2011-12-10T0${at}:00:00Z`);
  }
  await output.put('shop/copies/15317/_SUCCESS', '{"run":');
  const request = { command: 'activate', job: toyJob.name, client: 'shop', day: 15317 } as const;
  expect((await ask(request)).result).toMatchObject({ live: { run: versions[1] } });
});

test.each([
  ['lies in the future', '2999-01-01T00:00:00Z'],
  ['is no time', 'yesterday'],
])('A version whose request time %s does not count as the one requested last', async (_, odd) => {
  await addClient('shop');
  const [known, strange] = ['00000000000000aa', '00000000000000bb'];
  await putVersion(output, { client: 'shop', node: 'copy', day: 15317, run: known }, '2011-12-10T01:00:00Z');
  await putVersion(output, { client: 'shop', node: 'copy', day: 15317, run: strange }, odd);
  const { result } = await ask({ command: 'activate', job: toyJob.name, client: 'shop', day: 15317 });
  expect(result).toMatchObject({ live: { run: known } });
  expect((await ask({ command: 'models' })).result).toMatchObject([{ newest: { run: known } }]);
});

test('history is completed from the record', async () => {
  await addClient('shop');
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

test('A damaged record is named with a cure, and nothing changes', async () => {
  await addClient('shop');
  await put(liveNode('shop', 'copy'), '{"seq":');
  await expect(ask({ command: 'hold', job: toyJob.name, client: 'shop' })).rejects.toThrow(
    '/all_clients/shop/offline/_live/copy holds no live record: it was changed by hand or is torn. Remove that node',
  );
});

test('A damaged history stops only the commands that read it', async () => {
  await addClient('shop');
  for (const day of [15316, 15317]) await putVersion(output, { client: 'shop', node: 'copy', day });
  await ask({ command: 'activate', job: toyJob.name, client: 'shop', day: 15316 });
  await output.put('shop/models/copy/_history.json', '{"changes":');
  const about = { job: toyJob.name, client: 'shop' };
  const warnings = [expect.stringMatching(/^\/out\/shop\/models\/copy\/_history.json is damaged: .* Remove it/)];
  expect(await ask({ command: 'activate', ...about, day: 15317 })).toMatchObject({
    result: { live: { day: 15317 } },
    warnings,
  });
  expect(await ask({ command: 'hold', ...about })).toMatchObject({ result: { hold: {} }, warnings });
  expect(await ask({ command: 'release', ...about })).toMatchObject({ result: { hold: null }, warnings });
  await expect(ask({ command: 'rollback', ...about })).rejects.toThrow('_history.json is damaged');
  await expect(ask({ command: 'history', ...about })).rejects.toThrow('_history.json is damaged');
});

test('rollback refuses a day folder that another run has replaced since it was live', async () => {
  await addClient('shop');
  await put(runtimeNode('shop', 'copy'), '/out/shop/copies/15316');
  const old = new MemoryStore('/out/shop/copies/15316');
  folders.set(old.root, old);
  await old.put('_BEGUN', '{"run":"00000000000000aa","requestedAt":"2011-12-09T03:00:00Z"}');
  await putVersion(output, { client: 'shop', node: 'copy', day: 15317 });
  const about = { job: toyJob.name, client: 'shop' };
  await ask({ command: 'activate', ...about, day: 15317 });
  await old.put('_BEGUN', '{"run":"00000000000000bb","requestedAt":"2011-12-11T13:00:00Z"}');
  await expect(ask({ command: 'rollback', ...about })).rejects.toThrow(
    '/out/shop/copies/15316 was live before, and holds another model now: run 00000000000000bb',
  );
  await old.put('_BEGUN', '{"run":"00000000000000aa","requestedAt":"2011-12-09T03:00:00Z"}');
  expect((await ask({ command: 'rollback', ...about })).result).toMatchObject({
    live: { location: '/out/shop/copies/15316' },
  });
});

test.each(['models', 'history'] as const)(
  'The command %s of an unknown client lists the known clients',
  async (command) => {
    await addClient('shop');
    const of = (client: string) => ask({ command, job: toyJob.name, client });
    expect((await of('shop')).result).toEqual([]);
    await expect(of('shpo')).rejects.toThrow(/knows no client "shpo".*It knows shop; did you mean shop\?/);
  },
);
