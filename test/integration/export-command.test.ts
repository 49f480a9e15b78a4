/** `offline export` on a small shop: what it writes and prints, in faiss and DuckDB, and what it refuses. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeActions } from '../../shared/example/actions.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { readersPython, readInPython } from '../helpers/python-tools.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const INSTALLATION_MS = 480_000;
const DAY = 15_317;
const USERS = 60;
const ITEMS = 40;
/** Ids above 2^31. */
const FIRST_ID = 2 ** 33;

const folder = temporaryFolder();
let output: string;

const exported = (...args: string[]) => offline(['export', ...args], { cwd: folder });
const ofShop = ['matrix-factorization', '--client', 'shop', '--output-path', 'models'];

beforeAll(async () => {
  const models = join(folder, 'models');
  writeActions(models, 'shop', DAY, { users: USERS, items: ITEMS, actions: 1_500, parts: 2, firstId: FIRST_ID });
  const run = ['run', 'matrix-factorization', '--client', 'shop', '--start-day', String(DAY)];
  const roots = ['--input-path', models, '--output-path', models];
  output = (await offlineSummary([...run, ...roots, '--set', 'rank=6', '--set', 'iterations=2'])).output;
  await readersPython();
}, INSTALLATION_MS);

interface Row {
  readonly id: number;
  readonly vector: readonly number[];
}

/** Returns the vectors of a published file, in single precision. */
const published = (file: string): Row[] =>
  readFileSync(join(output, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [id, numbers] = line.split('|');
      return { id: Number(id), vector: numbers!.split(',').map((number) => Math.fround(Number(number))) };
    });

test('faiss finds in the arrays the same best items as a look at every pair of published vectors', async () => {
  const { status, stdout, stderr } = await exported(...ofShop, '--to', 'arrays', '--format', 'npy');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  // The lines that the command prints read the files.
  const program = `
import faiss, json
${stdout.slice(stdout.indexOf('import numpy'))}
index = faiss.IndexFlatIP(items.shape[1])
index.add(items)
scores, places = index.search(users, 5)
print(json.dumps([users_ids.tolist(), items_ids[places].tolist()]))
`;
  const [users, lists] = (await readInPython(program, [], folder)) as [number[], number[][]];
  const items = published('productFeatures.txt');
  const dot = (a: Row, b: Row): number => a.vector.reduce((sum, value, at) => sum + value * b.vector[at]!, 0);
  const best = published('userFeatures.txt').map((user) => ({
    user: user.id,
    items: items
      .toSorted((a, b) => dot(user, b) - dot(user, a))
      .slice(0, 5)
      .map(({ id }) => id),
  }));
  expect(users).toEqual(best.map(({ user }) => user));
  expect(lists).toEqual(best.map((one) => one.items));
  expect(users.every((id) => id >= FIRST_ID)).toBe(true);
});

test.each(['csv', 'ndjson', 'parquet'])(
  'The lines that are printed for %s read the files with DuckDB',
  async (format) => {
    const { stdout } = await exported(...ofShop, '--to', format, '--format', format);
    const program = `
import json
${stdout.slice(stdout.indexOf('import duckdb'))}
print(json.dumps([duckdb.sql(f'select count(*), min({id}) from {table}').fetchall()[0] for id, table in (('"user"', 'users'), ('item', 'items'))]))
`;
    const least = (rows: readonly Row[]) => [rows.length, Math.min(...rows.map(({ id }) => id))];
    const expected = [least(published('userFeatures.txt')), least(published('productFeatures.txt'))];
    expect(await readInPython(program, [], folder)).toEqual(expected);
  },
);

test('With --client-ids users and items are the client’s own texts, beside vectors that are the same', async () => {
  const ids = published('userFeatures.txt').map(({ id }) => id);
  const csv = await exported(...ofShop, '--to', 'texts', '--format', 'csv', '--client-ids', '--json');
  expect(csv.stderr).toBe('');
  expect(JSON.parse(csv.stdout)).toMatchObject({
    job: 'matrix-factorization',
    client: 'shop',
    day: DAY,
    clientIds: true,
    to: join(folder, 'texts'),
    files: [
      { file: 'users.csv', table: 'users', rows: ids.length },
      { file: 'items.csv', table: 'items' },
    ],
    withoutText: { users: 0, items: 0 },
  });
  const [, ...lines] = readFileSync(join(folder, 'texts/users.csv'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => line.split(',')[0])).toEqual(ids.map((id) => `u${id}`));
  await exported(...ofShop, '--to', 'texts', '--format', 'npy', '--client-ids');
  const texts = readFileSync(join(folder, 'texts/users.ids.ndjson'), 'utf8');
  expect(texts).toBe(ids.map((id) => `"u${id}"\n`).join(''));
  const arrays = ['users.npy', 'users.ids.npy'].map((name) => readFileSync(join(folder, 'texts', name)));
  expect(arrays).toEqual(['users.npy', 'users.ids.npy'].map((name) => readFileSync(join(folder, 'arrays', name))));
  expect(existsSync(join(folder, 'texts/users.csv'))).toBe(false);
});

describe('refused as wrong usage, with what helps', () => {
  test.each<[string, string[], string]>([
    [
      'vectors of a job without any',
      ['fpgrowth', '--format', 'npy'],
      'fpgrowth has none: choose csv, ndjson or parquet',
    ],
    ['a job without tables', ['evaluate', '--format', 'csv'], 'the output of evaluate has no tables'],
    ['a job that does not exist', ['fpgroth', '--format', 'csv'], 'did you mean fpgrowth?'],
    ['a format that does not exist', ['fpgrowth', '--format', 'xlsx'], 'Allowed choices are csv, ndjson, parquet, npy'],
    ['a day and a run', ['fpgrowth', '--format', 'csv', '--day', '15317', '--run', 'a'], 'either --day or --run'],
    [
      'a root beside --env',
      ['fpgrowth', '--format', 'csv', '--env', 'dev', '--output-path', 'x'],
      'leave out --output-path',
    ],
  ])('%s', async (_what, args, message) => {
    const { status, stdout, stderr } = await exported(...args, '--client', 'shop', '--to', 'refused');
    expect(stderr).toContain(message);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  test('a folder among the outputs of the client', async () => {
    const { status, stderr } = await exported(...ofShop, '--to', 'models/shop/word2vec/15317', '--format', 'csv');
    expect(stderr).toContain(`models/shop/word2vec/15317 is among the outputs of shop in ${join(folder, 'models')}`);
    expect(status).toBe(2);
    expect(existsSync(join(folder, 'models/shop/word2vec'))).toBe(false);
  });

  test('a folder with other files', async () => {
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full/notes.txt'), 'mine');
    const { status, stderr } = await exported(...ofShop, '--to', 'full', '--format', 'csv');
    expect(stderr).toContain('holds other files (notes.txt)');
    expect(status).toBe(2);
  });
});

test('A day that is not there fails, and the days that are there are named', async () => {
  const { status, stderr } = await exported(...ofShop, '--to', 'none', '--format', 'csv', '--day', '2011-12-08');
  expect(stderr).toMatch(/no output of matrix-factorization of day 2011-12-08 .*has 2011-12-09 \(15317\)/s);
  expect(status).toBe(1);
});
