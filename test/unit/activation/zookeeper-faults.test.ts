/**
 * Tests activation while the connection to ZooKeeper breaks: it happens exactly once or not at all, in limited time.
 */
import { getActiveResourcesInfo } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ZooKeeperConfigRoot } from '../../../shared/config/zookeeper-config-root.ts';
import { ActivationUnavailableError } from '../../../shared/errors.ts';
import { activateModel as activate } from '../../helpers/live.ts';
import { type Fate, TcpProxy } from '../../helpers/tcp-proxy.ts';
import { requestOf, useZooKeeper } from '../../helpers/zookeeper.ts';

/** The deadline of one operation. A connection attempt and an answer may take a third of it each. */
const DEADLINE_MS = 1_500;
const LONGER_DEADLINE_MS = 2_400;
/** The longest time that closing may add: half a second for the server's goodbye, and a reserve for a busy machine. */
const CLOSING_MS = 1_500;

/** Sessions last at least 4 s, so that a request that arrives late still finds its own session. */
const zookeeper = useZooKeeper({ tickMs: 2_000 });
let tests = 0;

interface Scene {
  readonly client: string;
  readonly direct: ZooKeeperConfigRoot;
  readonly broken: ZooKeeperConfigRoot;
  readonly proxy: TcpProxy;
}

/**
 * Plays a scene with a known client and two connections, one direct and one through a proxy, and closes all sockets.
 */
async function onScene(
  play: (scene: Scene) => Promise<void>,
  deadlineMs = DEADLINE_MS,
  server = zookeeper(),
): Promise<void> {
  const client = `faulty${++tests}`;
  await using direct = new ZooKeeperConfigRoot(server.hosts);
  await direct.ensureFolder(`/all_clients/${client}`);
  await using proxy = await TcpProxy.to(server.port);
  const broken = new ZooKeeperConfigRoot(proxy.hosts, deadlineMs);
  try {
    await play({ client, direct, broken, proxy });
  } finally {
    const started = performance.now();
    await broken.close();
    expect(performance.now() - started).toBeLessThan(CLOSING_MS);
  }
}

/** Applies the given fates to this request, one at each occurrence. All later occurrences pass. */
function atRequest(wanted: string, ...fates: Fate[]): TcpProxy['rule'] {
  return (frame, index) => (requestOf(frame, index) === wanted ? (fates.shift() ?? 'forward') : 'forward');
}

const request = (client: string, location = '/models/new') => ({
  client,
  runtimeNode: 'mf',
  location,
  registerClient: false,
});

describe.concurrent('a lost connection', () => {
  // A ZooKeeper node's version counts its sets from 0, so version 1 means that it was set exactly once.
  test.each<[Fate]>([['cut before'], ['cut after']])(
    'A connection %s the set loses nothing, and the node is set once',
    (fate) =>
      onScene(async ({ client, direct, broken, proxy }) => {
        const node = `/all_clients/${client}/mf`;
        await direct.create(node, '/models/old');
        proxy.rule = atRequest('multi', fate);
        const done = await activate(broken, request(client));
        expect(done).toMatchObject({ previous: '/models/old' });
        expect(proxy.fired).toEqual([fate]);
        expect(await direct.read(node)).toEqual({ data: '/models/new', version: '1' });
      }),
  );

  test.each<[Fate]>([['cut before'], ['cut after']])(
    'A connection %s setting the same location again loses nothing',
    (fate) =>
      onScene(async ({ client, direct, broken, proxy }) => {
        const node = `/all_clients/${client}/mf`;
        await direct.create(node, '/models/new');
        proxy.rule = atRequest(`setData ${node}`, fate);
        await activate(broken, request(client));
        expect(proxy.fired).toEqual([fate]);
        expect(await direct.read(node)).toEqual({ data: '/models/new', version: '1' });
      }),
  );

  test.each<[Fate]>([['cut before'], ['cut after']])(
    'A connection %s creating the node loses nothing, and the node is created once',
    (fate) =>
      onScene(async ({ client, direct, broken, proxy }) => {
        const node = `/all_clients/${client}/mf`;
        proxy.rule = atRequest('multi', fate);
        const done = await activate(broken, request(client));
        expect(done).toMatchObject({ previous: null });
        expect(proxy.fired).toEqual([fate]);
        expect(await direct.read(node)).toEqual({ data: '/models/new', version: '0' });
      }),
  );

  test('A client is in the list once when the connection is cut after adding it', () =>
    onScene(async ({ client, direct, broken, proxy }) => {
      const list = `/config/list-${client}`;
      await direct.ensureFolder('/config');
      await direct.create(list, 'a,b');
      proxy.rule = atRequest(`setData ${list}`, 'cut after');
      const done = await activate(broken, { ...request(client), runtimeNode: `list-${client}`, registerClient: true });
      expect(done).toMatchObject({ registered: true });
      expect(proxy.fired).toEqual(['cut after']);
      expect(await direct.read(list)).toEqual({ data: `a,b,${client}`, version: '1' });
    }));

  test('Activation succeeds when the connection is cut four times, also while connecting', () =>
    onScene(async ({ client, direct, broken, proxy }) => {
      const node = `/all_clients/${client}/mf`;
      await direct.create(node, '/models/old');
      const connects: Fate[] = ['cut before', 'cut before'];
      const sets: Fate[] = ['cut before', 'cut after'];
      proxy.rule = (frame, index) => {
        const asked = requestOf(frame, index);
        const fates = asked === 'connect' ? connects : asked === 'multi' ? sets : [];
        return fates.shift() ?? 'forward';
      };
      await activate(broken, request(client));
      expect(proxy.fired).toHaveLength(4);
      expect((await direct.read(node))?.version).toBe('1');
    }));
});

describe.concurrent('requests that arrive late', () => {
  test('A request that arrives after its repetition changes nothing', () =>
    onScene(async ({ client, direct, broken, proxy }) => {
      const node = `/all_clients/${client}/mf`;
      await direct.create(node, '/models/old');
      proxy.rule = atRequest('multi', { delayMs: 1_400 }); // abandoned after 800 ms
      await activate(broken, request(client));
      expect((await direct.read(node))?.version).toBe('1');
      await direct.set(node, '/models/newer', '1'); // another run activates its model
      await sleep(900);
      expect(proxy.fired).toEqual(['delivered after 1400 ms']);
      expect(await direct.read(node)).toEqual({ data: '/models/newer', version: '2' });
    }, LONGER_DEADLINE_MS));

  test('A request that arrives before its repetition is recognized as our own', () =>
    onScene(async ({ client, direct, broken, proxy }) => {
      const node = `/all_clients/${client}/mf`;
      await direct.create(node, '/models/old');
      // The first request is abandoned after 800 ms, and the node is read at once. The request arrives at 1,100 ms, and
      // its repetition at 1,400 ms.
      proxy.rule = atRequest('multi', { delayMs: 1_100 }, { delayMs: 600 });
      await activate(broken, request(client));
      expect(proxy.fired).toEqual(['delivered after 1100 ms', 'delivered after 600 ms']);
      expect(await direct.read(node)).toEqual({ data: '/models/new', version: '1' });
    }, LONGER_DEADLINE_MS));

  test("A set that another client's set precedes is repeated on top of it", () =>
    onScene(async ({ client, direct, broken, proxy }) => {
      const node = `/all_clients/${client}/mf`;
      await direct.create(node, '/models/old');
      let other: Promise<boolean> | undefined;
      proxy.rule = (frame, index) => {
        if (requestOf(frame, index) !== 'multi' || other !== undefined) return 'forward';
        other = direct.set(node, '/models/other', '0');
        return { delayMs: 200 };
      };
      const done = await activate(broken, request(client));
      expect(await other).toBe(true);
      expect(done).toMatchObject({ previous: '/models/other' });
      expect(proxy.fired).toEqual(['delivered after 200 ms']);
      expect(await direct.read(node)).toEqual({ data: '/models/new', version: '2' });
    }));
});

describe.concurrent('partitions', () => {
  test.each(['connect', 'multi'])(
    'A partition at %s raises an error within the deadline and leaves the node unchanged',
    (at) =>
      onScene(async ({ client, direct, broken, proxy }) => {
        const node = `/all_clients/${client}/mf`;
        await direct.create(node, '/models/old');
        proxy.rule = (frame, index) => (requestOf(frame, index).startsWith(at) ? 'partition' : 'forward');
        const started = performance.now();
        const failed = activate(broken, request(client));
        await expect(failed).rejects.toBeInstanceOf(ActivationUnavailableError);
        await expect(failed).rejects.toThrow(`ZooKeeper at ${proxy.hosts}`);
        const elapsedMs = performance.now() - started;
        expect(elapsedMs).toBeGreaterThan(DEADLINE_MS / 3); // an attempt was made
        expect(elapsedMs).toBeLessThan(DEADLINE_MS + 600); // one deadline in total, with a reserve for a busy machine
        expect(proxy.fired[0]).toBe('partition');
        expect(await direct.read(node)).toEqual({ data: '/models/old', version: '0' });
      }),
  );

  test('A partition that heals in time is awaited', () =>
    onScene(async ({ client, direct, broken, proxy }) => {
      const node = `/all_clients/${client}/mf`;
      proxy.rule = atRequest('multi', 'partition');
      setTimeout(() => proxy.heal(), DEADLINE_MS / 2);
      await activate(broken, request(client));
      expect(proxy.fired).toEqual(['partition']);
      expect(await direct.read(node)).toEqual({ data: '/models/new', version: '0' });
    }));
});

test('A partition leaves no socket and no timer behind', () =>
  onScene(async ({ client, broken, proxy }) => {
    const others = countHandles();
    proxy.rule = (frame, index) => (requestOf(frame, index) === 'connect' ? 'partition' : 'forward');
    await expect(activate(broken, request(client), 500)).rejects.toThrow('was not done within 0.5 s');
    await broken.close();
    for (let waited = 0; proxy.openSockets > 0 && waited < 1_000; waited += 20) await sleep(20);
    expect(proxy.openSockets).toBe(0);
    const left = countHandles();
    for (const kind of Object.keys(left)) expect([kind, left[kind]! <= (others[kind] ?? 0)]).toEqual([kind, true]);
  }));

describe('sessions that expire', () => {
  const shortLived = useZooKeeper({ tickMs: 100, maxSessionMs: 500 });
  /** The client waits 2 s for an answer, so the server gives up first. */
  const PATIENT_MS = 6_000;

  test('A session that expires during a set is replaced, and the set is done once', () =>
    onScene(
      async ({ client, direct, broken, proxy }) => {
        const node = `/all_clients/${client}/mf`;
        await direct.create(node, '/models/old');
        const expired = () =>
          shortLived()
            .log()
            .match(/Expiring session/g)?.length ?? 0;
        const before = expired();
        // The server receives nothing more on this connection. It ends the session after 0.5 s and closes the
        // connection.
        proxy.rule = atRequest('multi', 'swallow');
        await activate(broken, request(client));
        expect(proxy.fired).toEqual(['swallow', 'closed by the server']);
        expect(expired()).toBeGreaterThan(before);
        expect(await direct.read(node)).toEqual({ data: '/models/new', version: '1' });
      },
      PATIENT_MS,
      shortLived(),
    ));

  test('A session that expires between two operations is replaced without an error', () =>
    onScene(
      async ({ broken, proxy }) => {
        expect(await broken.exists('/all_clients')).toBe(true);
        proxy.rule = (frame, index) => (requestOf(frame, index) === 'ping' ? 'swallow' : 'forward');
        await sleep(900); // longer than the session's 0.5 s without a ping
        expect(proxy.fired).toContain('closed by the server');
        expect(await broken.exists('/all_clients')).toBe(true);
      },
      PATIENT_MS,
      shortLived(),
    ));
});

test('A port without a server raises an error within the deadline, and the error names the hosts', async () => {
  await using root = new ZooKeeperConfigRoot('127.0.0.1:1', 600);
  await expect(root.read('/x')).rejects.toThrow(
    /^ZooKeeper at 127.0.0.1:1: reading \/x: not done within 0.6 s .*Check the hosts/,
  );
});

test('Concurrent operations share one connection, and closing it ends those in progress', () =>
  onScene(async ({ client, broken, proxy }) => {
    await Promise.all(Array.from({ length: 10 }, () => broken.exists(`/all_clients/${client}`)));
    expect(proxy.openSockets).toBe(2); // the client's and the server's end of one connection
    proxy.rule = () => 'swallow';
    const waiting = broken.exists('/all_clients');
    const closing = sleep(50).then(() => broken.close());
    await expect(waiting).rejects.toThrow('was closed');
    await closing;
    await expect(broken.exists('/all_clients')).rejects.toThrow('was closed');
  }));

/** Returns the number of handles that keep this process alive, by kind. */
function countHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
