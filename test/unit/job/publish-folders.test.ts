/** Tests the publication of many folders: their order, how many are written at once, and what is written after a failure. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ownManifest } from '../../../shared/job/folder-state.ts';
import { commitHashed } from '../../../shared/job/hashed-objects.ts';
import type { OutputFolder } from '../../../shared/job/job.ts';
import { publish } from '../../../shared/job/publish.ts';
import { slotsOf } from '../../../shared/job/publish-file.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { isWrite, killedStore } from '../../helpers/interrupted-store.ts';
import { contents } from '../../helpers/store-texts.ts';
import { type StoreCall, watchedStore } from '../../helpers/watched-store.ts';
import { DAY, runOver } from './toy-job.ts';

const ID = 'aaaaaaaaaaaaaaaa';
const MAIN = `_rejected/${DAY}/`;
const GONE = `gone/actions/${DAY}/`;
const prefixOf = (client: number): string => `client${client}/actions/${DAY}/`;
/** `_BEGUN`, the file, `_SUCCESS`. */
const WRITES_OF_FOLDER = 3;

/** Stages a file for each client and one for the main folder. Returns the folders to publish. */
async function stagedFolders(store: Store, clients: number): Promise<OutputFolder[]> {
  const { work } = runOver(store, ID);
  const prefixes = [...Array.from({ length: clients }, (_, client) => prefixOf(client)), MAIN];
  return Promise.all(
    prefixes.map(async (prefix, at) => {
      const key = `${work.prefix}s/${at}`;
      await commitHashed(work, key, `actions of ${prefix}`);
      return { prefix, files: [{ name: 'part-00000', pieces: [{ key }] }], counts: { at } };
    }),
  );
}

const publishFolders = (store: Store, folders: readonly OutputFolder[], removed: readonly string[] = []) =>
  publish({
    run: runOver(store, ID),
    version: 1,
    requestedAt: '2012-01-01T00:00:00.000Z',
    publication: { folders, removed },
    settings: {},
    isPublished: async () => (await ownManifest(runOver(store, ID), MAIN)) !== undefined,
  });

/** Returns the store, and the keys of its writes in their order. */
function recorded(store: Store): { store: Store; writes: string[] } {
  const writes: string[] = [];
  const before = (call: StoreCall, key: string): void => void (isWrite(call) && writes.push(key));
  return { store: watchedStore(store, { before }), writes };
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

async function wholeFolders(store: Store, folders: readonly OutputFolder[]): Promise<string[]> {
  const whole: string[] = [];
  for (const { prefix } of folders) if (await ownManifest(runOver(store, ID), prefix)) whole.push(prefix);
  return whole;
}

describe.each(['before', 'after'] as const)('A publication of 50 folders that breaks off %s a write', (when) => {
  test.each([0, 1, 40, 90, 130, 149, 152])('goes on where it stopped (write %i)', async (last) => {
    const calm = new MemoryStore();
    await publishFolders(calm, await stagedFolders(calm, 50));

    const store = new MemoryStore();
    const folders = await stagedFolders(store, 50);
    await expect(publishFolders(killedStore(store, when, last), folders)).rejects.toThrow('killed');
    const whole = await wholeFolders(store, folders);
    // As long as the main folder has no `_SUCCESS`, nothing says that the day is published.
    expect(whole).not.toContain(MAIN);

    const again = recorded(store);
    const written = await publishFolders(again.store, folders);
    const left = folders.length - whole.length;
    expect(written.files).toBe(left);
    const ofFolders = again.writes.filter((key) => !key.includes('/published/'));
    expect(ofFolders.length).toBe(left * WRITES_OF_FOLDER);
    expect(ofFolders.filter((key) => whole.includes(folderOf(key)))).toEqual([]);
    expect(ofFolders.at(-1)).toBe(`${MAIN}_SUCCESS`);
    expect(await contents(store)).toEqual(await contents(calm));
  });
});

test('A folder that is damaged is written again, and the complete ones are not', async () => {
  const store = new MemoryStore();
  const folders = await stagedFolders(store, 5);
  await publishFolders(store, folders);
  const whole = await contents(store);
  await store.delete(`${prefixOf(1)}part-00000`);
  await store.put(`${prefixOf(2)}part-00000`, 'other bytes');
  await store.put(`${prefixOf(3)}_BEGUN`, 'damaged');
  await store.delete(`${MAIN}_SUCCESS`);
  const again = recorded(store);
  await publishFolders(again.store, folders);
  expect([...new Set(again.writes.map(folderOf))].sort()).toEqual([MAIN, ...[1, 2, 3].map(prefixOf)].sort());
  expect(await contents(store)).toEqual(whole);
});

test('Folders are removed first, 32 are written at once, and the main folder is written last', async () => {
  const store = new MemoryStore();
  const folders = await stagedFolders(store, 100);
  for (const name of ['_BEGUN', '_SUCCESS', 'part-00000']) await store.put(GONE + name, 'x');
  const writes: string[] = [];
  const open = new Set<string>();
  let most = 0;
  const slow = watchedStore(store, {
    before: async (call, key) => {
      if (!isWrite(call) || key.includes('/published/')) return;
      writes.push(key);
      if (!key.startsWith(GONE)) open.add(folderOf(key));
      most = Math.max(most, open.size);
      await sleep(writes.length % 3);
    },
    afterWrite: (_, key) => void (key.endsWith('/_SUCCESS') && open.delete(folderOf(key))),
  });
  await publishFolders(slow, folders, [GONE]);
  expect([most, open.size]).toEqual([32, 0]);
  const order = writes.map(folderOf);
  expect(order.slice(0, 3)).toEqual([GONE, GONE, GONE]);
  expect(order.lastIndexOf(GONE)).toBe(2);
  expect(writes.slice(-WRITES_OF_FOLDER)).toEqual(['_BEGUN', 'part-00000', '_SUCCESS'].map((name) => MAIN + name));
  expect(order.indexOf(MAIN)).toBe(writes.length - WRITES_OF_FOLDER);
  expect((await wholeFolders(store, folders)).length).toBe(101);
});

test('A file of more than 8 MiB, or of an unknown size, takes four of the 32 slots, and any other takes one', () => {
  const MIB = 1024 * 1024;
  const file = (...pieces: { start?: number; end?: number }[]) => ({
    name: 'part-00000',
    pieces: pieces.map((piece) => ({ key: 'k', ...piece })),
  });
  const staged = (size: number) => ({ info: { key: 'k', size, etag: 'e' }, sha256: '' });
  expect(slotsOf(file({}), staged(8 * MIB))).toBe(1);
  expect(slotsOf(file({}), staged(8 * MIB + 1))).toBe(4);
  expect(slotsOf(file({ start: 5, end: 4 * MIB }, { start: 0, end: 4 * MIB }), undefined)).toBe(1);
  expect(slotsOf(file({ start: 0, end: 4 * MIB }, { start: 0, end: 4 * MIB + 1 }), undefined)).toBe(4);
  expect(slotsOf(file({ start: 3 }), undefined)).toBe(4);
});
