/** Tests which files of an input folder are read, whoever wrote it and in whatever state it was left. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dayFolders, listFolder } from '../../../shared/job/inputs.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { watchedStore } from '../../helpers/watched-store.ts';

const DAY = 15_317;
const FOLDER = `shop/actions/${DAY}/`;
const OWNER = { job: 'group-actions', client: 'shop', day: DAY };
const CLAIM = `.work/group-actions/_all/published/${DAY}.json`;
const CLAIMED = JSON.stringify({ requestedAt: '2012-01-01T00:00:00Z', run: '0000000000000000' });

const file = (name: string, text: string) => ({ name, size: text.length, sha256: '' });
const manifest = (...files: object[]) =>
  JSON.stringify({ run: '0000000000000000', job: 'group-actions', settings: {}, counts: {}, files });
const TWO = manifest(file('part-00000', 'ab'), file('part-00001', 'cd'));
const BEGUN = '{"requestedAt":"2012-01-01T00:00:00Z","run":"0000000000000000"}';

type Objects = Readonly<Record<string, string>>;

/** Returns a store with these objects in the folder, and the other objects beside it. */
async function storeOf(folder: Objects, others: Objects = {}): Promise<MemoryStore> {
  const store = new MemoryStore('/in');
  for (const [name, text] of Object.entries(folder)) await store.put(FOLDER + name, text);
  for (const [key, text] of Object.entries(others)) await store.put(key, text);
  return store;
}

/** Returns the names of the files that are read, or the error's name and message, and the warnings. */
async function reading(store: Store) {
  const warnings: string[] = [];
  const read = await listFolder(store, FOLDER, { owner: OWNER, warn: (warning) => warnings.push(warning) }).then(
    (objects) => objects.map(({ key }) => key.slice(FOLDER.length)),
    (error: Error) => `${error.name}: ${error.message}`,
  );
  return { read, warnings };
}

test.each<[string, Objects, string[], string[]]>([
  ['nothing', {}, [], []],
  [
    'a complete output of ours',
    { _BEGUN: BEGUN, _SUCCESS: TWO, 'part-00000': 'ab', 'part-00001': 'cd' },
    ['part-00000', 'part-00001'],
    [],
  ],
  [
    'an output from before `_BEGUN`',
    { _SUCCESS: TWO, 'part-00000': 'ab', 'part-00001': 'cd' },
    ['part-00000', 'part-00001'],
    [],
  ],
  [
    'a file that the manifest does not name',
    {
      _BEGUN: BEGUN,
      _SUCCESS: TWO,
      'part-00000': 'ab',
      'part-00000.gz': 'x',
      'part-00001': 'cd',
      _other: 'x',
      '.x': 'x',
    },
    ['part-00000', 'part-00001'],
    ['/in/shop/actions/15317/ holds files that its _SUCCESS does not name (part-00000.gz): they are not read'],
  ],
  [
    'an empty part and rejected lines',
    {
      _SUCCESS: manifest(file('part-00000', ''), file('_rejected', 'x'), file('part-00001', 'cd')),
      'part-00000': '',
      _rejected: 'x',
      'part-00001': 'cd',
    },
    ['part-00001'],
    [],
  ],
  ['an output of Spark', { _SUCCESS: '', 'part-00000': 'ab', 'part-00002': 'cd' }, ['part-00000', 'part-00002'], []],
  [
    'parts and no marker',
    { 'part-00000': 'ab', 'part-00002': 'cd', 'part-00003': '' },
    ['part-00000', 'part-00002'],
    ['/in/shop/actions/15317/ has no _SUCCESS, so nothing says whether it is whole: all of its files are read'],
  ],
])('A folder with %s is read', async (_what, objects, names, warnings) => {
  expect(await reading(await storeOf(objects))).toEqual({ read: names, warnings });
});

test.each([
  ['of another system', {}, /^CorruptInputError: .*part-00001 is a link that leads nowhere/],
  ['of ours, whose manifest does not name it', { _SUCCESS: manifest(file('part-00000', 'ab')) }, ['part-00000']],
])(
  'A link that leads nowhere is an error unless a manifest omits it, as in a folder %s',
  async (_what, objects, expected) => {
    const root = temporaryFolder();
    const store = new FileStore(root);
    for (const [name, text] of Object.entries({ 'part-00000': 'ab', ...objects })) await store.put(FOLDER + name, text);
    symlinkSync('/no/such/place', join(root, FOLDER, 'part-00001'));
    symlinkSync('/no/such/place', join(root, FOLDER, '_part-00001'));
    const { read } = await reading(store);
    if (expected instanceof RegExp) expect(read).toMatch(expected);
    else expect(read).toEqual(expected);
  },
);

const UNFINISHED = [
  ['a part is missing', { _BEGUN: BEGUN, _SUCCESS: TWO, 'part-00000': 'ab' }, 'part-00001 is missing'],
  [
    'a part is short',
    { _BEGUN: BEGUN, _SUCCESS: TWO, 'part-00000': 'a', 'part-00001': 'cd' },
    'part-00000 has 1 bytes, and _SUCCESS says 2',
  ],
  ['rejects are missing', { _SUCCESS: manifest(file('_rejected', 'x')), 'part-00000': 'ab' }, '_rejected is missing'],
  ['`_SUCCESS` is missing', { _BEGUN: BEGUN, 'part-00000': 'ab' }, 'it has no _SUCCESS'],
  ['only `_BEGUN` exists', { _BEGUN: BEGUN }, 'it has no _SUCCESS'],
  [
    '`_SUCCESS` is cut off',
    { _BEGUN: BEGUN, _SUCCESS: TWO.slice(0, 40), 'part-00000': 'ab' },
    'its _SUCCESS is damaged',
  ],
  ['`_SUCCESS` is emptied', { _BEGUN: BEGUN, _SUCCESS: '', 'part-00000': 'ab' }, 'its _SUCCESS is damaged'],
] as const;

describe.each(UNFINISHED)('a folder of ours in which %s', (_what, objects, why) => {
  test('The folder is not read, and the error names the day to compute again', async () => {
    const { read } = await reading(await storeOf(objects));
    expect(read).toBe(
      `UnfinishedDayError: /in/${FOLDER} is not whole: ${why}. Its writer was stopped, or is still writing. ` +
        'Compute day 2011-12-09 (15317) of group-actions again, or set skipUnfinishedDays to true to leave this day out',
    );
  });

  test('The folder stops a run, or is left out with a warning when unfinished days are to be skipped', async () => {
    const store = await storeOf(objects, {
      [`shop/actions/${DAY - 1}/part-00000`]: 'ab',
      [`shop/actions/${DAY - 1}/_SUCCESS`]: '',
    });
    const list = (skipUnfinishedDays: boolean) =>
      dayFolders('actions', 'group-actions').list({
        client: 'shop',
        day: DAY,
        openStore: async () => store,
        settings: { inputPath: '/in', days: 2, skipUnfinishedDays },
      });
    await expect(list(false)).rejects.toThrow(why);
    const { objects: read, warnings } = await list(true);
    expect(read.map(({ key }) => key)).toEqual([`shop/actions/${DAY - 1}/part-00000`]);
    expect(warnings).toEqual([expect.stringContaining('day 2011-12-09 (15317) is left out: ')]);
  });
});

describe('a folder without `_BEGUN` and without a manifest', () => {
  const half = { 'part-00000': 'ab' };
  const done = (folders: string[]) => ({
    [`_rejected/${DAY}/_SUCCESS`]: JSON.stringify({
      run: '0000000000000000',
      counts: { folders, others: [] },
      files: [],
    }),
  });

  test.each([
    ['of a job over all clients', { [CLAIM]: CLAIMED }],
    ['of a job for one client', { [`.work/group-actions/shop/published/${DAY}.json`]: CLAIMED }],
    ['of a run that wrote it', { [CLAIM]: CLAIMED, ...done([FOLDER]) }],
    [
      'of a newer run than the finished one',
      { [CLAIM]: CLAIMED.replaceAll('0000000000000000', 'ffffffffffffffff'), ...done([]) },
    ],
  ])('A folder with a claim %s is an unfinished output', async (_whose, others) => {
    expect((await reading(await storeOf(half, others as Objects))).read).toContain('UnfinishedDayError');
    expect((await reading(await storeOf({ ...half, _SUCCESS: '' }, others as Objects))).read).toContain(
      'UnfinishedDayError',
    );
  });

  test('A folder belongs to another system when the run of our claim is finished and wrote other folders', async () => {
    const store = await storeOf({ ...half, _SUCCESS: '' }, { [CLAIM]: CLAIMED, ...done([`other/actions/${DAY}/`]) });
    expect((await reading(store)).read).toEqual(['part-00000']);
  });
});

test.each(['done at noon', TWO.slice(0, 40), '[]'])(
  'The unknown content %j of `_SUCCESS` is shown in the error',
  async (text) => {
    const { read } = await reading(await storeOf({ _SUCCESS: text, 'part-00000': 'ab' }));
    expect(read).toContain(`CorruptInputError: /in/${FOLDER}_SUCCESS holds ${JSON.stringify(text.slice(0, 40))}`);
  },
);

test('A folder without `_SUCCESS` that changes while it is listed is refused', async () => {
  const store = await storeOf({ 'part-00000': 'ab' });
  let lists = 0;
  const changing = watchedStore(store, {
    before: async (call) => {
      if (call === 'list' && ++lists === 2) await store.put(`${FOLDER}part-00001`, 'cd');
    },
  });
  await expect(listFolder(changing, FOLDER, { owner: OWNER })).rejects.toThrow('is being replaced while it is read');
});

test('A folder whose parts change between two looks at `_SUCCESS` is being replaced and not damaged', async () => {
  const store = await storeOf({ _BEGUN: BEGUN, _SUCCESS: TWO, 'part-00000': 'ab', 'part-00001': 'cd' });
  const replacing = watchedStore(store, {
    before: async (call) => {
      if (call !== 'list') return;
      await store.delete(`${FOLDER}_SUCCESS`);
      await store.delete(`${FOLDER}part-00001`);
    },
  });
  await expect(listFolder(replacing, FOLDER, { owner: OWNER })).rejects.toThrow('is being replaced while it is read');
});
