/** What holds for the live model of every configuration root: nothing is lost, whatever comes between two writes. */
import { describe, expect, test } from 'vitest';
import { readActivation } from '../../shared/activation/register.ts';
import type { ConfigRoot } from '../../shared/config/config-root.ts';
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

const runOf = runOfDay;
const folderOf = (client: string, day: number): string => versionFolder(client, NODE, day, runOf(day));
const locationOf = (client: string, day: number): string => `${OUT}/${folderOf(client, day).slice(0, -1)}`;

/** Thrown in place of a write: the process is gone. */
class Killed extends Error {}

/** @param open gives the same tree every time */
export function liveContract(name: string, open: () => Promise<ConfigRoot>): void {
  describe(`live models: ${name}`, () => {
    let tests = 0;
    let client: string;

    /** A client of its own for every test, with versions of these days. */
    async function sceneOf(...days: number[]): Promise<MemoryStore> {
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
      await using own = await open();
      return await activate(placeOf(root ?? own, store), {
        day,
        run: runOf(day),
        requestedAt: REQUESTED_AT,
        location: locationOf(client, day),
      });
    };

    /** Node, record and history say the same; resolves to the record and the days that the history tells of. */
    async function agreed(store: MemoryStore): Promise<{ record: LiveRecord | undefined; days: (number | null)[] }> {
      await using root = await open();
      const { state } = await readLive({ root, client, node: NODE }, { now: new Date() });
      expect(state.kind).toBe('agreed');
      const record = state.record;
      expect(await readActivation(root, client, NODE)).toBe(record?.live?.location);
      const changes = await readHistory(store, client, NODE, rootHash(root));
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, at) => at + (changes[0]?.seq ?? 0)));
      expect(changes.at(-1)).toMatchObject({ seq: record?.seq, live: record?.live ?? null });
      return { record, days: changes.map(({ live }) => live?.day ?? null) };
    }

    test('an older day run again never takes a newer model’s place (R26)', async () => {
      const store = await sceneOf();
      expect(await runDay(store, 15317)).toMatchObject({ activated: true, registered: true });
      expect(await runDay(store, 15316)).toEqual({
        activated: false,
        notActivated: "the live model is of 2011-12-09 (15317), newer than this run's day",
      });
      expect(await agreed(store)).toMatchObject({ record: { live: { day: 15317 }, seq: 1 }, days: [15317] });
    });

    test('the model that a node named before there was a record begins the history', async () => {
      const store = await sceneOf();
      await using root = await open();
      await root.create(`/all_clients/${client}/${NODE}`, '/spark/matrix-factorization/15310');
      await runDay(store, 15317);
      const { record, days } = await agreed(store);
      expect([record?.seq, days]).toEqual([1, [15310, 15317]]);
      const [first] = await readHistory(store, client, NODE, rootHash(root));
      expect(first).toMatchObject({ seq: 0, by: 'elsewhere' });
    });

    test('a node that somebody else set wins, and the next activation goes on from there', async () => {
      const store = await sceneOf();
      await runDay(store, 15316);
      await using root = await open();
      const path = `/all_clients/${client}/${NODE}`;
      const node = await root.read(path);
      await root.set(path, '/theirs/15318', node?.version ?? '');
      expect(await runDay(store, 15317)).toMatchObject({ activated: false });
      expect((await root.read(path))?.data).toBe('/theirs/15318');
      expect((await agreed(store)).days).toEqual([15316, 15318]);
    });

    test('many runs at once: the newest is live, and every change is in the history', async () => {
      const store = await sceneOf();
      const days = [15311, 15317, 15312, 15316, 15313, 15315];
      const done = await Promise.all(days.map((day) => runDay(store, day)));
      const activated = done.filter((one) => one.activated).length;
      const { record, days: told } = await agreed(store);
      expect(record).toMatchObject({ live: { day: 15317 }, seq: activated });
      expect(told).toHaveLength(activated);
      expect(told).toEqual(told.toSorted());
    });

    test('rollback goes back one, two at once go back two, and then there is none', async () => {
      const store = await sceneOf(15315, 15316, 15317, 15318);
      for (const day of [15315, 15316, 15317]) await runDay(store, day);
      await using root = await open();
      await using other = await open();
      await Promise.all([rollBack(placeOf(root, store), 'first'), rollBack(placeOf(other, store), 'second')]);
      expect(await agreed(store)).toMatchObject({
        record: { live: { day: 15315 }, hold: { because: expect.stringMatching(/^(first|second)$/) } },
        days: [15315, 15316, 15317, 15316, 15315],
      });
      await expect(rollBack(placeOf(root, store), null)).rejects.toThrow('no earlier live model of mf');
      // A held node stays, whatever day is run.
      expect(await runDay(store, 15318)).toMatchObject({ activated: false, notActivated: /is held since/ });
      await releaseNode(placeOf(root, store), null);
      expect(await runDay(store, 15318)).toMatchObject({ activated: true });
      expect(await agreed(store)).toMatchObject({ record: { live: { day: 15318 }, hold: null } });
    });

    test('rollback to a folder of another system needs something to be there', async () => {
      const store = await sceneOf(15317);
      await using root = await open();
      const spark = new MemoryStore('/spark/15310');
      const place = { ...placeOf(root, store), openStore: async () => spark };
      await root.create(`/all_clients/${client}/${NODE}`, '/spark/15310');
      await runDay(store, 15317);
      await expect(rollBack(place, null)).rejects.toThrow('was live before and is empty now');
      expect(await agreed(store)).toMatchObject({ record: { live: { day: 15317 } } });
      await spark.put('userFeatures.txt', 'x');
      expect(await rollBack(place, null)).toMatchObject({ live: { location: '/spark/15310' } });
      await agreed(store);
    });

    test('activate: an older version is held, a newer one is not, a damaged or missing one is refused', async () => {
      const store = await sceneOf(15316, 15317, 15318);
      await runDay(store, 15317);
      await using root = await open();
      const place = placeOf(root, store);
      const older = await activateVersion(place, { day: 15316 }, null);
      expect(older).toMatchObject({ live: { day: 15316 }, hold: { because: /not newer than what was live/ } });
      await expect(activateVersion(place, { day: 15318 }, null)).rejects.toThrow(/held since .*offline release/);
      await releaseNode(place, null);
      expect(await activateVersion(place, { run: runOf(15318) }, 'try')).toMatchObject({
        live: { day: 15318 },
        hold: null,
      });

      await expect(activateVersion(place, { day: 15000 }, null)).rejects.toThrow(
        /no version of day 2011-01-26 \(15000\).*15318/,
      );
      await expect(activateVersion(place, { run: 'ffffffffffffffff' }, null)).rejects.toThrow('no version of run ffff');
      await store.put(`${folderOf(client, 15317)}part-00000`, 'MODEL OF 15317');
      await expect(activateVersion(place, { day: 15317 }, null)).rejects.toThrow('other bytes than were published');
      expect(await agreed(store)).toMatchObject({ record: { live: { day: 15318 } } });
    });

    test('hold and release, again too', async () => {
      const store = await sceneOf(15317);
      await runDay(store, 15317);
      await using root = await open();
      const place = placeOf(root, store);
      const first = await holdNode(place, 'sale');
      const second = await holdNode(place, 'long sale');
      expect(second.hold).toEqual({ since: first.hold?.since, because: 'long sale' });
      expect(await releaseNode(place, null)).toMatchObject({ hold: null, live: { day: 15317 } });
      expect(await releaseNode(place, null)).toMatchObject({ hold: null });
      await agreed(store);
    });

    describe('killed between any two writes', () => {
      const kinds: [string, (place: CommandPlace) => Promise<unknown>, (number | null)[]][] = [
        ['an activation', (place) => runAgain(place, 15317), [15317]],
        ['a rollback', (place) => rollBack(place, null), [15315, 15316]],
        ['an activation by hand', (place) => activateVersion(place, { day: 15317 }, null), [15317]],
        ['a hold', (place) => holdNode(place, null), [15316]],
      ];
      const runAgain = (place: CommandPlace, day: number) =>
        activate(place, { day, run: runOf(day), requestedAt: REQUESTED_AT, location: locationOf(client, day) });

      test.each(kinds)('%s: the next command finds node and history in agreement', async (_name, act, lives) => {
        let writes = 0;
        for (let killedAt = 0; killedAt <= writes; killedAt++) {
          const store = await sceneOf(15315, 15316, 15317);
          for (const day of [15315, 15316]) await runDay(store, day);
          await using root = await open();
          let seen = 0;
          const count = () => {
            if (seen === killedAt) throw new Killed();
            seen++;
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
          // The next command, whichever it is.
          await holdNode(placeOf(root, store), 'look');
          const { record, days } = await agreed(store);
          expect([15316, ...lives]).toContain(record?.live?.day);
          expect(days.slice(0, 2)).toEqual([15315, 15316]);
          if (killedAt > 30) throw new Error('there are not that many writes');
        }
      });
    });
  });
}

/** The same root, where every write may be the last. */
function dyingRoot(root: ConfigRoot, count: () => void): ConfigRoot {
  return {
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
    ...(root.transact && {
      transact: async (changes) => {
        count();
        return root.transact?.(changes) ?? false;
      },
    }),
    close: () => root.close(),
    [Symbol.asyncDispose]: () => root.close(),
  };
}
