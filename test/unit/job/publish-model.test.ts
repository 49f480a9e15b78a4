/** Tests the versions of a model and the folder of its day. */

import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../../shared/errors.ts';
import { wholeManifest } from '../../../shared/job/folder-state.ts';
import { commitHashed } from '../../../shared/job/hashed-objects.ts';
import type { Publication } from '../../../shared/job/job.ts';
import { publish } from '../../../shared/job/publish.ts';
import { publishModel } from '../../../shared/job/publish-model.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { versionFolder } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { delayedStore, isWrite, killedStore, pausedStore } from '../../helpers/interrupted-store.ts';
import { contents, textAt } from '../../helpers/store-texts.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { watchedStore } from '../../helpers/watched-store.ts';
import { DAY, runOver } from './toy-job.ts';
import { FOLDER, filesByKey, NEW, OLD, type Output } from './two-outputs.ts';

const versionOf = ({ id }: Output): string => versionFolder('shop', 'copy', DAY, id);

interface Surroundings {
  readonly isNamed?: boolean;
  readonly verdict?: string;
  /** True when the work area contains the computed files. */
  readonly isStaged?: boolean;
  readonly warnings?: string[];
  /** The same store without the faults. */
  readonly stagingStore?: Store;
}

async function publication(store: Store, { id, files }: Output): Promise<Publication> {
  const run = runOver(store, id);
  for (const [name, text] of Object.entries(files)) await commitHashed(run.work, `${run.work.prefix}s/${name}`, text);
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

async function publishOutput(
  store: Store,
  model: Output,
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
      if (!isStaged) throw new Error('the work area was read');
      return publication(stagingStore, model);
    },
  });
}

/** Publishes as a run did that knew neither versions nor `_BEGUN`. */
async function publishWithoutVersions(store: Store, model: Output): Promise<void> {
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

/** Expects the folder to contain exactly this model, complete. */
async function expectWhole(store: Store, folder: string, model: Output): Promise<void> {
  expect((await wholeManifest(store, folder))?.run).toBe(model.id);
  const found = await contents(store, folder);
  const { [`${folder}_SUCCESS`]: _success, [`${folder}_BEGUN`]: begun, ...rest } = found;
  expect(JSON.parse(begun as string)).toMatchObject({ run: model.id, requestedAt: model.requestedAt });
  expect(rest).toEqual(filesByKey(folder, model));
}

test('A model is published as a version and as the folder of its day, and reports once what was written', async () => {
  const store = new MemoryStore();
  expect(await publishOutput(store, OLD)).toEqual({ files: 2, bytes: 10 });
  await expectWhole(store, versionOf(OLD), OLD);
  await expectWhole(store, FOLDER, OLD);
  expect(await textAt(store, `${FOLDER}_SUCCESS`)).toBe(await textAt(store, `${versionOf(OLD)}_SUCCESS`));
  const before = await contents(store);
  expect(await publishOutput(store, OLD, { isStaged: false })).toEqual({ files: 0, bytes: 0 });
  expect(await contents(store)).toEqual(before);
});

test('Another model of the day leaves the earlier version unchanged', async () => {
  const store = new MemoryStore();
  await publishOutput(store, OLD);
  const before = await contents(store, versionOf(OLD));
  await publishOutput(store, NEW);
  expect(await contents(store, versionOf(OLD))).toEqual(before);
  await expectWhole(store, FOLDER, NEW);
  // When it is requested again, the first model returns without being computed.
  const again = { ...OLD, requestedAt: '2012-01-03T00:00:00.000Z' };
  expect(await publishOutput(store, again, { isStaged: false })).toEqual({ files: 2, bytes: 10 });
  await expectWhole(store, FOLDER, again);
});

test('On a disk the version and the day folder share their bytes', async () => {
  const folder = temporaryFolder();
  await publishOutput(new FileStore(folder), OLD);
  const inodes = [versionOf(OLD), FOLDER].map((prefix) => statSync(`${folder}/${prefix}a`).ino);
  expect(new Set(inodes).size).toBe(1);
});

test('Files are streamed when the store cannot link them, and a damaged file is noticed', async () => {
  const store = new MemoryStore();
  const copying = { ...watchedStore(store, {}), link: async () => false };
  await publishOutput(copying, OLD);
  await expectWhole(store, versionOf(OLD), OLD);
  await expectWhole(store, FOLDER, OLD);
  await store.put(`${versionOf(OLD)}a`, 'old x');
  await store.delete(`${FOLDER}_SUCCESS`);
  // A store that cannot compare contents, such as S3, notices the copy.
  const { holds: _holds, ...blind } = copying as Store;
  await expect(publishOutput(blind, OLD)).rejects.toThrow(DamagedObjectError);
  expect(await wholeManifest(store, FOLDER)).toBeUndefined();
});

test("Verdict and sketch are written to the version after the manifest's files and before `_SUCCESS`", async () => {
  const store = new MemoryStore();
  const written: string[] = [];
  const watched = watchedStore(store, { afterWrite: (call, key) => void (call === 'put' && written.push(key)) });
  await store.put(`${runOver(store, OLD.id).work.prefix}sketch`, 'hashes');
  await publishOutput(watched, OLD, { verdict: '{"verdict":"passed"}' });
  const version = versionOf(OLD);
  const inVersion = written.filter((key) => key.startsWith(version)).map((key) => key.slice(version.length));
  expect(inVersion).toEqual(['_BEGUN', 'a', 'b', '_verdict.json', '_sketch', '_SUCCESS']);
  expect(await textAt(store, `${version}_verdict.json`)).toBe('{"verdict":"passed"}');
  expect((await wholeManifest(store, version))?.files.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(Object.keys(await contents(store, FOLDER))).not.toContain(`${FOLDER}_verdict.json`);
});

describe('publications that are interrupted', () => {
  /**
   * Publishes NEW over OLD, killed before or after write number `last`, and returns false when there is no such write.
   */
  async function killed(store: Store, when: 'before' | 'after', last: number, surroundings: Surroundings) {
    const end = await publishOutput(killedStore(store, when, last), NEW, { ...surroundings, stagingStore: store }).then(
      () => 'done',
      (error: Error) => error.message,
    );
    expect(['done', 'killed']).toContain(end);
    return end === 'killed';
  }

  test.each(['before', 'after'] as const)(
    'A run killed %s any write leaves the old live version complete, and the same run completes the new one',
    async (when) => {
      let last = 0;
      for (; ; last++) {
        const store = new MemoryStore();
        await publishOutput(store, OLD);
        const live = await contents(store, versionOf(OLD));
        if (!(await killed(store, when, last, { verdict: 'v' }))) break;
        expect(await contents(store, versionOf(OLD)), `write ${last}`).toEqual(live);
        await publishOutput(store, NEW, { verdict: 'v' });
        expect(await contents(store, versionOf(OLD)), `write ${last}`).toEqual(live);
        await expectWhole(store, FOLDER, NEW);
        await expectWhole(store, versionOf(NEW), { ...NEW, files: { ...NEW.files, '_verdict.json': 'v' } });
      }
      expect(last).toBeGreaterThan(10);
    },
  );

  test('A live day folder from before versions stays complete and unchanged', async () => {
    let last = 0;
    for (; ; last++) {
      const store = new MemoryStore();
      await publishWithoutVersions(store, OLD);
      const live = await contents(store, FOLDER);
      if (!(await killed(store, 'before', last, { isNamed: true }))) break;
      expect(await contents(store, FOLDER), `write ${last}`).toEqual(live);
    }
    expect(last).toBeGreaterThan(3); // the writes are `_BEGUN`, a, c and `_SUCCESS`
  });
});

test.each([
  ['one file is missing', (store: Store, version: string) => store.delete(`${version}a`)],
  ['one file is too short', (store: Store, version: string) => store.put(`${version}a`, 'ol')],
  ['a file does not belong to it', (store: Store, version: string) => store.put(`${version}x`, 'x')],
  ['`_SUCCESS` is cut off', (store: Store, version: string) => store.put(`${version}_SUCCESS`, '{"run": "0000')],
  ['`_SUCCESS` is gone', (store: Store, version: string) => store.delete(`${version}_SUCCESS`)],
])('A version of which %s is completed by the same run', async (what, damage) => {
  const store = new MemoryStore();
  await publishOutput(store, OLD);
  await damage(store, versionOf(OLD));
  await publishOutput(store, OLD, { isStaged: false }); // the day folder holds all files
  if (!what.includes('does not belong')) await expectWhole(store, versionOf(OLD), OLD);
  expect((await wholeManifest(store, versionOf(OLD)))?.run).toBe(OLD.id);
});

describe('day folders from before versions', () => {
  test('A day folder of the same run becomes its version and stays unchanged', async () => {
    const store = new MemoryStore();
    await publishWithoutVersions(store, OLD);
    const before = await contents(store, FOLDER);
    expect(await publishOutput(store, OLD, { isStaged: false, isNamed: true })).toEqual({ files: 2, bytes: 10 });
    await expectWhole(store, versionOf(OLD), OLD);
    expect(await contents(store, FOLDER)).toEqual(before);
  });

  test('A damaged day folder does not become a version', async () => {
    const store = new FileStore(temporaryFolder());
    await publishWithoutVersions(store, OLD);
    await store.put(`${FOLDER}a`, 'old x');
    await expect(publishOutput(store, OLD, { isStaged: false })).rejects.toThrow('the work area was read');
    expect(await contents(store, versionOf(OLD))).toEqual({});
  });

  test('A day folder of another run is replaced unless the runtime node names it', async () => {
    const store = new MemoryStore();
    await publishWithoutVersions(store, OLD);
    const before = await contents(store, FOLDER);
    const warnings: string[] = [];
    await publishOutput(store, NEW, { isNamed: true, warnings });
    expect(warnings).toEqual([
      `${FOLDER} is not replaced, because the runtime node names it. This run's output is in ${versionOf(NEW)} only`,
    ]);
    expect(await contents(store, FOLDER)).toEqual(before);
    await expectWhole(store, versionOf(NEW), NEW);
    await publishOutput(store, NEW);
    await expectWhole(store, FOLDER, NEW);
  });
});

describe('a day folder without `_BEGUN` and without a manifest', () => {
  async function publishOver(theirs: Readonly<Record<string, string>>) {
    const store = new MemoryStore();
    for (const [name, text] of Object.entries(theirs)) await store.put(FOLDER + name, text);
    const warnings: string[] = [];
    await publishOutput(store, NEW, { warnings });
    await expectWhole(store, versionOf(NEW), NEW);
    return { store, warnings };
  }

  test.each([
    ['an output of Spark', { 'part-00000': 'theirs', _SUCCESS: '' }],
    ['parts without `_SUCCESS`', { 'part-00000': 'theirs' }],
    ['parts and a `_SUCCESS` with other words', { 'part-00000': 'theirs', _SUCCESS: 'done at noon' }],
  ])('A folder of another system stays unchanged: it is %s', async (_whose, theirs) => {
    const { store, warnings } = await publishOver(theirs as Record<string, string>);
    expect(warnings[0]).toContain(`${FOLDER} is not replaced, because another system wrote it`);
    expect(Object.keys(await contents(store, FOLDER))).toEqual(
      Object.keys(theirs)
        .map((name) => FOLDER + name)
        .sort(),
    );
  });

  test.each([
    ['only a file of the desktop', { '.DS_Store': 'x' }],
    ['an interrupted output of ours', { _BEGUN: '{}', a: 'half' }],
  ])('A folder that contains %s is replaced', async (_what, there) => {
    const { store, warnings } = await publishOver(there as Record<string, string>);
    expect(warnings).toEqual([]);
    await expectWhole(store, FOLDER, NEW);
  });

  test('A folder of a day on which we have a claim is replaced', async () => {
    const store = new MemoryStore();
    await store.put(
      `.work/copy-actions/shop/published/${DAY}.json`,
      JSON.stringify({ run: 'x', requestedAt: OLD.requestedAt }),
    );
    await store.put(`${FOLDER}a`, 'half');
    await publishOutput(store, NEW);
    await expectWhole(store, FOLDER, NEW);
  });
});

test('An older request does not replace the day folder of a newer one', async () => {
  const store = new MemoryStore();
  await publishOutput(store, NEW);
  const warnings: string[] = [];
  await publishOutput(store, OLD, { warnings });
  expect(warnings).toEqual([
    `${FOLDER} is not replaced, because run ${NEW.id}, which was asked for later (${NEW.requestedAt}), has published it. ` +
      `This run's output is in ${versionOf(OLD)} only`,
  ]);
  await expectWhole(store, FOLDER, NEW);
  await expectWhole(store, versionOf(OLD), OLD);
});

test('An older request paused before any of its writes does not replace the folder that a newer one published', async () => {
  let stop = 0;
  for (; ; stop++) {
    const store = new MemoryStore();
    const paused = pausedStore(store, stop, isWrite);
    const older = publishOutput(paused.store, OLD).then(() => 'published');
    if ((await Promise.race([paused.reached, older])) === 'published') break;
    await publishOutput(store, NEW);
    paused.resume();
    expect(await older, `write ${stop}`).toBe('published');
    expect((await wholeManifest(store, FOLDER))?.run, `write ${stop}`).toBe(NEW.id);
    await expectWhole(store, versionOf(OLD), OLD);
    await expectWhole(store, versionOf(NEW), NEW);
  }
  expect(stop).toBeGreaterThan(10);
});

test('Several attempts of one run at the same time leave complete folders, and none is refused', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const store = new MemoryStore();
    await publishOutput(store, OLD);
    // Each attempt has a delay of its own, which differs from seed to seed.
    const delayed = (attempt: number) => delayedStore(store, (seed * attempt) % 4);
    await Promise.all([1, 2, 3].map((attempt) => publishOutput(delayed(attempt), NEW)));
    await expectWhole(store, FOLDER, NEW);
    await expectWhole(store, versionOf(NEW), NEW);
    await expectWhole(store, versionOf(OLD), OLD);
  }
});
