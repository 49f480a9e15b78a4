/** The catalogue of items from a MySQL database gives the same output as from a file, and its errors say what is wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { clusterByDimension } from '../../functions/cluster-by-dimension/job.ts';
import { mostPopularByDimension } from '../../functions/mostpopulardim/job.ts';
import { tagAffinity } from '../../functions/tagaffinity/job.ts';
import { defined } from '../../shared/defined.ts';
import { actionLine, uniform, writeActionLines } from '../../shared/example/actions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { withConnection } from '../../shared/mysql/database.ts';
import { parseJdbc } from '../../shared/mysql/jdbc.ts';
import { warnOfOddIds, wholePages } from '../../shared/mysql/whole-pages.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { runSql, useMariaDb, withSql } from '../helpers/mariadb.ts';
import type { Settings } from '../helpers/memory-run.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { type Cell, CREATE_ITEM_TABLES, type TableRows } from '../helpers/seldon-tables.ts';
import { textAt } from '../helpers/store-texts.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { popularByDimensionPlainly } from '../reference/most-popular-by-dimension.ts';

const DAY = 15_317;
const LARGEST = Number.MAX_SAFE_INTEGER;
const server = useMariaDb();
const root = temporaryFolder();
const itemsPath = join(root, 'items.ndjson');

/** Empties these tables and fills them with these rows. */
async function fill(rows: TableRows): Promise<void> {
  await withSql(server(), 'shop', async (connection) => {
    for (const [table, values] of Object.entries(rows)) {
      await connection.query('DELETE FROM ??', [table]);
      if (values.length > 0) await connection.query('INSERT INTO ?? VALUES ?', [table, values]);
    }
  });
}

type ItemTable =
  | 'items'
  | 'item_attr'
  | 'item_attr_enum'
  | 'item_map_enum'
  | 'item_map_varchar'
  | 'item_map_text'
  | 'dimension'
  | 'cluster_dim_exclude'
  | 'cluster_attr_exclude';

/** Makes items as rows of tables and, the same items, as lines of a file. */
function makeItems() {
  const random = uniform(5);
  const below = (limit: number) => Math.floor(limit * random());
  const rows: Record<ItemTable, Cell[][]> = {
    items: [],
    // The attribute of tags has another kind for each type of item. Items of type 4 have none.
    item_attr: [
      [1, 'tags', 'VARCHAR', 1],
      [2, 'Tags', 'text', 2],
      [3, 'tags', 'Enum', 3],
      [4, 'category', 'ENUM', 1],
      [5, 'hidden', 'ENUM', 1],
      [6, 'price', 'INT', 1],
    ],
    item_attr_enum: Array.from({ length: 4 }, (_, value) => [3, value, ['A, b', 'c', ' D ', ',,'][value]!]),
    item_map_enum: [],
    item_map_varchar: [],
    item_map_text: [],
    dimension: [
      [10, 1, 4, 0],
      [11, 1, 4, 1],
      [12, 1, 4, 2],
      [13, 1, 4, 3],
      [20, 2, 4, 0],
      [21, 1, 4, 3],
      [22, 1, 5, 0],
      [23, 1, null, null],
      [24, 1, 4, null],
      [65_535, 1, 4, 1],
    ],
    cluster_dim_exclude: [[21], [null]],
    cluster_attr_exclude: [[5]],
  };
  /** Category → its dimensions that are not excluded. */
  const dimensionsOf = [[10, 20], [11], [12], [13]];
  const lines: string[] = [];
  for (let number = 0; number < 60; number++) {
    const item = number === 59 ? LARGEST : number;
    const type = 1 + below(4);
    rows.items.push([item, `i${item}`, type]);
    const dims: number[] = [];
    const tags: string[] = [];
    for (let count = below(3); count > 0; count--) {
      const category = below(4);
      rows.item_map_enum.push([item, 4, category]);
      dims.push(...dimensionsOf[category]!);
    }
    if (below(2) === 0) rows.item_map_enum.push([item, 5, 0]);
    // Every item has tags of every kind, but only those of its own type count.
    const word = () => ['Red', 'green ', ' BLUE', 'čaj 🫖', ''][below(5)]!;
    const [first, second, text, value] = [`${word()},${word()}`, word(), `${word()} , ${word()}`, below(4)];
    rows.item_map_varchar.push([item, 1, second, 2], [item, 1, first, 1]);
    rows.item_map_text.push([item, 2, below(5) === 0 ? null : text]);
    rows.item_map_enum.push([item, 3, value]);
    if (type === 1) tags.push(first, second);
    if (type === 2) tags.push(rows.item_map_text.at(-1)![2] === null ? '' : text);
    if (type === 3) tags.push(['A, b', 'c', ' D ', ',,'][value]!);
    lines.push(JSON.stringify({ itemid: item, dims, tags }));
  }
  // The product may rely neither on the order of the rows nor on their being distinct.
  for (const table of Object.values(rows)) table.reverse();
  rows.item_map_enum.push(rows.item_map_enum[7]!);
  rows.items.push(rows.items[3]!);
  return { rows, lines };
}

const { rows, lines } = makeItems();

beforeAll(async () => {
  await server().create('shop');
  await runSql(server(), 'shop', CREATE_ITEM_TABLES);
  writeFileSync(itemsPath, lines.map((line) => `${line}\n`).join(''));
  const random = uniform(9);
  const actions = Array.from({ length: 3000 }, () => {
    const user = 1 + Math.floor(40 * random());
    const item = (3 * user + Math.floor(12 * random())) % 60;
    return actionLine(user, item === 59 ? LARGEST : item);
  });
  writeActionLines(root, 'shop', DAY, actions);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const SETTINGS = new Map<AnyJob, Settings>([
  [clusterByDimension, { minClusterSize: 2, delta: 0.05 }],
  [tagAffinity, { minTagCount: 1, maxAllowedTags: 10, minPcIncrease: 0.1 }],
]);
const JOBS = [...SETTINGS.keys()];
const cloudOf = (job: AnyJob, settings: Settings) =>
  new JobCloud({ job, client: 'shop', day: DAY, settings: { inputPath: root, ...SETTINGS.get(job), ...settings } });
const withDatabase = (job: AnyJob, more: Settings = {}) =>
  cloudOf(job, defined({ jdbc: server().jdbc('shop'), tagAttr: job === tagAffinity ? 'tags' : undefined, ...more }));
const fileOf = (cloud: JobCloud, job: AnyJob) => textAt(cloud.output, `shop/${job.writes}/${DAY}/part-00000`);

describe.each(JOBS)('With $name', (job) => {
  test('tables without an index give the same bytes as a file', async () => {
    await fill(rows);
    const [database, file] = [withDatabase(job), cloudOf(job, { itemsPath })];
    await database.run();
    await file.run();
    const text = await fileOf(file, job);
    expect(text.split('\n').length).toBeGreaterThan(20);
    expect(text).toContain(job === tagAffinity ? '"tag":"čaj 🫖"' : '"dim":20');
    expectSameBytes(await fileOf(database, job), text, 'part-00000, from tables beside from a file');
  });

  test('a changed table gives another run, and reordered rows give the same run, which is done', async () => {
    await fill(rows);
    const cloud = withDatabase(job);
    const first = await cloud.run();
    await fill({ items: rows.items.toReversed() });
    expect(await cloud.run()).toMatchObject({ id: first.id, done: true });
    await fill({ items: rows.items.slice(5), item_map_enum: rows.item_map_enum.slice(5) });
    const second = await cloud.run();
    expect(second).toMatchObject({ done: false });
    expect(second.id).not.toBe(first.id);
  });

  test('no log, object, event or answer shows the password', async () => {
    await fill(rows);
    const cloud = withDatabase(job);
    await cloud.run();
    const secrets = [server().password, encodeURIComponent(server().password)];
    const seen: string[] = [cloud.log.join('\n')];
    for (const store of [cloud.output, cloud.config]) {
      for await (const { key } of store.list('')) {
        seen.push(Buffer.from((await store.get(key)).bytes).toString('latin1'));
      }
    }
    for (const { event, answer, handler } of cloud.invocations) {
      seen.push(JSON.stringify(answer));
      // This test gives the password in the execution's input, which only `configure` reads. The command `start` refuses that.
      if (handler !== 'configure') seen.push(JSON.stringify(event));
    }
    for (const secret of secrets) expect(seen.filter((text) => text.includes(secret))).toEqual([]);
    expect(cloud.log.join()).toContain('jdbc holds a password');
  });

  test('a secret address gives no warning of a password', async () => {
    await fill(rows);
    vi.stubEnv('SECRET_SHOP_DB', server().jdbc('shop'));
    const cloud = withDatabase(job, { jdbc: 'secret:shop/db' });
    await cloud.run();
    expect(cloud.log.join()).not.toContain('jdbc holds a password');
  });

  test('tables without an item block the activation, and under gate warn an empty file is published', async () => {
    await fill({ ...rows, items: [], item_map_enum: [], item_map_varchar: [], item_map_text: [] });
    await expect(withDatabase(job).run()).rejects.toThrow('empty: there is no line');
    const cloud = withDatabase(job, { gate: 'warn' });
    await cloud.run();
    expect(await fileOf(cloud, job)).toBe('');
  });

  test('ids that no action can have are left out with a warning', async () => {
    await fill({ ...rows, item_map_enum: [...rows.item_map_enum, ['9007199254740993', 4, 1], [-1, 4, 1]] });
    const cloud = withDatabase(job);
    await cloud.run();
    expect(cloud.log.join()).toContain('2 rows of item_map_enum have an item_id below 0 or above 2^53 - 1: left out');
  });
});

test('Popular items take all dimensions, also excluded ones, and need no tables of exclusions', async () => {
  await server().create('popular');
  const { item_map_enum: items, dimension } = rows;
  await withSql(server(), 'popular', async (connection) => {
    for (const statement of CREATE_ITEM_TABLES.filter((text) => /TABLE (item_map_enum|dimension) /.test(text))) {
      await connection.query(statement);
    }
    await connection.query('INSERT INTO item_map_enum VALUES ?', [items]);
    await connection.query('INSERT INTO dimension VALUES ?', [dimension]);
  });
  const cloud = cloudOf(mostPopularByDimension, { jdbc: server().jdbc('popular'), activate: true });
  await cloud.run();
  const dimensions = new Map<number, Set<number>>();
  for (const [item, attribute, value] of items) {
    for (const [dim, , attr, val] of dimension) {
      if (attr !== attribute || val !== value || attr === null || val === null || Number(dim) >= 65_535) continue;
      dimensions.set(Number(item), (dimensions.get(Number(item)) ?? new Set()).add(Number(dim)));
    }
  }
  const actions = readFileSync(join(root, `shop/actions/${DAY}/part-00000`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ item: JSON.parse(line).itemid as number, value: 0 }));
  const text = await fileOf(cloud, mostPopularByDimension);
  expectSameBytes(
    text,
    popularByDimensionPlainly(actions, dimensions, { k: 1000, minCount: 0, requiredDimensions: [] }),
    'part-00000 beside the reference',
  );
  // Dimension 21 and the attribute of dimension 22 are excluded for clusters, and dimension 20 is of another type of item.
  for (const dim of [20, 21, 22]) expect(text).toContain(`{"dim":${dim},`);
  expect(await textAt(cloud.config, 'all_clients/shop/mostpopulardim')).toMatch(
    new RegExp(`/shop/models/mostpopulardim/${DAY}-[0-9a-f]{16}$`),
  );
  expect(await textAt(cloud.config, 'config/mostpopulardim')).toBe('shop');
});

describe('The run fails', () => {
  const failing = async (job: AnyJob, more: Settings): Promise<Error> =>
    withDatabase(job, more)
      .run()
      .then(
        () => expect.fail('the run did not fail'),
        (error: Error) => error,
      );

  test.each([
    ['the tag attribute does not exist', { tagAttr: 'colour' }, 'ConfigError', 'tagAttr "colour" is no attribute'],
    ['the tag attribute is a number', { tagAttr: 'price' }, 'ConfigError', 'is of kind INT for items of type 1'],
  ])('when %s', async (_case, settings, name, message) => {
    await fill(rows);
    expect(await failing(tagAffinity, settings)).toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test('when a table is missing', async () => {
    await runSql(server(), 'shop', ['RENAME TABLE cluster_dim_exclude TO elsewhere']);
    try {
      const error = await failing(clusterByDimension, {});
      expect(error).toMatchObject({ name: 'DatabaseError' });
      expect(error.message).toMatch(
        /cluster-by-dimension, client shop, step configure: .*cluster_dim_exclude' doesn't/,
      );
    } finally {
      await runSql(server(), 'shop', ['RENAME TABLE elsewhere TO cluster_dim_exclude']);
    }
  });
});

describe('Pages of a table', () => {
  const address = () => parseJdbc(server().jdbc('shop'));
  const pages = (rows: readonly (readonly [number | string | null, number])[], pageRows: number) =>
    withConnection(address(), async (database) => {
      await database.run('creating', 'CREATE OR REPLACE TABLE paged (id bigint, value int)');
      if (rows.length > 0) await database.run('filling', 'INSERT INTO paged VALUES ?', [rows]);
      const table = { table: 'paged', id: 'id', columns: ['value'], pageRows };
      const found = [];
      for await (const page of wholePages(database, table)) found.push(page.map((row) => row.join(':')).sort());
      const warnings: string[] = [];
      await warnOfOddIds(database, table, (message) => warnings.push(message));
      return { found, warnings };
    });

  test('have all rows of each of their ids, even when an id has more rows than a page', async () => {
    const rows = [1, 1, 2, 2, 2, 2, 2, 2, 2, 3, LARGEST].map((id, value) => [id, value] as const);
    // The first three rows end within id 2. From id 2 on, three and six rows are all of id 2, so the limit doubles to
    // twelve, which is more than the rows that are left.
    const { found } = await pages([...rows].reverse(), 3);
    expect(found).toEqual([
      ['1:0', '1:1'],
      ['2:2', '2:3', '2:4', '2:5', '2:6', '2:7', '2:8', '3:9', `${LARGEST}:10`],
    ]);
  });

  test.each([1, 2, 3, 4, 5, 100])('give every row once with %i rows for each page', async (pageRows) => {
    const random = uniform(pageRows);
    const rows = Array.from({ length: 40 }, (_, value) => [Math.floor(12 * random()), value] as const);
    const { found } = await pages(rows, pageRows);
    expect(found.flat().sort()).toEqual(rows.map((row) => row.join(':')).sort());
    const ids = found.map((page) => new Set(page.map((row) => row.split(':')[0])));
    expect(ids.flatMap((idsOfPage) => [...idsOfPage]).length).toBe(new Set(rows.map(([id]) => id)).size);
  });

  test('leave out rows whose id no item can have', async () => {
    const { found, warnings } = await pages(
      [
        [null, 1],
        [-5, 2],
        ['9007199254740992', 3],
        [0, 4],
      ],
      1,
    );
    expect(found).toEqual([['0:4']]);
    expect(warnings).toEqual(['2 rows of paged have an id below 0 or above 2^53 - 1: left out']);
  });

  test('are refused when the ids are no integers', async () => {
    const reading = withConnection(address(), async (database) => {
      await database.run('creating', 'CREATE OR REPLACE TABLE words (id varchar(9))');
      await database.run('filling', "INSERT INTO words VALUES ('5'), ('6')");
      for await (const _page of wholePages(database, { table: 'words', id: 'id', columns: [], pageRows: 1 }));
    });
    await expect(reading).rejects.toThrow('reading words: column id must hold integers');
  });
});
