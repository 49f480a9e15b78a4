/** Versions of a model, and what becomes of the day folder. */
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../../shared/errors.ts';
import { wholeManifest } from '../../../shared/job/folder-state.ts';
import type { Publication } from '../../../shared/job/job.ts';
import { publish } from '../../../shared/job/publish.ts';
import { publishModel } from '../../../shared/job/publish-model.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { versionFolder } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { contents, DAY, runOver, textAt } from './toy-job.ts';

const FOLDER = `shop/copies/${DAY}/`;

/** Two models of one day: one file is in both, each has one that the other has not. */
const OLD = { id: '0000000000000000', requestedAt: '2012-01-01T00:00:00.000Z', files: { a: 'old a', b: 'old b' } };
const NEW = { id: '1111111111111111', requestedAt: '2012-01-02T00:00:00.000Z', files: { a: 'new a', c: 'new c' } };
type Model = { readonly id: string; readonly requestedAt: string; readonly files: Readonly<Record<string, string>> };

const versionOf = ({ id }: Model): string => versionFolder('shop', 'copy', DAY, id);

interface Surroundings {
  readonly isNamed?: boolean;
  readonly verdict?: string;
  /** True when the work area holds what was computed. */
  readonly isStaged?: boolean;
  readonly warnings?: string[];
  /** The same store without the faults. */
  readonly stagingStore?: Store;
}

async function publication(store: Store, { id, files }: Model): Promise<Publication> {
  const run = runOver(store, id);
  for (const [name, text] of Object.entries(files)) await run.work.commitHashed(`${run.work.prefix}s/${name}`, text);
  const names = Object.keys(files);
  return {
    folders: [
      {
        prefix: FOLDER,
        files: names.map((name) => ({ name, pieces: [{ key: `${run.work.prefix}s/${name}` }] })),
        counts: { files: names.length },
      },
    ],
  };
}

async function publishIt(
  store: Store,
  model: Model,
  { isNamed = false, verdict, isStaged = true, warnings = [], stagingStore = store }: Surroundings = {},
) {
  const run = { ...runOver(store, model.id), log: (_level: string, message: string) => void warnings.push(message) };
  const key = `${run.work.prefix}verdict.json`;
  if (verdict !== undefined && (await store.head(key)) === undefined) await store.put(key, verdict);
  return publishModel({
    run,
    version: 4,
    requestedAt: model.requestedAt,
    settings: { rank: 8 },
    versionFolder: versionOf(model),
    dayFolder: FOLDER,
    dayFolderIsNamed: isNamed,
    publication: async () => {
      if (!isStaged) throw new Error('the work area was asked for');
      return publication(stagingStore, model);
    },
  });
}

/** As a run did that knew no versions and no `_BEGUN`. */
async function publishAsBefore(store: Store, model: Model): Promise<void> {
  await publish({
    run: runOver(store, model.id),
    version: 4,
    requestedAt: model.requestedAt,
    settings: { rank: 8 },
    publication: await publication(store, model),
    isPublished: async () => false,
  });
  await store.delete(`${FOLDER}_BEGUN`);
}

/** The folder is whole, and exactly this model. */
async function expectWhole(store: Store, folder: string, { id, requestedAt, files }: Model): Promise<void> {
  expect((await wholeManifest(store, folder))?.run).toBe(id);
  const found = await contents(store, folder);
  const { [`${folder}_SUCCESS`]: _success, [`${folder}_BEGUN`]: begun, ...rest } = found;
  expect(JSON.parse(begun as string)).toMatchObject({ run: id, requestedAt });
  expect(rest).toEqual(Object.fromEntries(Object.entries(files).map(([name, text]) => [folder + name, text])));
}

test('a model is a version and the folder of its day, and says once what was written', async () => {
  const store = new MemoryStore();
  expect(await publishIt(store, OLD)).toEqual({ files: 2, bytes: 10 });
  await expectWhole(store, versionOf(OLD), OLD);
  await expectWhole(store, FOLDER, OLD);
  expect(await textAt(store, `${FOLDER}_SUCCESS`)).toBe(await textAt(store, `${versionOf(OLD)}_SUCCESS`));
  const before = await contents(store);
  expect(await publishIt(store, OLD, { isStaged: false })).toEqual({ files: 0, bytes: 0 });
  expect(await contents(store)).toEqual(before);
});

test('another model of the day leaves the version as it is', async () => {
  const store = new MemoryStore();
  await publishIt(store, OLD);
  const before = await contents(store, versionOf(OLD));
  await publishIt(store, NEW);
  expect(await contents(store, versionOf(OLD))).toEqual(before);
  await expectWhole(store, FOLDER, NEW);
  // Asked for again, the first one comes back without any computing.
  const again = { ...OLD, requestedAt: '2012-01-03T00:00:00.000Z' };
  expect(await publishIt(store, again, { isStaged: false })).toEqual({ files: 2, bytes: 10 });
  await expectWhole(store, FOLDER, again);
});

test('on a disk both share their bytes', async () => {
  const folder = temporaryFolder();
  await publishIt(new FileStore(folder), OLD);
  const inodes = [versionOf(OLD), FOLDER].map((prefix) => statSync(`${folder}/${prefix}a`).ino);
  expect(new Set(inodes).size).toBe(1);
});

test('where the store does not link, files are streamed, and a damaged one is noticed', async () => {
  const store = new MemoryStore();
  const copying = { ...watchedStore(store, {}), link: async () => false };
  await publishIt(copying, OLD);
  await expectWhole(store, versionOf(OLD), OLD);
  await expectWhole(store, FOLDER, OLD);
  await store.put(`${versionOf(OLD)}a`, 'old x');
  await store.delete(`${FOLDER}_SUCCESS`);
  // Where the store cannot compare contents, as S3 cannot, the copy is noticed.
  const { holds: _holds, ...blind } = copying as Store;
  await expect(publishIt(blind, OLD)).rejects.toThrow(DamagedObjectError);
  expect(await wholeManifest(store, FOLDER)).toBeUndefined();
});

test('verdict and sketch lie in the version, beside the manifest’s files, before its `_SUCCESS`', async () => {
  const store = new MemoryStore();
  const written: string[] = [];
  const watched = watchedStore(store, { afterWrite: (call, key) => void (call === 'put' && written.push(key)) });
  await store.put(`${runOver(store, OLD.id).work.prefix}sketch`, 'hashes');
  await publishIt(watched, OLD, { verdict: '{"verdict":"passed"}' });
  const version = versionOf(OLD);
  const inVersion = written.filter((key) => key.startsWith(version)).map((key) => key.slice(version.length));
  expect(inVersion).toEqual(['_BEGUN', 'a', 'b', '_verdict.json', '_sketch', '_SUCCESS']);
  expect(await textAt(store, `${version}_verdict.json`)).toBe('{"verdict":"passed"}');
  expect((await wholeManifest(store, version))?.files.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(Object.keys(await contents(store, FOLDER))).not.toContain(`${FOLDER}_verdict.json`);
});

describe('broken off at any write', () => {
  /** Publishes NEW over OLD, killed before or after its write number `last`; false where there is no such write. */
  async function killed(store: Store, when: 'before' | 'after', last: number, surroundings: Surroundings) {
    let calls = 0;
    const kill = () => {
      if (calls++ >= last) throw new Error('killed');
    };
    const watch =
      when === 'after'
        ? { afterWrite: kill }
        : { before: (call: string) => (call === 'put' || call === 'delete' ? kill() : undefined) };
    const end = await publishIt(watchedStore(store, watch), NEW, { ...surroundings, stagingStore: store }).then(
      () => 'done',
      (error: Error) => error.message,
    );
    expect(['done', 'killed']).toContain(end);
    return end === 'killed';
  }

  test.each(['before', 'after'] as const)(
    '(killed %s it), the live version is whole and the old one, and the same run completes',
    async (when) => {
      let last = 0;
      for (; ; last++) {
        const store = new MemoryStore();
        await publishIt(store, OLD);
        const live = await contents(store, versionOf(OLD));
        if (!(await killed(store, when, last, { verdict: 'v' }))) break;
        expect(await contents(store, versionOf(OLD)), `write ${last}`).toEqual(live);
        await publishIt(store, NEW, { verdict: 'v' });
        expect(await contents(store, versionOf(OLD)), `write ${last}`).toEqual(live);
        await expectWhole(store, FOLDER, NEW);
        await expectWhole(store, versionOf(NEW), { ...NEW, files: { ...NEW.files, '_verdict.json': 'v' } });
      }
      expect(last).toBeGreaterThan(10);
    },
  );

  test('a live day folder from before versions stays whole and the old one', async () => {
    let last = 0;
    for (; ; last++) {
      const store = new MemoryStore();
      await publishAsBefore(store, OLD);
      const live = await contents(store, FOLDER);
      if (!(await killed(store, 'before', last, { isNamed: true }))) break;
      expect(await contents(store, FOLDER), `write ${last}`).toEqual(live);
    }
    expect(last).toBeGreaterThan(3); // `_BEGUN`, a, c, `_SUCCESS`
  });
});

test.each([
  ['a file is missing', (store: Store, version: string) => store.delete(`${version}a`)],
  ['a file is short', (store: Store, version: string) => store.put(`${version}a`, 'ol')],
  ['a file is there that does not belong', (store: Store, version: string) => store.put(`${version}x`, 'x')],
  ['`_SUCCESS` is torn', (store: Store, version: string) => store.put(`${version}_SUCCESS`, '{"run": "0000')],
  ['`_SUCCESS` is gone', (store: Store, version: string) => store.delete(`${version}_SUCCESS`)],
])('a version of which %s is completed by the same run', async (what, damage) => {
  const store = new MemoryStore();
  await publishIt(store, OLD);
  await damage(store, versionOf(OLD));
  await publishIt(store, OLD, { isStaged: false }); // the day folder has it all
  if (!what.includes('does not belong')) await expectWhole(store, versionOf(OLD), OLD);
  expect((await wholeManifest(store, versionOf(OLD)))?.run).toBe(OLD.id);
});

describe('a day folder from before versions', () => {
  test('of the same run becomes its version, and stays as it is', async () => {
    const store = new MemoryStore();
    await publishAsBefore(store, OLD);
    const before = await contents(store, FOLDER);
    expect(await publishIt(store, OLD, { isStaged: false, isNamed: true })).toEqual({ files: 2, bytes: 10 });
    await expectWhole(store, versionOf(OLD), OLD);
    expect(await contents(store, FOLDER)).toEqual(before);
  });

  test('that is damaged becomes no version', async () => {
    const store = new FileStore(temporaryFolder());
    await publishAsBefore(store, OLD);
    await store.put(`${FOLDER}a`, 'old x');
    await expect(publishIt(store, OLD, { isStaged: false })).rejects.toThrow('the work area was asked for');
    expect(await contents(store, versionOf(OLD))).toEqual({});
  });

  test('of another run is replaced, unless the runtime node names it', async () => {
    const store = new MemoryStore();
    await publishAsBefore(store, OLD);
    const before = await contents(store, FOLDER);
    const warnings: string[] = [];
    await publishIt(store, NEW, { isNamed: true, warnings });
    expect(warnings).toEqual([
      `${FOLDER} stays as it is, because the runtime node names it. This run's output is in ${versionOf(NEW)} alone`,
    ]);
    expect(await contents(store, FOLDER)).toEqual(before);
    await expectWhole(store, versionOf(NEW), NEW);
    await publishIt(store, NEW);
    await expectWhole(store, FOLDER, NEW);
  });
});

describe('a folder without `_BEGUN` and without a manifest', () => {
  async function publishOver(theirs: Readonly<Record<string, string>>) {
    const store = new MemoryStore();
    for (const [name, text] of Object.entries(theirs)) await store.put(FOLDER + name, text);
    const warnings: string[] = [];
    await publishIt(store, NEW, { warnings });
    await expectWhole(store, versionOf(NEW), NEW);
    return { store, warnings };
  }

  test.each([
    ['Spark’s', { 'part-00000': 'theirs', _SUCCESS: '' }],
    ['without `_SUCCESS`', { 'part-00000': 'theirs' }],
    ['with other words in it', { 'part-00000': 'theirs', _SUCCESS: 'done at noon' }],
  ])('is somebody else’s (%s): it stays as it is', async (_whose, theirs) => {
    const { store, warnings } = await publishOver(theirs as Record<string, string>);
    expect(warnings[0]).toContain(`${FOLDER} stays as it is, because another system wrote it`);
    expect(Object.keys(await contents(store, FOLDER))).toEqual(
      Object.keys(theirs)
        .map((name) => FOLDER + name)
        .sort(),
    );
  });

  test.each([
    ['a file of the desktop', { '.DS_Store': 'x' }],
    ['ours, broken off', { _BEGUN: '{}', a: 'half' }],
  ])('is replaced where it holds %s', async (_what, there) => {
    const { store, warnings } = await publishOver(there as Record<string, string>);
    expect(warnings).toEqual([]);
    await expectWhole(store, FOLDER, NEW);
  });

  test('is replaced where our claim on the day is there', async () => {
    const store = new MemoryStore();
    await store.put(
      `.work/copy-actions/shop/published/${DAY}.json`,
      JSON.stringify({ run: 'x', requestedAt: OLD.requestedAt }),
    );
    await store.put(`${FOLDER}a`, 'half');
    await publishIt(store, NEW);
    await expectWhole(store, FOLDER, NEW);
  });
});

test('an older request does not take the day folder from a newer one', async () => {
  const store = new MemoryStore();
  await publishIt(store, NEW);
  const warnings: string[] = [];
  await publishIt(store, OLD, { warnings });
  expect(warnings).toEqual([
    `${FOLDER} stays as it is, because run ${NEW.id}, which was asked for later (${NEW.requestedAt}), has published it. ` +
      `This run's output is in ${versionOf(OLD)} alone`,
  ]);
  await expectWhole(store, FOLDER, NEW);
  await expectWhole(store, versionOf(OLD), OLD);
});

test('nor does an older one that was stopped before any of its writes while the newer one published', async () => {
  let stop = 0;
  for (; ; stop++) {
    const store = new MemoryStore();
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let calls = 0;
    const watch = async (call: string) => {
      if ((call !== 'put' && call !== 'delete') || calls++ !== stop) return;
      reached.resolve();
      await gate.promise;
    };
    const older = publishIt(watchedStore(store, { before: watch }), OLD).then(() => 'published');
    if ((await Promise.race([reached.promise, older])) === 'published') break;
    await publishIt(store, NEW);
    gate.resolve();
    expect(await older, `write ${stop}`).toBe('published');
    expect((await wholeManifest(store, FOLDER))?.run, `write ${stop}`).toBe(NEW.id);
    await expectWhole(store, versionOf(OLD), OLD);
    await expectWhole(store, versionOf(NEW), NEW);
  }
  expect(stop).toBeGreaterThan(10);
});

test('two attempts of one run at the same time: whole, and neither is refused', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const store = new MemoryStore();
    await publishIt(store, OLD);
    const slow = (turn: number) =>
      watchedStore(store, {
        before: async () => {
          for (let wait = (seed * turn) % 4; wait > 0; wait--) await new Promise(setImmediate);
        },
      });
    await Promise.all([1, 2, 3].map((turn) => publishIt(slow(turn), NEW)));
    await expectWhole(store, FOLDER, NEW);
    await expectWhole(store, versionOf(NEW), NEW);
    await expectWhole(store, versionOf(OLD), OLD);
  }
});
