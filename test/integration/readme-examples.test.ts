/** The examples in the jobs' READMEs: the input and the result are read from the page, and the job must give this result. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadJob } from '../../functions/registry.ts';
import { writeActionLines } from '../../shared/example/actions.ts';
import type { JsonValue } from '../../shared/json.ts';
import { blocksOf, textOf } from '../helpers/documents.ts';
import { runInMemory, type Settings } from '../helpers/memory-run.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;

interface Action {
  readonly user: number;
  readonly item: number;
  readonly type?: number;
  readonly value?: number;
  readonly time?: string;
}

/** Returns the block of a job's README that shows how its input becomes its output. */
const exampleIn = (job: string): string =>
  blocksOf(`functions/${job}/README.md`).find(({ language }) => language === 'text')!.text;

/** Runs the job on these actions and resolves to the lines that it publishes. */
async function linesOf(name: string, actions: readonly Action[], settings: Settings): Promise<string[]> {
  const inputPath = temporaryFolder();
  const lines = actions.map(({ user, item, type = 1, value, time = '2011-12-09T08:00:00Z' }) =>
    JSON.stringify({ timestamp_utc: time, client: 'shop', userid: user, itemid: item, type, value }),
  );
  writeActionLines(inputPath, 'shop', DAY, lines);
  const { files } = await runInMemory(await loadJob(name), DAY, { ...settings, inputPath });
  return files.get('part-00000')!.trimEnd().split('\n');
}

/** Writes a file with one JSON object for each item and returns its path. */
function catalogue(items: readonly Readonly<Record<string, JsonValue>>[]): string {
  const path = join(temporaryFolder(), 'items.ndjson');
  writeFileSync(path, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  return path;
}

const times = (count: number, user: number, item: number): Action[] =>
  Array.from({ length: count }, () => ({ user, item }));

test('basketanalysis gives the baskets of its README', async () => {
  const block = exampleIn('basketanalysis');
  const actions = [...block.matchAll(/^([\d:]{8}) {2}user (\d+) {2}item (\d+) +type (\d)/gm)].map(
    ([, time, user, item, type]) => ({
      user: Number(user),
      item: Number(item),
      type: Number(type),
      time: `2011-12-09T${time}Z`,
    }),
  );
  const expected = [...block.matchAll(/line `([\d ]+)`/g)].map(([, line]) => line);
  expect([actions.length, expected.length]).toEqual([5, 2]);
  const settings = { maxIntraSessionGapSecs: 1800, addToBasketType: 1, removeFromBasketType: 2 };
  expect(await linesOf('basketanalysis', actions, settings)).toEqual(expected);
});

test('sessionitems gives the sessions of its README', async () => {
  const block = exampleIn('sessionitems');
  const actions = [...block.matchAll(/"timestamp_utc":"([^"]+)",…,"userid":(\d+),"itemid":(\d+)/g)].map(
    ([, time, user, item]) => ({ user: Number(user), item: Number(item), time: time! }),
  );
  const [, first, second] = /lines `([\d ]+)` and `([\d ]+)`/.exec(block)!;
  expect(actions.length).toBe(3);
  expect(await linesOf('sessionitems', actions, { maxIntraSessionGapSecs: 1800 })).toEqual([first, second]);
});

test('cluster-by-dimension gives the cluster of its README', async () => {
  const block = exampleIn('cluster-by-dimension');
  expect(block).toContain('item 20: dims 4, 9');
  expect(block).toContain('dim 4: 20 of 100, dim 9: 45 of 100');
  const itemsPath = catalogue([
    { itemid: 20, dims: [4, 9] },
    { itemid: 4, dims: [4] },
    { itemid: 9, dims: [9] },
    { itemid: 5, dims: [5] },
  ]);
  const own = [...times(2, 7, 20), { user: 7, item: 31 }];
  const others = [...times(18, 8, 4), ...times(43, 8, 9), ...times(35, 8, 5)];
  const settings = { itemsPath, delta: 0.1, minClusterSize: 1, gate: 'warn' };
  const lines = await linesOf('cluster-by-dimension', [...own, ...others], settings);
  expect(lines.filter((line) => line.startsWith('{"user":7,'))).toEqual([/\{"user.*\}/.exec(block)![0]]);
});

test('tagaffinity gives the tag of its README', async () => {
  const block = exampleIn('tagaffinity');
  const [, tags] = /item 20: tags "([^"]+)"/.exec(block)!;
  expect(block).toContain('10 actions on items with tags, 5 of them on drama');
  expect(block).toContain('100 actions on items with tags, 25 of them on drama');
  const rare = [1, 2, 3, 4, 5];
  const itemsPath = catalogue([
    { itemid: 20, tags: tags! },
    { itemid: 21, tags: 'old' },
    ...rare.map((item) => ({ itemid: item, tags: `rare ${item}` })),
  ]);
  const own = [...times(5, 7, 20), ...rare.map((item) => ({ user: 7, item }))];
  const others = [...times(20, 8, 20), ...times(70, 8, 21)];
  const lines = await linesOf('tagaffinity', [...own, ...others], { itemsPath, tagAttr: 'tags', gate: 'warn' });
  expect(lines.filter((line) => line.startsWith('{"user":7,'))).toEqual([/\{"user.*\}/.exec(block)![0]]);
});

test('similar-items gives the similarity of its README', async () => {
  const page = textOf('functions/similar-items/README.md').replaceAll('\n', ' ');
  expect(page).toContain('nine users took item 20, sixteen took item 30, and five took both');
  const users = Array.from({ length: 20 }, (_, user) => user + 1);
  const actions = users.flatMap((user) => [
    ...(user <= 9 ? [{ user, item: 20 }] : []),
    ...(user > 4 ? [{ user, item: 30 }] : []),
  ]);
  const settings = { dimsumThreshold: 0, minItemsPerUser: 0, minUsersPerItem: 0, itemType: 1 };
  expect(await linesOf('similar-items', actions, settings)).toEqual([/\{"item1":20.*?\}/.exec(page)![0]]);
});

test('mostpopular gives the two lines of its README', async () => {
  const page = textOf('functions/mostpopular/README.md');
  expect(page).toContain('three users act on item 20 twice each, and on item 31 once each');
  const actions = [7, 8, 9].flatMap((user) => [...times(2, user, 20), { user, item: 31 }]);
  const lines = [...page.matchAll(/^\{"item".*\}$/gm)].map(([line]) => line);
  expect(lines).toHaveLength(2);
  expect(await linesOf('mostpopular', actions, {})).toEqual(lines);
});

test('mostpopulardim gives the three lines of its README', async () => {
  const page = textOf('functions/mostpopulardim/README.md').replaceAll('\n', ' ');
  expect(page).toContain('item 20 has the dimensions 4 and 9, and item 31 has dimension 9. Item 20 is viewed twice');
  expect(page).toContain('Item 31 is rated once, with 2.5, and viewed once.');
  const itemsPath = catalogue([
    { itemid: 20, dims: [4, 9] },
    { itemid: 31, dims: [9] },
  ]);
  const actions = [...times(2, 7, 20), { user: 8, item: 31, value: 2.5 }, { user: 8, item: 31 }];
  const lines = [...page.matchAll(/\{"dim".*?\}/g)].map(([line]) => line);
  expect(lines).toHaveLength(3);
  expect(await linesOf('mostpopulardim', actions, { itemsPath })).toEqual(lines);
});
