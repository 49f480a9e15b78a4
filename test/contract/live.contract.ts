/** The contract of live models in every configuration root: node, record and history agree, whatever fails between writes. */
import { describe, expect, test } from 'vitest';
import { readActivation } from '../../shared/activation/register.ts';
import type { ConfigRoot } from '../../shared/config/config-root.ts';
import { defined } from '../../shared/defined.ts';
import { activate } from '../../shared/live/activate.ts';
import { activateVersion, type CommandPlace, holdNode, releaseNode, rollBack } from '../../shared/live/commands.ts';
import { readHistory } from '../../shared/live/history.ts';
import { readLive, rootHash } from '../../shared/live/live-node.ts';
import type { LiveRecord } from '../../shared/live/record.ts';
import { versionFolder } from '../../shared/store/keys.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { putVersion, runOfDay } from '../helpers/live.ts';
import { watchedStore } from '../helpers/watched-store.ts';

const NODE = 'mf';
const OUT = '/out';
const REQUESTED_AT = '2011-12-10T03:00:00Z';

const folderOf = (client: string, day: number): string => versionFolder(client, NODE, day, runOfDay(day));
const locationOf = (client: string, day: number): string => `${OUT}/${folderOf(client, day).slice(0, -1)}`;

/** The error of a write that stands for the end of the process. */
class Killed extends Error {}

/** @param open opens the same tree every time */
export function liveContract(name: string, open: () => Promise<ConfigRoot>): void {
  describe(`A live model in ${name}`, () => {
    let tests = 0;
    let client: string;

    /** Makes a client for one test and a store with its versions of these days. */
    async function storeWith(...days: number[]): Promise<MemoryStore> {
      client = `live${++tests}`;
      await using root = await open();
      await root.ensureFolder(`/all_clients/${client}/offline`);
      await root.create(`/all_clients/${client}/offline/matrix-factorization`, '{}');
      const store = new MemoryStore(OUT);
      for (const day of days) await putVersion(store, { client, node: NODE, day });
      return store;
    }

    const placeOf = (root: ConfigRoot, store: MemoryStore): CommandPlace => ({
      root,
      client,
      node: NODE,
      store,
      registerClient: true,
      keepVersions: 7,
      jobFolder: 'matrix-factorization',
      scheme: 's3n',
      openStore: async (at) => new MemoryStore(at),
    });

    const runDay = async (store: MemoryStore, day: number, root?: ConfigRoot) => {
      await using opened = await open();
      return await activate(placeOf(root ?? opened, store), {
        day,
        run: runOfDay(day),
        requestedAt: REQUESTED_AT,
        location: locationOf(client, day),
      });
    };

    /** Asserts that node, record and history agree. Resolves to the record and the days in the history. */
    async function expectAgreement(
      store: MemoryStore,
    ): Promise<{ record: LiveRecord | undefined; days: (number | null)[] }> {
      await using root = await open();
      const { state } = await readLive({ root, client, node: NODE }, { now: new Date() });
      expect(state.kind).toBe('agreed');
      const record = state.record;
      expect(await readActivation(root, client, NODE)).toBe(record?.live?.location);
      const changes = await readHistory(store, client, NODE, rootHash(root));
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, index) => index + (changes[0]?.seq ?? 0)));
      expect(changes.at(-1)).toMatchObject({ seq: record?.seq, live: record?.live ?? null });
      return { record, days: changes.map(({ live }) => live?.day ?? null) };
    }

    test('is not replaced by the model of an older day (R26)', async () => {
      const store = await storeWith();
      expect(await runDay(store, 15317)).toMatchObject({ activated: true, registered: true });
      expect(await runDay(store, 15316)).toEqual({
        activated: false,
        notActivated: "the live model is of 2011-12-09 (15317), newer than this run's day",
      });
      expect(await expectAgreement(store)).toMatchObject({ record: { live: { day: 15317 }, seq: 1 }, days: [15317] });
    });

    test('that was in the node before the first record is the first entry of the history', async () => {
      const store = await storeWith();
      await using root = await open();
      await root.create(`/all_clients/${client}/${NODE}`, '/spark/matrix-factorization/15310');
      await runDay(store, 15317);
      const { record, days } = await expectAgreement(store);
      expect([record?.seq, days]).toEqual([1, [15310, 15317]]);
      const [first] = await readHistory(store, client, NODE, rootHash(root));
      expect(first).toMatchObject({ seq: 0, by: 'elsewhere' });
    });

    test('that another system has set is not replaced by a run, and it becomes part of the history', async () => {
      const store = await storeWith();
      await runDay(store, 15316);
      await using root = await open();
      const path = `/all_clients/${client}/${NODE}`;
      const node = await root.read(path);
      await root.set(path, '/theirs/15318', node?.version ?? '');
      expect(await runDay(store, 15317)).toMatchObject({ activated: false });
      expect((await root.read(path))?.data).toBe('/theirs/15318');
      expect((await expectAgreement(store)).days).toEqual([15316, 15318]);
    });

    test('is that of the newest day after many runs at once, and every change is in the history', async () => {
      const store = await storeWith();
      const days = [15311, 15317, 15312, 15316, 15313, 15315];
      const done = await Promise.all(days.map((day) => runDay(store, day)));
      const activated = done.filter((activation) => activation.activated).length;
      const { record, days: daysOfHistory } = await expectAgreement(store);
      expect(record).toMatchObject({ live: { day: 15317 }, seq: activated });
      expect(daysOfHistory).toHaveLength(activated);
      expect(daysOfHistory).toEqual(daysOfHistory.toSorted());
    });

    test('goes back two versions by two rollbacks at once, and a third rollback is refused', async () => {
      const store = await storeWith(15315, 15316, 15317, 15318);
      for (const day of [15315, 15316, 15317]) await runDay(store, day);
      await using root = await open();
      await using other = await open();
      await Promise.all([rollBack(placeOf(root, store), 'first'), rollBack(placeOf(other, store), 'second')]);
      expect(await expectAgreement(store)).toMatchObject({
        record: { live: { day: 15315 }, hold: { because: expect.stringMatching(/^(first|second)$/) } },
        days: [15315, 15316, 15317, 15316, 15315],
      });
      await expect(rollBack(placeOf(root, store), null)).rejects.toThrow('no earlier live model of mf');
      // A held node does not change, whatever day is run.
      expect(await runDay(store, 15318)).toMatchObject({ activated: false, notActivated: /is held since/ });
      await releaseNode(placeOf(root, store), null);
      expect(await runDay(store, 15318)).toMatchObject({ activated: true });
      expect(await expectAgreement(store)).toMatchObject({ record: { live: { day: 15318 }, hold: null } });
    });

    test('goes back to a folder of another system only when the folder is not empty', async () => {
      const store = await storeWith(15317);
      await using root = await open();
      const spark = new MemoryStore('/spark/15310');
      const place = { ...placeOf(root, store), openStore: async () => spark };
      await root.create(`/all_clients/${client}/${NODE}`, '/spark/15310');
      await runDay(store, 15317);
      await expect(rollBack(place, null)).rejects.toThrow('was live before and is empty now');
      expect(await expectAgreement(store)).toMatchObject({ record: { live: { day: 15317 } } });
      await spark.put('userFeatures.txt', 'x');
      expect(await rollBack(place, null)).toMatchObject({ live: { location: '/spark/15310' } });
      await expectAgreement(store);
    });

    test('is replaced by a given version, which is held if it is older, and refused if it is damaged or missing', async () => {
      const store = await storeWith(15316, 15317, 15318);
      await runDay(store, 15317);
      await using root = await open();
      const place = placeOf(root, store);
      const older = await activateVersion(place, { day: 15316 }, null);
      expect(older).toMatchObject({ live: { day: 15316 }, hold: { because: /not newer than what was live/ } });
      await expect(activateVersion(place, { day: 15318 }, null)).rejects.toThrow(/held since .*offline release/);
      await releaseNode(place, null);
      expect(await activateVersion(place, { run: runOfDay(15318) }, 'try')).toMatchObject({
        live: { day: 15318 },
        hold: null,
      });

      await expect(activateVersion(place, { day: 15000 }, null)).rejects.toThrow(
        /no version of day 2011-01-26 \(15000\).*15318/,
      );
      await expect(activateVersion(place, { run: 'ffffffffffffffff' }, null)).rejects.toThrow('no version of run ffff');
      await store.put(`${folderOf(client, 15317)}part-00000`, 'MODEL OF 15317');
      await expect(activateVersion(place, { day: 15317 }, null)).rejects.toThrow('other bytes than were published');
      expect(await expectAgreement(store)).toMatchObject({ record: { live: { day: 15318 } } });
    });

    test('can be held and released, also twice', async () => {
      const store = await storeWith(15317);
      await runDay(store, 15317);
      await using root = await open();
      const place = placeOf(root, store);
      const first = await holdNode(place, 'sale');
      const second = await holdNode(place, 'long sale');
      expect(second.hold).toEqual({ since: first.hold?.since, because: 'long sale' });
      expect(await releaseNode(place, null)).toMatchObject({ hold: null, live: { day: 15317 } });
      expect(await releaseNode(place, null)).toMatchObject({ hold: null });
      await expectAgreement(store);
    });

    describe('whose node and history', () => {
      const kinds: [string, (place: CommandPlace) => Promise<unknown>, (number | null)[]][] = [
        ['an activation', (place) => runAgain(place, 15317), [15317]],
        ['a rollback', (place) => rollBack(place, null), [15315, 15316]],
        ['an activation by hand', (place) => activateVersion(place, { day: 15317 }, null), [15317]],
        ['a hold', (place) => holdNode(place, null), [15316]],
      ];
      const runAgain = (place: CommandPlace, day: number) =>
        activate(place, { day, run: runOfDay(day), requestedAt: REQUESTED_AT, location: locationOf(client, day) });

      test.each(kinds)(
        'agree after %s was killed between any two writes and another command ran',
        async (_name, act, lives) => {
          let writes = 0;
          for (let killedAt = 0; killedAt <= writes; killedAt++) {
            const store = await storeWith(15315, 15316, 15317);
            for (const day of [15315, 15316]) await runDay(store, day);
            await using root = await open();
            let done = 0;
            const count = () => {
              if (done === killedAt) throw new Killed();
              done++;
            };
            const dying = watchedStore(store, {
              before: (kind) => (kind === 'put' || kind === 'delete' ? count() : undefined),
            });
            const place = { ...placeOf(dyingRoot(root, count), store), store: dying };
            const end = await act(place).then(
              () => 'done',
              (error: Error) => error,
            );
            if (end === 'done') {
              writes = -1;
            } else {
              expect(end).toBeInstanceOf(Killed);
              writes = killedAt + 1;
            }
            // The next command may be any command.
            await holdNode(placeOf(root, store), 'look');
            const { record, days } = await expectAgreement(store);
            expect([15316, ...lives]).toContain(record?.live?.day);
            expect(days.slice(0, 2)).toEqual([15315, 15316]);
            if (killedAt > 30) throw new Error('a command does not make so many writes');
          }
        },
      );
    });
  });
}

/** Returns the root with `count` called before every write. */
function dyingRoot(root: ConfigRoot, count: () => void): ConfigRoot {
  return defined({
    describe: root.describe,
    read: (path) => root.read(path),
    exists: (path) => root.exists(path),
    children: (path) => root.children(path),
    ensureFolder: (path) => root.ensureFolder(path),
    create: async (path, data) => {
      count();
      return root.create(path, data);
    },
    set: async (path, data, version) => {
      count();
      return root.set(path, data, version);
    },
    transact: root.transact
      ? async (changes) => {
          count();
          return root.transact?.(changes) ?? false;
        }
      : undefined,
    close: () => root.close(),
    [Symbol.asyncDispose]: () => root.close(),
  });
}
