/** Tests that an export is there whole or not at all, and that it replaces nothing but an earlier export. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashOfAll } from '../../../shared/store/body.ts';
import { newOwner } from '../../../shared/store/file-owner.ts';
import { BEGUN, SUCCESS } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { type ExportHead, exportTo, exportToStore, type WriteFiles } from '../../../shared/tables/export-place.ts';
import { contents } from '../../helpers/store-texts.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const HEAD: ExportHead = {
  exportOf: { job: 'word2vec', client: 'shop' },
  day: 15_317,
  run: '00000000000000aa',
  format: 'csv',
  clientIds: false,
};
const OTHER: ExportHead = { ...HEAD, exportOf: { job: 'word2vec', client: 'other' } };

/** Writes files of these names, each with the text. */
const writing =
  (text: string, ...names: string[]): WriteFiles =>
  ({ store, prefix }) =>
    Promise.all(
      names.map(async (name) => {
        await store.put(prefix + name, text);
        return { name, table: 'items', rows: 1, ...(await hashOfAll(text)) };
      }),
    );

/** Writes one file, and then fails. */
const failing: WriteFiles = async (place) => {
  await writing('half', 'items.csv')(place);
  throw new Error('the disk is full');
};

describe('on a disk', () => {
  const namesIn = (folder: string): string[] => readdirSync(folder).sort();
  const newPlace = () => {
    const parent = temporaryFolder();
    return { parent, to: join(parent, 'out') };
  };

  test('A new folder, below folders that do not exist, has the files and the mark', async () => {
    const to = join(temporaryFolder(), 'a/b/out');
    await exportTo(to, HEAD, writing('one', 'items.csv'));
    expect(namesIn(to)).toEqual([SUCCESS, 'items.csv']);
    expect(JSON.parse(readFileSync(join(to, SUCCESS), 'utf8'))).toMatchObject({
      exportOf: HEAD.exportOf,
      files: [{ name: 'items.csv', rows: 1, size: 3 }],
    });
  });

  test('An empty folder and an earlier export are replaced, also by other files', async () => {
    const { parent, to } = newPlace();
    mkdirSync(to);
    await exportTo(to, HEAD, writing('one', 'items.csv', 'users.csv'));
    await exportTo(to, { ...HEAD, format: 'parquet' }, writing('two', 'items.parquet'));
    expect(namesIn(to)).toEqual([SUCCESS, 'items.parquet']);
    expect(namesIn(parent)).toEqual(['out']);
  });

  test('A folder with other files, one with another export and a file are refused, and stay', async () => {
    const { parent, to } = newPlace();
    await exportTo(to, HEAD, writing('one', 'items.csv'));
    await expect(exportTo(to, OTHER, writing('two', 'items.csv'))).rejects.toThrow(
      `${to} holds the export of word2vec of shop: give --to another folder`,
    );
    writeFileSync(join(to, 'notes.txt'), 'mine');
    await expect(exportTo(to, HEAD, writing('two', 'items.csv'))).rejects.toThrow('holds other files (notes.txt)');
    expect(readFileSync(join(to, 'items.csv'), 'utf8')).toBe('one');
    const file = join(parent, 'file');
    writeFileSync(file, 'mine');
    await expect(exportTo(file, HEAD, writing('two', 'items.csv'))).rejects.toThrow(`${file} is a file`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(namesIn(parent)).toEqual(['file', 'out']);
  });

  test('A place below a file is refused, and the error names the cure', async () => {
    const { to } = newPlace();
    writeFileSync(to, 'mine');
    await expect(exportTo(join(to, 'sub'), HEAD, writing('two', 'items.csv'))).rejects.toThrow(
      `writing ${to}/sub: ENOTDIR. A name cannot be a file and a folder at once`,
    );
  });

  test('An output of a job is never taken for an export', async () => {
    const { to } = newPlace();
    mkdirSync(to);
    writeFileSync(join(to, SUCCESS), JSON.stringify({ run: 'a', job: 'word2vec', client: 'shop', files: [] }));
    await expect(exportTo(to, HEAD, writing('two', 'items.csv'))).rejects.toThrow(`holds other files (${SUCCESS})`);
  });

  test('A failure leaves what was there before, and nothing beside it', async () => {
    const { parent, to } = newPlace();
    await expect(exportTo(to, HEAD, failing)).rejects.toThrow('the disk is full');
    expect(namesIn(parent)).toEqual([]);
    await exportTo(to, HEAD, writing('one', 'items.csv'));
    await expect(exportTo(to, HEAD, failing)).rejects.toThrow('the disk is full');
    expect(readFileSync(join(to, 'items.csv'), 'utf8')).toBe('one');
    expect(namesIn(parent)).toEqual(['out']);
  });

  test('What a killed export left is removed, and a folder that it had moved aside goes back', async () => {
    const { parent, to } = newPlace();
    await exportTo(to, HEAD, writing('one', 'items.csv'));
    const dead = newOwner().replace(/-\d+-\d+-(\d+-\d+)$/, '-999999999-1-$1');
    mkdirSync(join(parent, `.out.${dead}.new`));
    mkdirSync(join(parent, `.out.${newOwner()}.new`));
    await expect(exportTo(to, HEAD, failing)).rejects.toThrow('the disk is full');
    expect(namesIn(parent)).toEqual([expect.stringMatching(/^\.out\..*\.new$/), 'out']);
    // A kill between the two renames.
    const aside = join(parent, `.out.${dead}.old`);
    renameSync(to, aside);
    await expect(exportTo(to, HEAD, failing)).rejects.toThrow('the disk is full');
    expect(existsSync(aside)).toBe(false);
    expect(readFileSync(join(to, 'items.csv'), 'utf8')).toBe('one');
  });

  test('A link to a folder stays, and the folder gets the files', async () => {
    const { parent, to } = newPlace();
    mkdirSync(join(parent, 'real'));
    symlinkSync(join(parent, 'real'), to);
    await exportTo(to, HEAD, writing('one', 'items.csv'));
    expect(namesIn(join(parent, 'real'))).toEqual([SUCCESS, 'items.csv']);
    expect(readFileSync(join(to, 'items.csv'), 'utf8')).toBe('one');
  });
});

describe('in S3', () => {
  const namesIn = async (store: MemoryStore): Promise<string[]> => Object.keys(await contents(store));

  test('A prefix has the files and the marks, and nothing staged', async () => {
    const store = new MemoryStore('s3://bucket/out');
    await exportToStore(store, HEAD, writing('one', 'items.csv', 'users.csv'));
    await exportToStore(store, HEAD, writing('two', 'items.parquet'));
    expect(await namesIn(store)).toEqual([BEGUN, SUCCESS, 'items.parquet']);
    await expect(exportToStore(store, OTHER, writing('one', 'items.csv'))).rejects.toThrow(
      'holds the export of word2vec',
    );
    await store.put('notes.txt', 'mine');
    await expect(exportToStore(store, HEAD, writing('one', 'items.csv'))).rejects.toThrow('(notes.txt)');
  });

  test('A failure while the files are made leaves the earlier export as it was', async () => {
    const store = new MemoryStore('s3://bucket/out');
    await exportToStore(store, HEAD, writing('one', 'items.csv'));
    const before = await contents(store);
    await expect(exportToStore(store, HEAD, failing)).rejects.toThrow('the disk is full');
    expect(await contents(store)).toEqual(before);
  });

  test('A prefix is never marked whole while it has files of two exports, and the next export goes over what was left', async () => {
    const store = new MemoryStore('s3://bucket/out');
    await exportToStore(store, HEAD, writing('one', 'items.csv', 'users.csv'));
    const puts = store.put.bind(store);
    store.put = async (key, body, condition) => {
      if (key === 'users.parquet') throw new Error('the connection is gone');
      return puts(key, body, condition);
    };
    store.link = async () => false;
    const parquet = writing('two', 'items.parquet', 'users.parquet');
    await expect(exportToStore(store, HEAD, parquet)).rejects.toThrow('the connection is gone');
    expect(await namesIn(store)).toEqual([BEGUN, 'items.csv', 'items.parquet', 'users.csv']);
    store.put = puts;
    await exportToStore(store, HEAD, parquet);
    expect(await namesIn(store)).toEqual([BEGUN, SUCCESS, 'items.parquet', 'users.parquet']);
  });
});
