/** Tests the refusals and the order of activation. The rest is tested by the contract of configuration roots. */
import { describe, expect, test } from 'vitest';
import { clientListNode, configNode, runtimeNode } from '../../../shared/activation/nodes.ts';
import type { ConfigRoot } from '../../../shared/config/config-root.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { ActivationUnavailableError, ConfigError } from '../../../shared/errors.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { activateModel as activate } from '../../helpers/live.ts';

const CLIENT = 'client1';
const request = { client: CLIENT, runtimeNode: 'mf', location: '/models/client1/mf/1', registerClient: true };

async function knownClient(client = CLIENT): Promise<{ root: FolderConfigRoot; store: MemoryStore }> {
  const store = new MemoryStore();
  const root = new FolderConfigRoot(store);
  await root.create(configNode(client, 'matrix-factorization'), '{}');
  return { root, store };
}

/** Returns the same root with a function that is called before every write. */
function watched(root: ConfigRoot, before: (path: string) => Promise<void>): ConfigRoot {
  return {
    describe: root.describe,
    read: (path) => root.read(path),
    exists: (path) => root.exists(path),
    children: (path) => root.children(path),
    ensureFolder: (path) => root.ensureFolder(path),
    create: async (path, data) => {
      await before(path);
      return root.create(path, data);
    },
    set: async (path, data, version) => {
      await before(path);
      return root.set(path, data, version);
    },
    close: () => root.close(),
    [Symbol.asyncDispose]: () => root.close(),
  };
}

test('The serving system knows these paths', () => {
  expect(configNode('c', 'matrix-factorization')).toBe('/all_clients/c/offline/matrix-factorization');
  expect(runtimeNode('c', 'mf')).toBe('/all_clients/c/mf');
  expect(clientListNode('mf')).toBe('/config/mf');
});

test("The record is written before the runtime node, then the list, and a new client's node is set once more", async () => {
  const { root } = await knownClient();
  const written: string[] = [];
  await activate(
    watched(root, async (path) => void written.push(path)),
    request,
  );
  const record = '/all_clients/client1/offline/_live/mf';
  const node = '/all_clients/client1/mf';
  expect(written).toEqual([record, node, record, '/config/mf', node]);
});

test('The node contains exactly the bytes of the location', async () => {
  const { root, store } = await knownClient();
  await activate(root, { ...request, location: 's3n://bücket/ü' });
  const { bytes } = await store.get('all_clients/client1/mf');
  expect(Buffer.from(bytes)).toEqual(Buffer.from('s3n://bücket/ü'));
});

test('A change of the list by somebody else meanwhile is kept', async () => {
  const { root } = await knownClient();
  let disturbances = 0;
  const disturbed = watched(root, async (path) => {
    if (path !== '/config/mf' || disturbances >= 3) return;
    const other = `other${disturbances++}`;
    const list = await root.read(path);
    if (list === undefined) await root.create(path, other);
    else await root.set(path, `${list.data},${other}`, list.version);
  });
  await activate(disturbed, request);
  expect(disturbances).toBe(3);
  expect((await root.read('/config/mf'))?.data).toBe('other0,other1,other2,client1');
});

describe('requests refused before anything is written', () => {
  test.each([
    '',
    'models/1',
    's3n://bucket/path/',
    '/models/',
    '/',
    '//host/x',
    '/models\n',
    'https://x/y',
    's3n://',
    's3n:///x',
  ])('The location %j is refused', async (location) => {
    const { root } = await knownClient();
    await expect(activate(root, { ...request, location })).rejects.toBeInstanceOf(ConfigError);
    expect(await root.exists('/all_clients/client1/mf')).toBe(false);
  });

  test('A client that the list cannot contain is refused unless registerClient is false', async () => {
    const { root } = await knownClient('a,b');
    await expect(activate(root, { ...request, client: 'a,b' })).rejects.toThrow('set registerClient to false');
    expect(await root.exists('/all_clients/a,b/mf')).toBe(false);
    const done = await activate(root, { ...request, client: 'a,b', registerClient: false });
    expect(done).toMatchObject({ activated: true, registered: false });
  });

  test.each(['..', 'a/../client1', ''])('The client %j is refused', async (client) => {
    const { root } = await knownClient();
    await expect(activate(root, { ...request, client })).rejects.toBeInstanceOf(ConfigError);
  });

  test('An unknown client is refused, and the error says what to do', async () => {
    const { root } = await knownClient();
    const failing = activate(root, { ...request, client: 'client' });
    await expect(failing).rejects.toThrow(
      'knows no client "client": there is no /all_clients/client, and activation never registers a client. It knows client1; did you mean client1?',
    );
    await expect(failing).rejects.toThrow('create /all_clients/client ""');
  });
});

test('A root that does not answer raises an error at the deadline, and nothing is written afterwards', async () => {
  const { root } = await knownClient();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const written: string[] = [];
  const slow = watched(root, async (path) => {
    written.push(path);
    await held;
  });
  const failing = activate(slow, request, 50);
  await expect(failing).rejects.toBeInstanceOf(ActivationUnavailableError);
  await expect(failing).rejects.toThrow('was not done within 0.05 s');
  release();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(written).toEqual(['/all_clients/client1/offline/_live/mf']); // neither the node nor the list was written
});
