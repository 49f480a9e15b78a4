/** Tests which published output a command finds. */
import { expect, test } from 'vitest';
import { sessionItems } from '../../../functions/sessionitems/job.ts';
import { tagAffinity } from '../../../functions/tagaffinity/job.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { liveModelOf } from '../../../shared/live/live-node.ts';
import { findOutput, hasOutput, type OutputRequest } from '../../../shared/live/published-output.ts';
import { BEGUN, SUCCESS } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { activateModel, minutesLater, putVersion, runOfDay } from '../../helpers/live.ts';
import { publishFolder } from '../../helpers/published-model.ts';

const NODE = 'tagaffinity';
const ROOT = '/memory/models';

const liveIn = (root: FolderConfigRoot) => () =>
  liveModelOf({ root, client: 'shop', node: NODE }, new Date('2011-12-12'));

function newShop() {
  const store = new MemoryStore(ROOT);
  const warnings: string[] = [];
  const find = (request: Partial<OutputRequest> = {}) =>
    findOutput({
      job: tagAffinity,
      client: 'shop',
      store,
      openStore: async (location) => new MemoryStore(location),
      now: new Date('2011-12-12'),
      warn: (warning) => warnings.push(warning),
      ...request,
    });
  const put = (day: number, run?: string, minutes = 0) =>
    putVersion(store, { client: 'shop', node: NODE, day, run: run ?? runOfDay(day) }, minutesLater(minutes));
  return { store, warnings, find, put };
}

test('Without a day it is the newest version, and with a day that of the day', async () => {
  const { find, put } = newShop();
  await put(15_316);
  await put(15_317);
  expect(await find()).toMatchObject({ day: 15_317, manifest: { run: runOfDay(15_317) } });
  const found = await find({ day: 15_316 });
  expect(found.files.map(({ key }) => key)).toEqual([`shop/models/tagaffinity/15316-${runOfDay(15_316)}/part-00000`]);
});

test('Of several versions of a day it is the one that was requested last, and a run names one', async () => {
  const { find, put } = newShop();
  await put(15_317, '00000000000000aa', 2);
  await put(15_317, '00000000000000bb', 1);
  expect((await find({ day: 15_317 })).manifest?.run).toBe('00000000000000aa');
  expect((await find({ run: '00000000000000bb' })).manifest?.run).toBe('00000000000000bb');
  await expect(find({ run: '00000000000000cc' })).rejects.toThrow('no version of run 00000000000000cc');
});

test('The live model comes before newer versions, also of its own day, by the record or by the history', async () => {
  const { store, find, put } = newShop();
  const config = new MemoryStore('/memory/config');
  const root = new FolderConfigRoot(config);
  await config.put('all_clients/shop/offline/tagaffinity', '{}');
  const live = await put(15_317, '00000000000000aa', 1);
  await put(15_317, '00000000000000bb', 2);
  await put(15_318);
  await activateModel(root, {
    client: 'shop',
    runtimeNode: NODE,
    location: `${ROOT}/${live.slice(0, -1)}`,
    registerClient: true,
    run: '00000000000000aa',
    store,
  });
  for (const known of [liveIn(root), undefined]) {
    expect(await find({ live: known })).toMatchObject({ folder: live, isLive: true });
    expect((await find({ live: known, day: 15_317 })).folder).toBe(live);
    expect(await find({ live: known, day: 15_318 })).toMatchObject({ day: 15_318, isLive: false });
  }
});

test('A live model elsewhere is read there', async () => {
  const { find, put } = newShop();
  await put(15_316);
  const there = new MemoryStore('/other/shop/tagaffinity/15317');
  await publishFolder(there, '', { 'part-00000': '{}\n' }, { job: 'tagaffinity', day: 15_317 });
  const live = async () => ({ day: null, run: null, location: there.root });
  const openStore = async () => there;
  expect(await find({ live, openStore })).toMatchObject({ store: there, folder: '', day: 15_317, isLive: true });
  expect((await find({ live, openStore, day: 15_316 })).day).toBe(15_316);
});

test('A live model elsewhere that names no day is an error that says what to give', async () => {
  const { find, put } = newShop();
  await put(15_316);
  const live = async () => ({ day: null, run: null, location: '/best/model' });
  await expect(find({ live })).rejects.toThrow('the model in /best/model has no manifest in _SUCCESS');
  expect((await find({ live, day: 15_316 })).day).toBe(15_316);
});

test('A root has an output when it has a version or a whole day folder, whatever day is asked for', async () => {
  const { store, find, put } = newShop();
  const request = {
    job: tagAffinity,
    client: 'shop',
    store,
    openStore: expect.fail,
    now: new Date(0),
    warn: expect.fail,
  };
  expect(await hasOutput(request)).toBe(false);
  await put(15_316);
  expect(await hasOutput({ ...request, day: 15_300 })).toBe(true);
  expect(await hasOutput({ ...request, client: 'rival' })).toBe(false);
  await expect(find({ day: 15_300 })).rejects.toThrow('no output of tagaffinity of day');
});

test('A day folder is read where there is no version: of another system with a warning, of an older release without', async () => {
  const { store, warnings, find } = newShop();
  await store.put('shop/tagaffinity/15310/part-00000', '{"user":1,"tag":"a","weight":1}\n');
  expect(await find({ day: 15_310 })).toMatchObject({ folder: 'shop/tagaffinity/15310/', manifest: undefined });
  expect(warnings).toEqual([expect.stringContaining('has no _SUCCESS')]);
  await store.put(`shop/tagaffinity/15310/${SUCCESS}`, '');
  expect((await find()).day).toBe(15_310);
});

test('A job without versions has its newest whole day, and no run', async () => {
  const { store, find } = newShop();
  await store.put('shop/sessionitems/15310/part-00000', '1 2\n');
  await store.put(`shop/sessionitems/15310/${SUCCESS}`, '');
  await store.put(`shop/sessionitems/15311/${BEGUN}`, '{"run":"00000000000000aa"}');
  expect((await find({ job: sessionItems })).day).toBe(15_310);
  await expect(find({ job: sessionItems, day: 15_311 })).rejects.toThrow('is not whole: it has no _SUCCESS');
  await expect(find({ job: sessionItems, run: '00000000000000aa' })).rejects.toThrow('give --day in place of --run');
});

test('A day that has nothing is an error that says what there is', async () => {
  const { store, find } = newShop();
  await expect(find()).rejects.toThrow(/shop has no output of tagaffinity in .*there is no client shop/s);
  await store.put('shop/tagaffinity/15310/part-00000', 'x\n');
  await expect(find({ day: 15_311 })).rejects.toThrow(
    /no output of tagaffinity of day 2011-12-03 \(15311\).*shop\/tagaffinity\/ has 2011-12-02 \(15310\)/s,
  );
});
