import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { SHOP_ITEMS, writeCatalogue, writeShopLogs } from '../../benchmark/shop.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const ACTIONS = 3_000;
const folder = temporaryFolder();
beforeAll(async () => {
  await writeShopLogs(join(folder, 'gzip'), ACTIONS, true);
  await writeShopLogs(join(folder, 'plain'), ACTIONS, false);
});

const filesOf = (name: string) =>
  readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('.log'))
    .sort()
    .map((path) => readFileSync(join(folder, name, path)));

test('A day has the requested number of actions in order of time, and is the same at every run and in gzip', () => {
  const plain = filesOf('plain').map(String);
  expect(filesOf('gzip').map((bytes) => String(gunzipSync(bytes)))).toEqual(plain);
  const lines = plain.join('').split('\n').slice(0, -1);
  expect(lines).toHaveLength(ACTIONS);
  const times = lines.map((line) => line.split('\t')[0]!);
  expect(times).toEqual([...times].sort());
});

test('The logs contain users to repair and items to remove, and the catalogue has every item', () => {
  const records = filesOf('plain')
    .flatMap((bytes) => String(bytes).split('\n').slice(0, -1))
    .map((line) => JSON.parse(line.split('\t')[2]!) as { userid: number; itemid: number; type: number });
  // A tenth and a fiftieth of 3,000 are expected, each within four standard deviations.
  expect(Math.abs(records.filter(({ type }) => type === 2).length - 300)).toBeLessThan(66);
  expect(Math.abs(records.filter(({ userid }) => userid === 0).length - 60)).toBeLessThan(31);
  writeCatalogue(join(folder, 'items.ndjson'));
  const lines = readFileSync(join(folder, 'items.ndjson'), 'utf8').trimEnd().split('\n');
  const items = new Set(lines.map((line) => (JSON.parse(line) as { itemid: number }).itemid));
  expect(items.size).toBe(SHOP_ITEMS);
  expect(records.every(({ itemid }) => items.has(itemid))).toBe(true);
});
