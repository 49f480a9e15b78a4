/** The contract of every configuration root, with the activation of models on it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFolder, configNode } from '../../shared/activation/nodes.ts';
import { readActivation } from '../../shared/activation/register.ts';
import type { ConfigRoot } from '../../shared/config/config-root.ts';
import { ConfigError, MissingObjectError, UnknownClientError } from '../../shared/errors.ts';
import { activateModel as activate } from '../helpers/live.ts';

/** @param open opens the same tree every time: one root for the tests, and others in place of other processes */
export function configRootContract(name: string, open: () => Promise<ConfigRoot>): void {
  describe(`The configuration root in ${name}`, () => {
    let root: ConfigRoot;
    let clients = 0;
    /** Makes a client for one test, which is known because it has a configuration node. */
    const newClient = async (): Promise<string> => {
      const client = `client${++clients}`;
      await root.ensureFolder(configFolder(client));
      await root.create(configNode(client, 'matrix-factorization'), '{"rank": 8}');
      return client;
    };
    beforeAll(async () => {
      root = await open();
    });
    afterAll(() => root.close());

    describe('has nodes:', () => {
      test('a missing node has no data and no children, and cannot be set', async () => {
        expect(await root.read('/all_clients/nobody/mf')).toBeUndefined();
        expect(await root.exists('/all_clients/nobody')).toBe(false);
        expect(await root.children('/all_clients/nobody')).toEqual([]);
        expect(await root.set('/all_clients/nobody/mf', 'x', '0')).toBe(false);
        expect(await root.exists('/all_clients/nobody/mf')).toBe(false);
      });

      test('create makes a node once, with its data', async () => {
        const path = `/all_clients/${await newClient()}/node`;
        expect(await root.create(path, 'first')).toBe(true);
        expect(await root.create(path, 'second')).toBe(false);
        expect((await root.read(path))?.data).toBe('first');
      });

      test('set changes a node only when its version is the given one', async () => {
        const path = `/all_clients/${await newClient()}/node`;
        await root.create(path, 'a');
        const first = await root.read(path);
        expect(await root.set(path, 'b', first!.version)).toBe(true);
        expect(await root.set(path, 'c', first!.version)).toBe(false);
        const second = await root.read(path);
        expect(second?.data).toBe('b');
        expect(second?.version).not.toBe(first?.version);
        expect(await root.set(path, 'c', second!.version)).toBe(true);
      });

      test('read returns exactly the text that was written', async () => {
        const client = await newClient();
        const texts = ['ünïcödé 日本 🎉', 'two\nlines\r\n', '', '\uFEFF{}', 'x'.repeat(100_000)];
        for (const [index, data] of texts.entries()) {
          await root.create(`/all_clients/${client}/text${index}`, data);
          expect((await root.read(`/all_clients/${client}/text${index}`))?.data).toBe(data);
        }
      });

      test('a client exists when it has a node below it, and a prefix of its name does not exist', async () => {
        const client = await newClient();
        expect(await root.exists(`/all_clients/${client}`)).toBe(true);
        expect(await root.exists(`/all_clients/${client.slice(0, -1)}`)).toBe(false);
        expect(await root.exists(`/all_clients/${client.toUpperCase()}`)).toBe(false);
      });

      test('children returns the sorted names of the nodes directly below', async () => {
        const client = await newClient();
        for (const job of ['word2vec', 'Upper', 'fpgrowth']) await root.create(configNode(client, job), '{}');
        expect(await root.children(configFolder(client))).toEqual([
          'Upper',
          'fpgrowth',
          'matrix-factorization',
          'word2vec',
        ]);
        expect(await root.children(`/all_clients/${client}`)).toEqual(['offline']);
      });

      test.each(['', 'no-slash', '/', '/a//b', '/a/', '/a/../b', '/.', '/a\0b'])(
        'the path %j is refused',
        async (path) => {
          await expect(root.read(path)).rejects.toBeInstanceOf(ConfigError);
          await expect(root.create(path, 'x')).rejects.toBeInstanceOf(ConfigError);
        },
      );

      test('a transaction changes all nodes or none, if the root has transactions', async () => {
        if (root.transact === undefined) return;
        const client = await newClient();
        const [a, b, c] = ['a', 'b', 'c'].map((name) => `/all_clients/${client}/${name}`) as [string, string, string];
        await root.create(a, 'a0');
        const first = (await root.read(a)) as { version: string };
        const both = (version: string | undefined, made: string | undefined) =>
          root.transact?.([
            { path: a, data: 'a1', version },
            { path: b, data: 'b1', version: made },
          ]);
        expect(await both(first.version, undefined)).toBe(true);
        expect([(await root.read(a))?.data, (await root.read(b))?.data]).toEqual(['a1', 'b1']);

        // Version 0 is a real version. The node now has version 1, so the transaction is refused.
        expect(
          await root.transact([
            { path: c, data: 'c1', version: undefined },
            { path: a, data: 'a2', version: first.version },
          ]),
        ).toBe(false);
        // The node b exists already, and the node c does not exist.
        expect(await both((await root.read(a))?.version, undefined)).toBe(false);
        expect(await root.transact([{ path: c, data: 'x', version: '0' }])).toBe(false);
        expect([(await root.read(a))?.data, (await root.read(c))?.data]).toEqual(['a1', undefined]);
        const orphan = { path: `/all_clients/${client}/none/node`, data: '', version: undefined };
        await expect(root.transact([orphan])).rejects.toBeInstanceOf(MissingObjectError);
      });

      test('close may be called twice', async () => {
        const other = await open();
        expect(await other.exists('/all_clients/nobody')).toBe(false);
        await other.close();
        await other.close();
      });
    });

    describe('allows activation:', () => {
      const request = (client: string, node: string, location = `/models/${client}/mf/1`) => ({
        client,
        runtimeNode: node,
        location,
        registerClient: true,
      });

      test('the first activation sets the node and registers the client, and the second sets the node again', async () => {
        const client = await newClient();
        const node = `mf${client}`;
        expect(await activate(root, request(client, node))).toEqual({
          activated: true,
          location: `/models/${client}/mf/1`,
          previous: null,
          registered: true,
        });
        expect(await readActivation(root, client, node)).toBe(`/models/${client}/mf/1`);
        expect((await root.read(`/config/${node}`))?.data).toBe(client);

        const again = await activate(root, { ...request(client, node, 's3n://bucket/2'), day: 15_318 });
        expect(again).toMatchObject({ previous: `/models/${client}/mf/1`, registered: false });
        expect(await readActivation(root, client, node)).toBe('s3n://bucket/2');
        expect((await root.read(`/config/${node}`))?.data).toBe(client);
      });

      test('an activation for an unknown client is refused and does not create the client', async () => {
        await expect(activate(root, request('stranger', 'mf'))).rejects.toBeInstanceOf(UnknownClientError);
        expect(await root.exists('/all_clients/stranger')).toBe(false);
      });

      test('registering a client keeps the text that the list of clients had', async () => {
        const client = await newClient();
        const node = `list${client}`;
        await root.ensureFolder('/config');
        await root.create(`/config/${node}`, 'b, a ,,c\n');
        await activate(root, request(client, node));
        expect((await root.read(`/config/${node}`))?.data).toBe(`b, a ,,c,${client}`);
      });

      test('registerClient false leaves the list of clients unchanged', async () => {
        const client = await newClient();
        const node = `alone${client}`;
        const done = await activate(root, { ...request(client, node), registerClient: false });
        expect(done).toMatchObject({ registered: false });
        expect(await root.exists(`/config/${node}`)).toBe(false);
      });

      test('clients that activate at the same time are all in the list, each once', async () => {
        const names = await Promise.all(Array.from({ length: 6 }, newClient));
        await Promise.all(
          names.map(async (client) => {
            await using otherRoot = await open();
            await activate(otherRoot, request(client, 'shared'));
          }),
        );
        const list = (await root.read('/config/shared'))?.data.split(',');
        expect(list?.toSorted()).toEqual(names.toSorted());
        for (const client of names) {
          expect(await readActivation(root, client, 'shared')).toBe(`/models/${client}/mf/1`);
        }
      });
    });
  });
}
