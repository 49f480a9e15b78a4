import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError, SupersededError } from '../../../shared/errors.ts';
import { listFolder } from '../../../shared/job/inputs.ts';
import type { Log, Publication } from '../../../shared/job/job.ts';
import { readManifest } from '../../../shared/job/manifest.ts';
import { publish } from '../../../shared/job/publish.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { contents, DAY, runOver, textAt, textIfThere } from './toy-job.ts';

const FOLDER = `shop/copies/${DAY}/`;
const SUCCESS = `${FOLDER}_SUCCESS`;
const BEGUN = `${FOLDER}_BEGUN`;

/** Two outputs of one folder: one file is in both, each has one that the other has not. */
const OLD = { id: '0000000000000000', requestedAt: '2012-01-01T00:00:00.000Z', files: { a: 'old a', b: 'old b' } };
const NEW = { id: '1111111111111111', requestedAt: '2012-01-02T00:00:00.000Z', files: { a: 'new a', c: 'new c' } };
type Request = { readonly id: string; readonly requestedAt: string; readonly files: Readonly<Record<string, string>> };

/** How a file lies in the work area: in pieces; as a whole with its hash beside it. */
type Staging = 'pieces' | 'hashed';

/** Stages the files and publishes them, through `store`. */
async function publishFiles(
  store: Store,
  { id, requestedAt, files }: Request,
  { removed = [], staging = 'pieces', log }: { removed?: string[]; staging?: Staging; log?: Log } = {},
) {
  const run = { ...runOver(store, id), ...(log && { log }) };
  const staged: [name: string, key: string][] = Object.keys(files).map((name) => [name, `${run.work.prefix}s/${name}`]);
  for (const [name, key] of staged) {
    const body = files[name]!;
    if (staging === 'pieces') await run.work.commit(key, body);
    // Who was killed between an object and its hash leaves the hash to the next attempt.
    else if (!(await run.work.commitHashed(key, body))) await run.work.commitMissingHash(key, async () => body);
  }
  const publication: Publication = {
    folders: [
      {
        prefix: FOLDER,
        files: staged.map(([name, key]) => ({
          name,
          pieces:
            staging === 'pieces'
              ? [
                  { key, start: 0, end: 3 },
                  { key, start: 3 },
                ]
              : [{ key }],
        })),
        counts: { files: staged.length },
      },
    ],
    removed,
  };
  const isPublished = async () => (await readManifest(store, FOLDER))?.run === id;
  return publish({ run, version: 4, requestedAt, publication, settings: { rank: 8 }, isPublished });
}

async function expectPublished(store: Store, { id, requestedAt, files }: Request): Promise<void> {
  const found = await contents(store, FOLDER);
  const { [SUCCESS]: success, [BEGUN]: begun, ...rest } = found;
  expect(JSON.parse(success as string).run).toBe(id);
  expect(JSON.parse(begun as string)).toMatchObject({ run: id, requestedAt });
  expect(rest).toEqual(Object.fromEntries(Object.entries(files).map(([name, text]) => [FOLDER + name, text])));
}

async function storeWith(request?: Request): Promise<MemoryStore> {
  const store = new MemoryStore('/somewhere/secret-root');
  if (request) await publishFiles(store, request);
  return store;
}

test('the manifest names the run and every file, and no time, no absolute path', async () => {
  const store = await storeWith(OLD);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(await readManifest(store, FOLDER)).toEqual({
    run: OLD.id,
    job: 'copy-actions',
    version: 4,
    client: 'shop',
    day: DAY,
    settings: { rank: 8 },
    counts: { files: 2 },
    files: [
      { name: 'a', size: 5, sha256: sha256('old a') },
      { name: 'b', size: 5, sha256: sha256('old b') },
    ],
  });
  const text = await textAt(store, SUCCESS);
  expect(text).not.toMatch(/2012|\d\d:\d\d|somewhere/);
});

test('a `_SUCCESS` of another system is a marker without a manifest', async () => {
  const store = await storeWith();
  await store.put(SUCCESS, '');
  expect(await readManifest(store, FOLDER)).toBeUndefined();
  await store.put(SUCCESS, 'done');
  expect(await readManifest(store, FOLDER)).toBeUndefined();
});

describe('a file that is staged as a whole', () => {
  const again = { ...OLD, id: NEW.id, requestedAt: NEW.requestedAt };

  test('is not copied in a folder', async () => {
    const folder = temporaryFolder();
    await publishFiles(new FileStore(folder), OLD);
    await publishFiles(new FileStore(folder), again, { staging: 'hashed' });
    expect(['a', 'b'].map((name) => statSync(`${folder}/${FOLDER}${name}`).nlink)).toEqual([2, 2]);
    await expectPublished(new FileStore(folder), again);
  });

  /** The names of the staged files whose bytes were asked for. */
  async function readOf(staging: Staging, links: boolean): Promise<string[]> {
    const store = await storeWith(OLD);
    const manifest = await readManifest(store, FOLDER);
    const read: string[] = [];
    const watched = watchedStore(store, {
      before: (call, key) => {
        if (call === 'stream') read.push(key.slice(key.lastIndexOf('/') + 1));
      },
    });
    await publishFiles(links ? watched : { ...watched, link: async () => false }, again, { staging });
    await expectPublished(store, again);
    expect(await readManifest(store, FOLDER)).toEqual({ ...manifest, run: NEW.id });
    return read.sort();
  }

  test('is not streamed', async () => {
    expect(await readOf('hashed', true)).toEqual([]);
  });

  test('is streamed where the store does not link it', async () => {
    expect(await readOf('hashed', false)).toEqual(['a', 'b']);
    expect(await readOf('pieces', true)).toEqual(['a', 'a', 'b', 'b']);
  });

  test.each([
    ['emptied', ''],
    ['cut', 'new'],
    ['of other bytes', 'new A'],
  ])('and %s by the time it is published is removed, not published', async (_case, text) => {
    for (const whole of [new MemoryStore(), new FileStore(temporaryFolder())]) {
      const key = `${runOver(whole, NEW.id).work.prefix}s/a`;
      for (const links of [true, false]) {
        await publishFiles(whole, OLD, { staging: 'hashed' });
        let damaged = false;
        const store = watchedStore(whole, {
          afterWrite: async (call, written) => {
            if (call !== 'put' || written !== `${key}.sha256` || damaged) return;
            damaged = true;
            await whole.delete(key);
            await whole.put(key, text);
          },
        });
        const linking = links ? store : { ...store, link: async () => false };
        const publishing = publishFiles(linking, NEW, { staging: 'hashed' });
        await expect(publishing).rejects.toThrow(`${whole.root}/${key} is damaged`);
        await expectPublished(whole, OLD);
        expect(await textIfThere(whole, key)).toBeUndefined();
        await publishFiles(store, NEW, { staging: 'hashed' });
        await expectPublished(whole, NEW);
        for (const found of Object.keys(await contents(whole))) await whole.delete(found);
      }
    }
  });

  test('with a damaged hash, or without one, is not trusted', async () => {
    for (const hash of ['', 'x', undefined]) {
      const whole = await storeWith();
      const key = `${runOver(whole, NEW.id).work.prefix}s/a.sha256`;
      const store = watchedStore(whole, {
        afterWrite: async (call, written) => {
          if (call !== 'put' || written !== key) return;
          if (hash === undefined) await whole.delete(key);
          else await whole.put(key, hash);
        },
      });
      await expect(publishFiles(store, NEW, { staging: 'hashed' })).rejects.toThrow(DamagedObjectError);
      expect(Object.keys(await contents(whole)).filter((found) => found.includes('/s/a'))).toEqual([]);
    }
  });

  test('and is gone is said to be missing', async () => {
    const store = await storeWith();
    const gone = watchedStore(store, {
      afterWrite: (call, key) => (call === 'put' && key.endsWith('/s/a') ? store.delete(key) : undefined),
    });
    await expect(publishFiles(gone, NEW, { staging: 'hashed' })).rejects.toThrow(DamagedObjectError);
  });
});

test('several files are published at once, and stand in the manifest in their order', async () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`part-${10 + at}`, `text ${at}`]));
  const store = await storeWith();
  let now = 0;
  let most = 0;
  const slow = watchedStore(store, {
    before: async (call, key) => {
      if (call !== 'put' || !key.startsWith(`${FOLDER}part`)) return;
      most = Math.max(most, ++now);
      await sleep(Number(key.slice(-2)) % 3);
    },
    afterWrite: (_, key) => void (key.startsWith(`${FOLDER}part`) && now--),
  });
  await publishFiles(slow, { ...NEW, files }, { staging: 'hashed' });
  await expectPublished(store, { ...NEW, files });
  expect((await readManifest(store, FOLDER))?.files.map(({ name }) => name)).toEqual(Object.keys(files));
  expect(most).toBe(8);
});

test('what the new output does not have goes; what lies deeper stays', async () => {
  const store = await storeWith(OLD);
  await store.put(`${FOLDER}deeper/x`, 'x');
  await publishFiles(store, NEW);
  expect(Object.keys(await contents(store, FOLDER))).toEqual(
    ['_BEGUN', '_SUCCESS', 'a', 'c', 'deeper/x'].map((name) => FOLDER + name),
  );
});

test.each([
  ['of ours', ['_BEGUN', '_SUCCESS', 'a', 'b']],
  ['from before `_BEGUN`', ['_SUCCESS', 'a', 'b']],
])('a folder %s that has nothing any more is removed, `_SUCCESS` first, `_BEGUN` last', async (_whose, names) => {
  const store = await storeWith();
  const removed: string[] = [];
  const watched = watchedStore(store, { afterWrite: (call, key) => void (call === 'delete' && removed.push(key)) });
  for (const name of names) await store.put(`gone/copies/1/${name}`, 'x');
  await publishFiles(watched, NEW, { removed: ['gone/copies/1/'] });
  expect(removed).toEqual(['_SUCCESS', 'a', 'b', '_BEGUN'].map((name) => `gone/copies/1/${name}`));
});

test('whenever a publication is broken off, no reader takes what is there for a whole output', async () => {
  let broken = 0;
  for (let last = 0; ; last++) {
    const store = await storeWith(OLD);
    let writes = 0;
    const killed = watchedStore(store, {
      before: (call) => {
        if ((call === 'put' || call === 'delete') && writes++ === last) throw new Error('killed');
      },
    });
    const end = await publishFiles(killed, NEW, { staging: 'hashed' }).catch((error: Error) => error.message);
    if (end !== 'killed') break;
    const names = await listFolder(store, FOLDER).then(
      (objects) => objects.map(({ key }) => key.slice(FOLDER.length)),
      (error: Error) => error.name,
    );
    expect([['a', 'b'], 'UnfinishedDayError'], `write ${last}`).toContainEqual(names);
    if (names === 'UnfinishedDayError') broken++;
  }
  expect(broken).toBeGreaterThan(3); // a, c, b away, `_SUCCESS` back
});

test('another system’s folder is replaced with a warning, once', async () => {
  const store = new MemoryStore();
  await store.put(`${FOLDER}part-00000`, 'theirs');
  await store.put(SUCCESS, '');
  const warnings: string[] = [];
  await publishFiles(store, NEW, { log: (_level, message) => warnings.push(message) });
  await publishFiles(store, { ...NEW, id: OLD.id }, { log: (_level, message) => warnings.push(message) });
  expect(warnings).toEqual([`${FOLDER} was written by another system: it is replaced`]);
  await expectPublished(store, { ...NEW, id: OLD.id });
});

test('a reader that sees the same `_SUCCESS` before and after has read one run, whenever it came', async () => {
  const store = await storeWith(OLD);
  const read = async () => {
    const { [BEGUN]: _begun, ...rest } = await contents(store, FOLDER);
    return rest;
  };
  const moments = [await read()];
  const look = async () => void moments.push(await read());
  await publishFiles(watchedStore(store, { afterWrite: look }), NEW);
  expect(moments.length).toBeGreaterThanOrEqual(6); // claim, `_SUCCESS` away, a, c, b away, `_SUCCESS` back

  // A reader from moment `first` to `last` may have read each file at any moment in between.
  let whole = 0;
  for (const [first, before] of moments.entries()) {
    for (const after of moments.slice(first)) {
      if (before[SUCCESS] === undefined || before[SUCCESS] !== after[SUCCESS]) continue;
      whole++;
      for (const between of moments.slice(first, moments.lastIndexOf(after) + 1)) expect(between).toEqual(before);
    }
  }
  expect(whole).toBeGreaterThan(1);
  expect(moments.filter((moment) => moment[SUCCESS] === undefined).length).toBeGreaterThan(2);
});

describe.each<Staging>(['pieces', 'hashed'])('staged: %s; killed', (staging) => {
  test.each(['before', 'after'] as const)(
    '%s any call that writes, and published again: as if nothing had been',
    async (when) => {
      let writes = 0;
      const calm = await storeWith(OLD);
      await publishFiles(watchedStore(calm, { afterWrite: () => void writes++ }), NEW, { staging });
      expect(writes).toBeGreaterThan(6);
      for (let last = 0; last < writes; last++) {
        const store = await storeWith(OLD);
        let calls = 0;
        const kill = () => {
          if (calls++ >= last) throw new Error('killed');
        };
        const watch =
          when === 'after'
            ? { afterWrite: kill }
            : { before: (call: string) => (call === 'put' || call === 'delete' ? kill() : undefined) };
        await expect(publishFiles(watchedStore(store, watch), NEW, { staging })).rejects.toThrow('killed');
        await publishFiles(store, NEW, { staging });
        await expectPublished(store, NEW);
        expect(await withoutHashes(store)).toEqual(await withoutHashes(calm));
      }
    },
  );
});

/** Who was killed before a hash was written leaves none, and then there is none. */
const withoutHashes = async (store: Store) =>
  Object.fromEntries(Object.entries(await contents(store)).filter(([key]) => !key.endsWith('.sha256')));

describe.each<Staging>(['pieces', 'hashed'])('staged: %s; two requests for one output', (staging) => {
  const publishThem = (store: Store, request: Request) => publishFiles(store, request, { staging });

  test('the older one, coming late, is refused and changes nothing', async () => {
    const store = await storeWith(NEW);
    const before = await contents(store, FOLDER);
    await expect(publishThem(store, OLD)).rejects.toBeInstanceOf(SupersededError);
    expect(await contents(store, FOLDER)).toEqual(before);
  });

  test('a clock that was years ahead once holds back no later run', async () => {
    const store = await storeWith({ ...OLD, requestedAt: '2999-01-01T00:00:00Z' });
    const warnings: string[] = [];
    await publishFiles(store, NEW, { staging, log: (_level, message) => warnings.push(message) });
    await expectPublished(store, NEW);
    expect(warnings).toContainEqual(
      expect.stringMatching(/was asked for at 2999-.* lies in the future.*Set that clock/),
    );
  });

  test('times are compared as instants, not as text', async () => {
    // As text, `…00Z` comes after `…00.500Z`.
    const older = { ...OLD, requestedAt: '2012-01-02T00:00:00Z' };
    const newer = { ...NEW, requestedAt: '2012-01-02T00:00:00.500Z' };
    const store = await storeWith(newer);
    await expect(publishThem(store, older)).rejects.toBeInstanceOf(SupersededError);
    const again = await storeWith(older);
    await publishThem(again, newer);
    await expectPublished(again, newer);
  });

  test('a request of the far future holds nobody back, and is named (R27)', async () => {
    const store = await storeWith({ ...NEW, requestedAt: '2999-01-01T00:00:00.000Z' });
    const warnings: string[] = [];
    await publishFiles(store, OLD, {
      staging,
      log: (level, message) => void (level === 'warn' && warnings.push(message)),
    });
    await expectPublished(store, OLD);
    expect(warnings).toEqual([expect.stringMatching(/run 1{16} .* 2999-01-01.*lies in the future.*Set that clock/)]);
    await publishThem(store, NEW);
    await expectPublished(store, NEW);
  });

  test('the older one stops before any of its writes while the newer one publishes: the newer one stays, whole', async () => {
    for (let stop = 0; ; stop++) {
      const store = await storeWith({
        ...OLD,
        id: 'before',
        requestedAt: '2011-12-31T00:00:00.000Z',
        files: { a: 'x' },
      });
      const gate = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      let calls = 0;
      const older = publishThem(
        watchedStore(store, {
          before: async (call) => {
            if ((call !== 'put' && call !== 'delete') || calls++ !== stop) return;
            reached.resolve();
            await gate.promise;
          },
        }),
        OLD,
      ).then(
        () => 'published',
        (error: Error) => error.name,
      );
      if ((await Promise.race([reached.promise, older])) === 'published') {
        expect(stop).toBeGreaterThan(6);
        return;
      }
      await publishThem(store, NEW);
      gate.resolve();
      expect(await older, `write ${stop}`).toBe('SupersededError');
      const manifest = await readManifest(store, FOLDER);
      expect(manifest?.run, `write ${stop}`).toBe(NEW.id);
      // A file that only the older one has may have come late: readers take those that the manifest names.
      const listed = await listFolder(store, FOLDER);
      expect(
        listed.map(({ key }) => key),
        `write ${stop}`,
      ).toEqual([`${FOLDER}a`, `${FOLDER}c`]);
      for (const [name, text] of Object.entries(NEW.files)) expect(await textIfThere(store, FOLDER + name)).toBe(text);
    }
  });

  test('of the same run, one stopped before any of its calls until the other is through: it changes nothing', async () => {
    for (let stop = 0; ; stop++) {
      const store = await storeWith(OLD);
      const gate = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      let calls = 0;
      let through = false;
      let late = 0;
      const first = publishThem(
        watchedStore(store, {
          before: async () => {
            if (calls++ !== stop) return;
            reached.resolve();
            await gate.promise;
          },
          // Removing what is gone already is no change, and removing anything else would be followed by a put. A hash that
          // comes late is that of what is there.
          afterWrite: (call, key) => void (through && call === 'put' && !key.endsWith('.sha256') && late++),
        }),
        NEW,
      ).then(() => 'published');
      if ((await Promise.race([reached.promise, first])) === 'published') {
        expect(stop).toBeGreaterThan(15);
        return;
      }
      await publishThem(store, NEW);
      through = true;
      gate.resolve();
      await first;
      expect(late, `call ${stop}`).toBe(0);
      await expectPublished(store, NEW);
    }
  });

  test('of the same run, both at the same time: whole, and neither is refused', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const store = await storeWith(OLD);
      // Each goes on a little later than the other, differently every time.
      const slow = (turn: number) =>
        watchedStore(store, {
          before: async () => {
            for (let wait = (seed * turn) % 4; wait > 0; wait--) await new Promise(setImmediate);
          },
        });
      await Promise.all([publishThem(slow(1), NEW), publishThem(slow(2), NEW), publishThem(slow(3), NEW)]);
      await expectPublished(store, NEW);
    }
  });
});
