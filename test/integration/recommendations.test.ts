/** Recommendations: the job's bytes are compared with the reference's, on random small models, and its errors are shown. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { recommendations } from '../../functions/recommendations/job.ts';
import { uniform, writeActionLines } from '../../shared/example/actions.ts';
import { forgottenText } from '../../shared/forget/forgotten-list.ts';
import { idPairLine } from '../../shared/model/id-pairs.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { type MemoryRun, runInMemory, type Settings } from '../helpers/memory-run.ts';
import { readersPython, readInPython } from '../helpers/python-tools.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { type PlainAction, recommendationsPlainly } from '../reference/recommendations.ts';

const DAY = 15_317;
const MODEL = `shop/matrix-factorization/${DAY}`;
const SHARDINGS = [1, 3, 7, 'planned'] as const;

interface Shop {
  readonly root: string;
  readonly actions: readonly PlainAction[];
  readonly users: string;
  readonly items: string;
}

interface Kind {
  readonly seed: number;
  readonly rank: number;
  readonly users: number;
  readonly items: number;
  /** Values of factors: few ones give many equal scores. */
  readonly values: number;
  readonly gzip?: boolean;
}

/** Writes a shop of three days. A third of its users have no vector, and a quarter of its items. */
function shopOf({ seed, rank, users, items, values, gzip = false }: Kind): Shop {
  const random = uniform(seed);
  const below = (limit: number) => Math.floor(limit * random());
  const root = temporaryFolder();
  const first = [0, 2 ** 31 - 5, 2 ** 40][seed % 3]!;
  const actions: PlainAction[] = [];
  for (let day = DAY - 2; day <= DAY; day++) {
    const own = Array.from({ length: 5 * users }, () => ({
      user: 1 + first + Math.floor(users * random() ** 2),
      item: first + Math.floor(items * random() ** 2),
      type: 1 + below(3),
      timeMs: day * 86_400_000 + below(86_400_000),
    }));
    actions.push(...own);
    const lines = own.map(({ user, item, type, timeMs }) =>
      JSON.stringify({
        timestamp_utc: new Date(timeMs).toISOString(),
        client: 'shop',
        userid: user,
        itemid: item,
        type,
      }),
    );
    writeActionLines(root, 'shop', day, lines, 3);
  }
  const rows = (ids: readonly number[]) =>
    ids
      .map((id) => `${id}|${Array.from({ length: rank }, () => (below(values) - values / 3) / 4).join(',')}\n`)
      .join('');
  const known = (count: number, each: number, from: number) =>
    Array.from({ length: count }, (_, at) => from + at).filter((_, at) => at % each !== 1);
  const texts = { users: rows(known(users + 9, 3, first + 1)), items: rows(known(items + 5, 4, first)) };
  writeModel(root, texts, gzip);
  return { root, actions, ...texts };
}

function writeModel(root: string, { users, items }: { users: string; items: string }, gzip = false): void {
  mkdirSync(join(root, MODEL), { recursive: true });
  writeFileSync(join(root, MODEL, gzip ? 'userFeatures.txt.gz' : 'userFeatures.txt'), gzip ? gzipSync(users) : users);
  writeFileSync(join(root, MODEL, 'productFeatures.txt'), items);
}

function writeList(root: string, name: string, items: readonly number[]): string {
  const path = join(root, `${name}.ndjson`);
  writeFileSync(path, items.map((itemid) => `${JSON.stringify({ itemid, title: 'x' })}\n`).join(''));
  return path;
}

const run = (
  shop: { readonly root: string },
  settings: Settings = {},
  shards: number | 'planned' = 1,
): Promise<MemoryRun> => runInMemory(recommendations, DAY, { inputPath: shop.root, days: 3, ...settings }, shards);

const KINDS: readonly Kind[] = [
  { seed: 1, rank: 3, users: 40, items: 30, values: 1e6 },
  { seed: 2, rank: 9, users: 70, items: 60, values: 4, gzip: true },
  { seed: 3, rank: 17, users: 25, items: 12, values: 9 },
];

describe.each(KINDS)('On the shop %j', (kind) => {
  const shop = shopOf(kind);
  const itemIds = [...new Set(shop.actions.map(({ item }) => item))].sort((a, b) => a - b);
  const bots = [...new Set(shop.actions.map(({ user }) => user))].map(
    (user) => shop.actions.filter((action) => action.user === user).length,
  );
  const [some, others] = [itemIds.filter((_, at) => at % 3 !== 0), itemIds.filter((_, at) => at % 5 === 0)];
  const cases: readonly (readonly [Settings, object])[] = [
    [{}, {}],
    [{ limit: 4, excludeSeen: false }, {}],
    [{ limit: 50, fallback: 'none' }, {}],
    [{ limit: 7 }, { allowed: some, denied: others }],
    [{ limit: 3, excludeUsersAbove: Math.max(...bots) - 1 }, { denied: others }],
  ];

  test.each(cases)('the lines are those of the reference with %j, %j', async (settings, lists) => {
    const { allowed, denied } = lists as { allowed?: number[]; denied?: number[] };
    const paths = {
      allowItemsPath: allowed === undefined ? '' : writeList(shop.root, 'allowed', allowed),
      denyItemsPath: denied === undefined ? '' : writeList(shop.root, 'denied', denied),
    };
    const defaults = { limit: 20, excludeSeen: true, fallback: 'recent-popularity', positive: [1], day: DAY } as const;
    const expected = recommendationsPlainly(shop.actions, shop.users, shop.items, {
      ...defaults,
      ...settings,
      ...lists,
    });
    for (const shards of SHARDINGS) {
      const { files, computed } = await run(shop, { ...settings, ...paths }, shards);
      expectSameBytes(files.get('part-00000')!, expected, `part-00000 in ${shards} shards, beside the reference`);
      if (shards !== 'planned') expect(computed.read).toBe(shards);
    }
  });
});

describe('On a model of matrix-factorization', () => {
  const WEIGHTS = [
    { actionType: 1, valuePerAction: 1, maxSum: 3 },
    { actionType: 2, valuePerAction: -0.5, maxSum: 1 },
    { actionType: 3, valuePerAction: 2, maxSum: 4 },
  ];
  const shop = shopOf({ seed: 4, rank: 2, users: 60, items: 40, values: 9 });
  let users = '';
  let items = '';

  beforeAll(async () => {
    rmSync(join(shop.root, MODEL), { recursive: true });
    const settings = { inputPath: shop.root, days: 3, rank: 6, actionWeightings: WEIGHTS };
    const cloud = new JobCloud({ job: matrixFactorization, client: 'shop', day: DAY, settings, activate: false });
    await cloud.run({ shards: 1 });
    mkdirSync(join(shop.root, MODEL), { recursive: true });
    for await (const { key } of cloud.output.list(`${MODEL}/`)) {
      writeFileSync(join(shop.root, key), (await cloud.output.get(key)).bytes);
    }
    users = readFileSync(join(shop.root, MODEL, 'userFeatures.txt'), 'utf8');
    items = readFileSync(join(shop.root, MODEL, 'productFeatures.txt'), 'utf8');
  });

  test('the days and the positive types are those of the model', async () => {
    const { files, counts, log } = await runInMemory(recommendations, DAY, { inputPath: shop.root });
    const settings = {
      limit: 20,
      excludeSeen: true,
      fallback: 'recent-popularity',
      positive: [1, 3],
      day: DAY,
    } as const;
    expectSameBytes(
      files.get('part-00000')!,
      recommendationsPlainly(shop.actions, users, items, settings),
      'part-00000',
    );
    const lines = files.get('part-00000')!.trimEnd().split('\n');
    expect(counts).toMatchObject({
      lines: shop.actions.length,
      rejected: 0,
      days: 3,
      users: lines.length,
      usersFromModel: users.split('\n').length - 1,
      items: items.split('\n').length - 1,
      itemsNotAllowed: 0,
      recommendations: lines.reduce((sum, line) => sum + JSON.parse(line).items.length, 0),
    });
    expect(log.filter((line) => !/has no _SUCCESS, so nothing says/.test(line))).toEqual([]);
  });

  test('other days can be given', async () => {
    const { counts } = await runInMemory(recommendations, DAY, { inputPath: shop.root, days: 1 });
    expect(counts).toMatchObject({ lines: shop.actions.length / 3, days: 1 });
  });

  test('a model that is not whole is refused', async () => {
    const path = join(shop.root, MODEL, 'productFeatures.txt');
    writeFileSync(path, items.slice(0, -1));
    await expect(runInMemory(recommendations, DAY, { inputPath: shop.root })).rejects.toThrow(/is not whole: product/);
    writeFileSync(path, items);
  });
});

describe('A small shop', () => {
  const line = (userid: number, itemid: number, type = 1) =>
    JSON.stringify({ timestamp_utc: '2011-12-09T12:00:00Z', client: 'shop', userid, itemid, type });
  const MODEL_OF_TWO = { users: '1|1,0\n2|0,1\n', items: '10|1,0.5\n20|0.5,1\n30|-1,1\n' };
  const shopWith = (lines: readonly string[], model = MODEL_OF_TWO): { root: string } => {
    const root = temporaryFolder();
    writeActionLines(root, 'shop', DAY, lines);
    writeModel(root, model);
    return { root };
  };
  const lines = [line(1, 10), line(1, 40, 2), line(3, 40), line(3, 20, 2), line(4, 50), line(4, 40)];
  const one = (shop: { root: string }, settings: Settings = {}) => run(shop, { days: 1, ...settings });

  test('every kind of line can be followed by hand', async () => {
    const { files, counts } = await one(shopWith(lines));
    // 2^(−0.5 / 7) is 0.9517: the actions are half a day old. Item 40 has two of them, and item 20 is only of type 2.
    expect(files.get('part-00000')).toBe(
      '{"user":1,"items":[[20,0.5],[30,-1]],"from":"model"}\n' +
        '{"user":2,"items":[[20,1],[30,1],[10,0.5]],"from":"model"}\n' +
        `{"user":3,"items":[[10,${Math.fround(2 ** (-0.5 / 7))}],[50,${Math.fround(2 ** (-0.5 / 7))}]],"from":"popularity"}\n` +
        `{"user":4,"items":[[10,${Math.fround(2 ** (-0.5 / 7))}]],"from":"popularity"}\n`,
    );
    expect(counts).toEqual({
      lines: 6,
      rejected: 0,
      days: 1,
      users: 4,
      usersFromModel: 2,
      usersFromPopularity: 2,
      usersWithoutList: 0,
      usersWithEmptyList: 0,
      recommendations: 8,
      items: 3,
      itemsNotAllowed: 0,
    });
  });

  test('a model that does not say its days is read with one day of actions, and a warning', async () => {
    const shop = shopWith(lines);
    const { counts, log } = await runInMemory(recommendations, DAY, { inputPath: shop.root });
    expect(counts).toMatchObject({ days: 1, lines: 6 });
    expect(log.join('\n')).toContain('does not say from how many days it was made, so 1 is read: set days');
  });

  test('a user without an item left has an empty list, and one without any list is counted', async () => {
    const shop = shopWith([line(1, 10), line(1, 20), line(9, 10)]);
    const allowItemsPath = writeList(shop.root, 'allowed', [10, 20, 99]);
    const { files, counts } = await one(shop, { allowItemsPath, fallback: 'none' });
    expect(files.get('part-00000')).toBe(
      '{"user":1,"items":[],"from":"model"}\n{"user":2,"items":[[20,1],[10,0.5]],"from":"model"}\n',
    );
    expect(counts).toMatchObject({ usersWithEmptyList: 1, usersWithoutList: 1, items: 2, itemsNotAllowed: 1 });
  });

  test('rejects of the actions and of the lists of items are published with their places', async () => {
    const shop = shopWith([...lines, 'no action']);
    const denyItemsPath = join(shop.root, 'denied.ndjson');
    writeFileSync(denyItemsPath, '{"itemid":20}\n{"item":30}\n');
    const { files, counts, log } = await one(shop, { denyItemsPath, maxRejectRatio: 0.5 });
    expect(counts).toMatchObject({ lines: 7, rejected: 1, itemsNotAllowed: 1 });
    const rejected = files.get('_rejected')!.trimEnd().split('\n');
    expect(rejected.map((text) => JSON.parse(text))).toMatchObject([
      { object: `shop/actions/${DAY}/part-00000`, line: 7 },
      { object: 'denied.ndjson', line: 2, reason: 'itemid: missing' },
    ]);
    expect(log.join('\n')).toMatch(/the items of denyItemsPath at .*: 1 of 2 lines were rejected/);
    await expect(one(shop, { denyItemsPath, maxRejectRatio: 0.2 })).rejects.toThrow(/1 of 2 lines were rejected/);
  });

  const wrong = (users: string, items = MODEL_OF_TWO.items) => ({ users, items });
  test.each([
    ['no user', wrong('\n'), 'EmptyModelError', /userFeatures.txt has no vector/],
    ['an empty file of users', wrong(''), 'EmptyModelError', /userFeatures.txt is missing or empty/],
    ['no item', wrong('1|1,0\n', '\n'), 'EmptyModelError', /productFeatures.txt has no vector/],
    [
      'another number of numbers',
      wrong('1|1,0\n2|1\n'),
      'CorruptInputError',
      /userFeatures.txt, line 2: it has fewer than 2/,
    ],
    [
      'sides of other ranks',
      wrong('1|1,0,0\n'),
      'CorruptInputError',
      /has vectors of 3 numbers, and productFeatures.txt has some of 2/,
    ],
    [
      'a number that is none',
      wrong('1|1,NaN\n'),
      'CorruptInputError',
      /userFeatures.txt, line 1: "NaN" is no finite number/,
    ],
    [
      'a line that is no vector',
      wrong('1|1,0\nx\n'),
      'CorruptInputError',
      /userFeatures.txt, line 2: it does not begin with an id/,
    ],
    [
      'items out of order',
      wrong('1|1,0\n', '20|1,1\n10|1,1\n'),
      'CorruptInputError',
      /line 2: item 10 follows item 20/,
    ],
    ['a user with two vectors', wrong('1|1,0\n1|1,0\n'), 'CorruptInputError', /user 1 has two vectors/],
    ['scores that overflow', wrong('1|3e38,3e38\n'), 'NumericalError', /the score of item 20 for user 1 is Infinity/],
  ])('a model with %s is refused', async (_, model, name, message) => {
    const failure = await one(shopWith(lines, model)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test('a missing model and missing lists of items are refused, and so are lists that leave nothing', async () => {
    const shop = shopWith([line(1, 10), line(9, 10)]);
    await expect(runInMemory(recommendations, DAY + 1, { inputPath: shop.root })).rejects.toThrow(
      /there is no model in .*matrix-factorization/,
    );
    const gone = one(shop, { allowItemsPath: join(shop.root, 'gone') });
    await expect(gone).rejects.toThrow(/allowItemsPath: there is no file at/);
    const none = one(shop, { allowItemsPath: writeList(shop.root, 'none', []) });
    await expect(none).rejects.toThrow(/allowItemsPath: .*none.ndjson names no item/);
    const nobody = one(shop, { denyItemsPath: writeList(shop.root, 'all', [10, 20, 30]) });
    await expect(nobody).rejects.toThrow(
      /nobody would get an item: 3 of the 3 items of the model may not be recommended/,
    );
  });

  test('the content of a list of items is part of the run, and its place is not', async () => {
    const shop = shopWith(lines);
    const manifestOf = async (name: string, items: readonly number[]) => {
      const { files } = await one(shop, { denyItemsPath: writeList(shop.root, name, items) });
      return JSON.parse(files.get('_SUCCESS')!).run;
    };
    const first = await manifestOf('a', [10, 20]);
    expect(await manifestOf('b', [20, 10])).toBe(first);
    expect(await manifestOf('a', [10])).not.toBe(first);
  });
});

describe('In other forms', () => {
  const READ = `
import duckdb, json
read = duckdb.sql("select * from 'recommendations-00000.parquet'")
print(json.dumps({'types': dict(zip(read.columns, map(str, read.types))), 'rows': read.fetchall()}))
`;
  const parquetOf = async (root: string, settings: Settings) => {
    const folder = temporaryFolder();
    const input = { inputPath: root, days: 3, formats: 'ndjson, parquet', ...settings };
    const cloud = new JobCloud({ job: recommendations, client: 'shop', day: DAY, settings: input });
    await cloud.run({ shards: 3 });
    for (const name of ['part-00000', 'recommendations-00000.parquet']) {
      writeFileSync(join(folder, name), (await cloud.output.get(`shop/recommendations/${DAY}/${name}`)).bytes);
    }
    const lines = readFileSync(join(folder, 'part-00000'), 'utf8').trimEnd().split('\n');
    const rows = lines
      .map((line) => JSON.parse(line))
      .flatMap(({ user, items, from }) =>
        items.map(([item, score]: [number, number], place: number) => [user, place + 1, item, score, from]),
      );
    return { read: await readInPython(READ, [], folder), rows };
  };

  beforeAll(async () => void (await readersPython()), 480_000);

  test('DuckDB reads from Parquet what the lines say, to the last digit', async () => {
    const { root } = shopOf({ seed: 2, rank: 7, users: 90, items: 50, values: 1e6 });
    const { read, rows } = await parquetOf(root, { limit: 6 });
    expect(read).toEqual({
      types: { user: 'BIGINT', rank: 'INTEGER', item: 'BIGINT', score: 'FLOAT', from: 'VARCHAR' },
      rows,
    });
    expect(rows.length).toBeGreaterThan(300);
  });

  const named = (userid: number, itemid: number, user: string, item: string | null, day = DAY) =>
    JSON.stringify({
      timestamp_utc: new Date(day * 86_400_000).toISOString(),
      client: 'shop',
      client_userid: user,
      userid,
      itemid,
      client_itemid: item,
      type: 1,
    });
  const namedShop = (): string => {
    const root = temporaryFolder();
    writeActionLines(root, 'shop', DAY - 1, [
      named(1, 10, 'anna', 'red', DAY - 1),
      named(3, 20, 'Zoë "Z"', 'old', DAY - 1),
    ]);
    writeActionLines(root, 'shop', DAY, [
      named(3, 20, 'Zoë "Z"', 'blue'),
      named(4, 40, 'cleo', null),
      named(5, 10, 'dan', 'red'),
    ]);
    writeModel(root, { users: '1|1,0\n2|0,1\n', items: '10|1,0.5\n20|0.5,1\n30|-1,1\n' });
    return root;
  };

  test('with clientIds, lines and Parquet have the newest texts of the client, and ids without a text are counted', async () => {
    const root = namedShop();
    const settings = { days: 2, clientIds: true, limit: 2 };
    for (const shards of SHARDINGS) {
      const { files, counts, log } = await run({ root }, settings, shards);
      const scoreOf = (days: number) => Math.fround(2 ** (-days / 7));
      const red = Math.fround(2 ** (-1 / 7) + 2 ** (-2 / 7));
      expect(files.get('part-00000')).toBe(
        '{"user":"anna","items":[["blue",0.5],["30",-1]],"from":"model"}\n' +
          '{"user":"2","items":[["blue",1],["30",1]],"from":"model"}\n' +
          `{"user":"Zoë \\"Z\\"","items":[["red",${red}],["40",${scoreOf(1)}]],"from":"popularity"}\n` +
          `{"user":"cleo","items":[["red",${red}],["blue",${red}]],"from":"popularity"}\n` +
          `{"user":"dan","items":[["blue",${red}],["40",${scoreOf(1)}]],"from":"popularity"}\n`,
      );
      expect(counts).toMatchObject({ users: 5, namesWithoutText: 5 });
      expect(log.join('\n')).toContain('5 names in the lists are ids, because the days read have no text for them');
    }
    const { read, rows } = await parquetOf(root, settings);
    expect(read).toEqual({
      types: { user: 'VARCHAR', rank: 'INTEGER', item: 'VARCHAR', score: 'FLOAT', from: 'VARCHAR' },
      rows,
    });
  });

  test('the pairs of a day with assigned ids are read in place of its actions, and are part of the run', async () => {
    const root = namedShop();
    const pairs = (text: string) => {
      mkdirSync(join(root, `shop/ids/${DAY}`), { recursive: true });
      writeFileSync(join(root, `shop/ids/${DAY}/part-00000`), text);
    };
    const settings = { days: 2, clientIds: true, limit: 1, fallback: 'none' };
    pairs(`${idPairLine({ kind: 'user', id: 2, text: 'ben' })}${idPairLine({ kind: 'item', id: 20, text: 'green' })}`);
    const first = await run({ root }, settings, 3);
    expect(first.files.get('part-00000')).toBe(
      '{"user":"anna","items":[["green",0.5]],"from":"model"}\n{"user":"ben","items":[["green",1]],"from":"model"}\n',
    );
    pairs(idPairLine({ kind: 'user', id: 2, text: 'bob' }));
    const second = await run({ root }, settings);
    expect(second.files.get('part-00000')).toContain('{"user":"bob","items":[["old",1]]');
    const runOf = ({ files }: MemoryRun): string => JSON.parse(files.get('_SUCCESS')!).run;
    expect(runOf(second)).not.toBe(runOf(first));
    pairs('{"kind":"user"}\n');
    await expect(run({ root }, settings)).rejects.toThrow(
      /ids\/15317\/part-00000: line 1 is no pair of an id and a text/,
    );
  });

  test('a forgotten user has no line, not even with a vector, and the popularity does not count the user', async () => {
    const root = namedShop();
    mkdirSync(join(root, 'shop/_forgotten'));
    writeFileSync(join(root, 'shop/_forgotten/ids.ndjson'), forgottenText(Float64Array.of(1, 5)));
    const { files, counts } = await run({ root }, { days: 2 });
    const lines = files.get('part-00000')!.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).user)).toEqual([2, 3, 4]);
    expect(lines.slice(1).join()).not.toContain('[10,');
    expect(counts).toMatchObject({ lines: 5, forgotten: 2, usersFromModel: 1 });
  });
});
