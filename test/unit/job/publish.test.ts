import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { defined } from '../../../shared/defined.ts';
import { DamagedObjectError, SupersededError } from '../../../shared/errors.ts';
import { commitHashed, commitMissingHash } from '../../../shared/job/hashed-objects.ts';
import { listFolder } from '../../../shared/job/inputs.ts';
import type { Log, Publication, Run } from '../../../shared/job/job.ts';
import { readManifest } from '../../../shared/job/manifest.ts';
import { publish } from '../../../shared/job/publish.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { delayedStore, isWrite, killedStore, pausedStore } from '../../helpers/interrupted-store.ts';
import { contents, textAt, textIfThere } from '../../helpers/store-texts.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { DAY, runOver } from './toy-job.ts';
import { FOLDER, filesByKey, NEW, OLD, type Output } from './two-outputs.ts';

const SUCCESS = `${FOLDER}_SUCCESS`;
const BEGUN = `${FOLDER}_BEGUN`;

/** The form of a file in the work area: several pieces, or one object with its hash beside it. */
type Staging = 'pieces' | 'hashed';

/** Stages the files and publishes them through `store`. */
async function publishFiles(
  store: Store,
  { id, requestedAt, files }: Output,
  { removed = [], staging = 'pieces', log }: { removed?: string[]; staging?: Staging; log?: Log } = {},
) {
  const run = { ...runOver(store, id), ...defined<Partial<Run>>({ log }) };
  const staged: [name: string, key: string][] = Object.keys(files).map((name) => [name, `${run.work.prefix}s/${name}`]);
  for (const [name, key] of staged) {
    const body = files[name]!;
    if (staging === 'pieces') await run.work.commit(key, body);
    // An attempt that was killed between an object and its hash leaves the hash to the next attempt.
    else if (!(await commitHashed(run.work, key, body))) await commitMissingHash(run.work, key, async () => body);
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

async function expectPublished(store: Store, output: Output): Promise<void> {
  const found = await contents(store, FOLDER);
  const { [SUCCESS]: success, [BEGUN]: begun, ...rest } = found;
  expect(JSON.parse(success as string).run).toBe(output.id);
  expect(JSON.parse(begun as string)).toMatchObject({ run: output.id, requestedAt: output.requestedAt });
  expect(rest).toEqual(filesByKey(FOLDER, output));
}

async function storeWith(request?: Output): Promise<MemoryStore> {
  const store = new MemoryStore('/somewhere/secret-root');
  if (request) await publishFiles(store, request);
  return store;
}

test('The manifest names the run and every file, and contains no time and no absolute path', async () => {
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

test('A `_SUCCESS` of another system is a marker without a manifest', async () => {
  const store = await storeWith();
  await store.put(SUCCESS, '');
  expect(await readManifest(store, FOLDER)).toBeUndefined();
  await store.put(SUCCESS, 'done');
  expect(await readManifest(store, FOLDER)).toBeUndefined();
});

describe('files staged in one object', () => {
  const again = { ...OLD, id: NEW.id, requestedAt: NEW.requestedAt };

  test('A staged file is linked and not copied on a disk', async () => {
    const folder = temporaryFolder();
    await publishFiles(new FileStore(folder), OLD);
    await publishFiles(new FileStore(folder), again, { staging: 'hashed' });
    expect(['a', 'b'].map((name) => statSync(`${folder}/${FOLDER}${name}`).nlink)).toEqual([2, 2]);
    await expectPublished(new FileStore(folder), again);
  });

  /** Returns the names of the staged files whose bytes were read. */
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

  test('A linked file is not read', async () => {
    expect(await readOf('hashed', true)).toEqual([]);
  });

  test('A file is streamed when the store cannot link it', async () => {
    expect(await readOf('hashed', false)).toEqual(['a', 'b']);
    expect(await readOf('pieces', true)).toEqual(['a', 'a', 'b', 'b']);
  });

  test.each([
    ['emptied', ''],
    ['cut short', 'new'],
    ['overwritten', 'new A'],
  ])('A staged file that is %s when it is published is removed and not published', async (_case, text) => {
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

  test('A staged file with a damaged or missing hash is not trusted', async () => {
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

  test('A staged file that is gone is reported as damaged', async () => {
    const store = await storeWith();
    const gone = watchedStore(store, {
      afterWrite: (call, key) => (call === 'put' && key.endsWith('/s/a') ? store.delete(key) : undefined),
    });
    await expect(publishFiles(gone, NEW, { staging: 'hashed' })).rejects.toThrow(DamagedObjectError);
  });
});

test('Eight files are published at once, and the manifest lists them in their order', async () => {
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

test('Files that the new output lacks are deleted, except those in deeper folders', async () => {
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
])(
  'A folder %s that is no longer written is removed, with `_SUCCESS` first and `_BEGUN` last',
  async (_whose, names) => {
    const store = await storeWith();
    const removed: string[] = [];
    const watched = watchedStore(store, { afterWrite: (call, key) => void (call === 'delete' && removed.push(key)) });
    for (const name of names) await store.put(`gone/copies/1/${name}`, 'x');
    await publishFiles(watched, NEW, { removed: ['gone/copies/1/'] });
    expect(removed).toEqual(['_SUCCESS', 'a', 'b', '_BEGUN'].map((name) => `gone/copies/1/${name}`));
  },
);

test('An interrupted publication is never taken for a complete output', async () => {
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
  expect(broken).toBeGreaterThan(3); // the writes are a, c, the deletion of b, and `_SUCCESS`
});

test('A folder of another system is replaced with one warning', async () => {
  const store = new MemoryStore();
  await store.put(`${FOLDER}part-00000`, 'theirs');
  await store.put(SUCCESS, '');
  const warnings: string[] = [];
  await publishFiles(store, NEW, { log: (_level, message) => warnings.push(message) });
  await publishFiles(store, { ...NEW, id: OLD.id }, { log: (_level, message) => warnings.push(message) });
  expect(warnings).toEqual([`${FOLDER} was written by another system: it is replaced`]);
  await expectPublished(store, { ...NEW, id: OLD.id });
});

test('A reader that sees the same `_SUCCESS` before and after has read one run', async () => {
  const store = await storeWith(OLD);
  const read = async () => {
    const { [BEGUN]: _begun, ...rest } = await contents(store, FOLDER);
    return rest;
  };
  const moments = [await read()];
  const look = async () => void moments.push(await read());
  await publishFiles(watchedStore(store, { afterWrite: look }), NEW);
  expect(moments.length).toBeGreaterThanOrEqual(6); // the claim, `_SUCCESS` deleted, a, c, b deleted, `_SUCCESS` written

  // A reader that works from moment `first` to `last` may have read each file at any moment between them.
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

describe.each<Staging>(['pieces', 'hashed'])('interrupted publications of files staged as %s', (staging) => {
  test.each(['before', 'after'] as const)(
    'A publication killed %s any write has the same result when it is repeated',
    async (when) => {
      let writes = 0;
      const calm = await storeWith(OLD);
      await publishFiles(watchedStore(calm, { afterWrite: () => void writes++ }), NEW, { staging });
      expect(writes).toBeGreaterThan(6);
      for (let last = 0; last < writes; last++) {
        const store = await storeWith(OLD);
        await expect(publishFiles(killedStore(store, when, last), NEW, { staging })).rejects.toThrow('killed');
        await publishFiles(store, NEW, { staging });
        await expectPublished(store, NEW);
        expect(await withoutHashes(store)).toEqual(await withoutHashes(calm));
      }
    },
  );
});

/** Leaves hashes out: a run that is killed before it stores a hash leaves none. */
const withoutHashes = async (store: Store) =>
  Object.fromEntries(Object.entries(await contents(store)).filter(([key]) => !key.endsWith('.sha256')));

describe.each<Staging>(['pieces', 'hashed'])('two requests for one output of files staged as %s', (staging) => {
  const publishStaged = (store: Store, request: Output) => publishFiles(store, request, { staging });

  test('An older request that comes late is refused and changes nothing', async () => {
    const store = await storeWith(NEW);
    const before = await contents(store, FOLDER);
    await expect(publishStaged(store, OLD)).rejects.toBeInstanceOf(SupersededError);
    expect(await contents(store, FOLDER)).toEqual(before);
  });

  test('A clock that was once years ahead does not block later runs', async () => {
    const store = await storeWith({ ...OLD, requestedAt: '2999-01-01T00:00:00Z' });
    const warnings: string[] = [];
    await publishFiles(store, NEW, { staging, log: (_level, message) => warnings.push(message) });
    await expectPublished(store, NEW);
    expect(warnings).toContainEqual(
      expect.stringMatching(/was asked for at 2999-.* lies in the future.*Set that clock/),
    );
  });

  test('Times are compared as instants and not as text', async () => {
    // As text, `…00Z` comes after `…00.500Z`.
    const older = { ...OLD, requestedAt: '2012-01-02T00:00:00Z' };
    const newer = { ...NEW, requestedAt: '2012-01-02T00:00:00.500Z' };
    const store = await storeWith(newer);
    await expect(publishStaged(store, older)).rejects.toBeInstanceOf(SupersededError);
    const again = await storeWith(older);
    await publishStaged(again, newer);
    await expectPublished(again, newer);
  });

  test('A request time in the far future blocks nobody and is reported (R27)', async () => {
    const store = await storeWith({ ...NEW, requestedAt: '2999-01-01T00:00:00.000Z' });
    const warnings: string[] = [];
    await publishFiles(store, OLD, {
      staging,
      log: (level, message) => void (level === 'warn' && warnings.push(message)),
    });
    await expectPublished(store, OLD);
    expect(warnings).toEqual([expect.stringMatching(/run 1{16} .* 2999-01-01.*lies in the future.*Set that clock/)]);
    await publishStaged(store, NEW);
    await expectPublished(store, NEW);
  });

  test('An older request paused before any write leaves the newer output complete', async () => {
    for (let stop = 0; ; stop++) {
      const store = await storeWith({
        ...OLD,
        id: 'before',
        requestedAt: '2011-12-31T00:00:00.000Z',
        files: { a: 'x' },
      });
      const paused = pausedStore(store, stop, isWrite);
      const older = publishStaged(paused.store, OLD).then(
        () => 'published',
        (error: Error) => error.name,
      );
      if ((await Promise.race([paused.reached, older])) === 'published') {
        expect(stop).toBeGreaterThan(6);
        return;
      }
      await publishStaged(store, NEW);
      paused.resume();
      expect(await older, `write ${stop}`).toBe('SupersededError');
      const manifest = await readManifest(store, FOLDER);
      expect(manifest?.run, `write ${stop}`).toBe(NEW.id);
      // A file that only the older output has may arrive late. Readers take only files that the manifest names.
      const listed = await listFolder(store, FOLDER);
      expect(
        listed.map(({ key }) => key),
        `write ${stop}`,
      ).toEqual([`${FOLDER}a`, `${FOLDER}c`]);
      for (const [name, text] of Object.entries(NEW.files)) expect(await textIfThere(store, FOLDER + name)).toBe(text);
    }
  });

  test('An attempt paused before any call while another attempt of its run completes changes nothing', async () => {
    for (let stop = 0; ; stop++) {
      const store = await storeWith(OLD);
      const paused = pausedStore(store, stop, () => true);
      let isSecondDone = false;
      let late = 0;
      const counting = watchedStore(paused.store, {
        // Deleting what is already gone changes nothing, and any other deletion would be followed by a put. A late hash
        // is that of the existing object.
        afterWrite: (call, key) => void (isSecondDone && call === 'put' && !key.endsWith('.sha256') && late++),
      });
      const first = publishStaged(counting, NEW).then(() => 'published');
      if ((await Promise.race([paused.reached, first])) === 'published') {
        expect(stop).toBeGreaterThan(15);
        return;
      }
      await publishStaged(store, NEW);
      isSecondDone = true;
      paused.resume();
      await first;
      expect(late, `call ${stop}`).toBe(0);
      await expectPublished(store, NEW);
    }
  });

  test('Several attempts of one run at the same time leave a complete output, and none is refused', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const store = await storeWith(OLD);
      // Each attempt has a delay of its own, which differs from seed to seed.
      const delayed = (attempt: number) => delayedStore(store, (seed * attempt) % 4);
      await Promise.all([1, 2, 3].map((attempt) => publishStaged(delayed(attempt), NEW)));
      await expectPublished(store, NEW);
    }
  });
});
