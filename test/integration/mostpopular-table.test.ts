/**
 * The table of popular items on a real MariaDB, as Seldon's server reads it (`test/helpers/popularity-reader.ts`). A reader that
 * polls always sees the whole old or the whole new table. What would be stored wrongly is found before anything is emptied.
 */
import { createHash } from 'node:crypto';
import type { Connection } from 'mysql2/promise';
import { beforeEach, describe, expect, test } from 'vitest';
import { mostPopular } from '../../functions/mostpopular/job.ts';
import { POPULARITIES } from '../../functions/mostpopular/popularity-table.ts';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { DatabaseUnavailableError } from '../../shared/errors.ts';
import { actionLine, writeActionLines } from '../../shared/example/actions.ts';
import type { JsonValue } from '../../shared/json.ts';
import { FilledTable } from '../../shared/live/filled-table.ts';
import { answerRequest, type LiveRequest } from '../../shared/live/requests.ts';
import { decideTable } from '../../shared/live/table-decision.ts';
import { connect } from '../../shared/mysql/database.ts';
import { parseJdbc } from '../../shared/mysql/jdbc.ts';
import type { TableMark } from '../../shared/mysql/table-mark.ts';
import { BEGUN, SUCCESS, versionFolder } from '../../shared/store/keys.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { minutesLater } from '../helpers/live.ts';
import { useMariaDb, withSql } from '../helpers/mariadb.ts';
import { type PopularItem, readPopular, readPopularOf } from '../helpers/popularity-reader.ts';
import { CREATE_ITEM_TABLES } from '../helpers/seldon-tables.ts';
import { SqlProxy } from '../helpers/sql-proxy.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const server = useMariaDb();
const DAY = 15_317;
const NOW = new Date('2011-12-12T08:00:00Z');
const LIVE = 'items_recent_popularity';
const NEXT = 'items_recent_popularity_new';
const ASSETS = 'items_recent_popularity_assets';
/** The table of Seldon's `client.sql`. */
const SELDONS =
  '(item_id int unsigned NOT NULL, score float DEFAULT 0, decay_id int NOT NULL DEFAULT 0, ' +
  'last_update timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp, ' +
  'PRIMARY KEY (item_id, decay_id), KEY score (score, decay_id), KEY decay_id (decay_id))';

let database: string;
let store: MemoryStore;
let config: MemoryStore;
let created = 0;

beforeEach(async () => {
  database = `popular${created++}`;
  await server().create(database);
  store = new MemoryStore('/models');
  config = new MemoryStore('/config');
});

const using = <T>(use: (connection: Connection) => Promise<T>): Promise<T> => withSql(server(), database, use);
const sql = (statement: string) => using((connection) => connection.query(statement));
const rowsOf = async (statement: string) => (await sql(statement))[0] as Readonly<Record<string, unknown>>[];
const tables = async () => (await rowsOf('SHOW TABLES')).map((row) => String(Object.values(row)[0])).sort();
const popular = (n = 10): Promise<PopularItem[]> => using((connection) => readPopular(connection, n));

const runOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 16);

/** Publishes a version, requested so many minutes after the first day. */
async function publish(name: string, rows: readonly PopularItem[], minutes = 1, day = DAY): Promise<TableMark> {
  const run = runOf(name);
  const requestedAt = minutesLater(minutes);
  const folder = versionFolder('shop', 'mostpopular', day, run);
  const text = rows.map(([item, count]) => `{"item":${item},"count":${count}}\n`).join('');
  await store.put(folder + BEGUN, JSON.stringify({ run, requestedAt }));
  await store.put(`${folder}part-00000`, text);
  const files = [
    { name: 'part-00000', size: text.length, sha256: createHash('sha256').update(text).digest('hex') },
    { name: '_rejected', size: 1, sha256: createHash('sha256').update('\n').digest('hex') },
  ];
  await store.put(`${folder}_rejected`, '\n');
  const counts = { items: rows.length };
  const manifest = { run, job: 'mostpopular', version: 1, client: 'shop', day, settings: {}, counts, files };
  await store.put(folder + SUCCESS, JSON.stringify(manifest));
  return { run, day, requestedAt, client: 'shop', at: NOW.toISOString(), by: 'run', because: null };
}

/** Sends a published version to the table, as a run does. */
async function send(mark: TableMark, port = server().port) {
  await using table = new FilledTable(POPULARITIES, await connect({ ...parseJdbc(server().jdbc(database)), port }));
  const folder = versionFolder('shop', 'mostpopular', mark.day, mark.run);
  return await table.fill({ store, folder }, mark, (live) =>
    decideTable(mark, { live, hold: null, table: table.describe }, NOW),
  );
}

const upload = async (name: string, rows: readonly PopularItem[], minutes = 1, day = DAY) =>
  send(await publish(name, rows, minutes, day));

async function check(user?: string): Promise<void> {
  const address = parseJdbc(server().jdbc(database));
  await using table = new FilledTable(
    POPULARITIES,
    await connect(user === undefined ? address : { ...address, user, password: 'x' }),
  );
  await table.check();
}

test('A run fills the table, and the server reads it with and without dimensions', async () => {
  await sql(`CREATE TABLE ${LIVE} ${SELDONS}`);
  const root = temporaryFolder();
  const items = [7, 7, 7, 40, 40, 3, 12, 12, 12, 12, 0];
  writeActionLines(
    root,
    'shop',
    DAY,
    items.map((item, user) => actionLine(user + 1, item)),
  );
  const settings = { inputPath: root, jdbc: server().jdbc(database), activate: true };
  const cloud = new JobCloud({ job: mostPopular, client: 'shop', day: DAY, settings });
  const { id } = await cloud.run();
  expect(await popular(3)).toEqual([
    [12, 4],
    [7, 3],
    [40, 2],
  ]);
  const rows = await rowsOf(
    `SELECT item_id, score, decay_id, last_update > '2020-01-01' AS isNow FROM ${LIVE} ORDER BY item_id`,
  );
  expect(rows).toEqual([3, 7, 12, 40].map((item) => expect.objectContaining({ item_id: item, decay_id: 0, isNow: 1 })));
  await using(async (connection) => {
    for (const statement of CREATE_ITEM_TABLES) await connection.query(statement);
    await connection.query("INSERT INTO items VALUES (7, 'a', 1), (12, 'b', 2), (40, 'c', 1), (3, 'd', 1)");
    await connection.query('INSERT INTO dimension VALUES (5, 1, 9, 1), (6, 1, 9, 2)');
    // Item 12 is of another type than dimension 5, and item 40 is in two dimensions.
    await connection.query('INSERT INTO item_map_enum VALUES (7, 9, 1), (12, 9, 1), (40, 9, 1), (40, 9, 2), (3, 9, 2)');
    const [seven, forty, three] = [
      [7, 3],
      [40, 2],
      [3, 1],
    ] as const;
    expect(await readPopularOf(connection, [5], 10)).toEqual([seven, forty]);
    expect(await readPopularOf(connection, [5, 6], 10)).toEqual([seven, forty, forty, three]);
  });
  const [{ TABLE_COMMENT: comment }] = (await rowsOf(
    `SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' AND TABLE_NAME = '${LIVE}'`,
  )) as [{ TABLE_COMMENT: string }];
  expect(JSON.parse(comment)).toMatchObject({ run: id, day: DAY, client: 'shop', by: 'run' });
});

describe('The tables', () => {
  test('are made when both are missing, with the columns and keys of the original schema', async () => {
    expect(await upload('a', [[5, 2]])).toEqual({ outcome: 'filled', rows: 1 });
    expect(await tables()).toEqual([LIVE, NEXT]);
    await sql(`CREATE TABLE seldons ${SELDONS}`);
    const columnsOf = (table: string) => rowsOf(`SHOW COLUMNS FROM ${table}`);
    const keysOf = async (table: string) =>
      (await rowsOf(`SHOW KEYS FROM ${table}`)).map((key) => [key.Key_name, key.Non_unique, key.Column_name]);
    for (const table of [LIVE, NEXT]) {
      expect(await columnsOf(table)).toEqual(await columnsOf('seldons'));
      expect(await keysOf(table)).toEqual(await keysOf('seldons'));
    }
    expect(await popular()).toEqual([[5, 2]]);
  });

  test('A missing next table is made like the live one, whose ids may be wide', async () => {
    await sql(`CREATE TABLE ${LIVE} (item_id bigint NOT NULL PRIMARY KEY, score float)`);
    expect(await upload('a', [[2 ** 53 - 1, 9]])).toEqual({ outcome: 'filled', rows: 1 });
    expect(await popular()).toEqual([[2 ** 53 - 1, 9]]);
    expect((await rowsOf(`SHOW COLUMNS FROM ${NEXT}`)).map(({ Type }) => Type)).toEqual(['bigint(20)', 'float']);
  });

  test('Rows are sent in batches of 5,000, and a row has no second decay_id', async () => {
    await sql(`CREATE TABLE ${LIVE} ${SELDONS}`);
    await sql(`INSERT INTO ${LIVE} (item_id, score, decay_id) VALUES (1, 99, 1), (2, 50, 0)`);
    await using proxy = new SqlProxy(server().port);
    const port = await proxy.listen();
    const rows = Array.from({ length: 10_001 }, (_, item): PopularItem => [item + 1, 20_000 - item]);
    expect(await send(await publish('a', rows), port)).toEqual({ outcome: 'filled', rows: 10_001 });
    expect(proxy.statements.filter((statement) => statement.startsWith('INSERT'))).toHaveLength(3);
    expect(proxy.statements.filter((statement) => statement.startsWith('RENAME'))).toHaveLength(1);
    expect(
      await rowsOf(`SELECT COUNT(*) AS n, COUNT(DISTINCT item_id) AS items, MAX(decay_id) AS decay FROM ${LIVE}`),
    ).toEqual([{ n: 10_001, items: 10_001, decay: 0 }]);
    expect(await popular(2)).toEqual([
      [1, 20_000],
      [2, 19_999],
    ]);
  });
});

describe('Types that the server cannot read', () => {
  const TYPES = [
    ['item_id', 'int NOT NULL', 'Integer cannot be cast to Long'],
    ['item_id', 'bigint unsigned NOT NULL', 'BigInteger cannot be cast to Long'],
    ['score', 'double DEFAULT 0', 'Double cannot be cast to Float'],
    ['score', 'int DEFAULT 0', 'Integer cannot be cast to Float'],
  ] as const;

  test.each(
    TYPES.flatMap(([column, type, error]) => [LIVE, NEXT].map((table) => [column, type, table, error] as const)),
  )(
    '%s %s of %s is refused before anything is emptied, and the printed statement corrects it',
    async (column, type, table, error) => {
      for (const name of [LIVE, NEXT]) await sql(`CREATE TABLE ${name} ${SELDONS}`);
      await sql(`ALTER TABLE ${table} MODIFY ${column} ${type}`);
      for (const name of [LIVE, NEXT]) await sql(`INSERT INTO ${name} (item_id, score) VALUES (8, 4)`);
      if (table === LIVE) await expect(popular()).rejects.toThrow(error);
      const refused = (await upload('a', [[5, 2]]).catch((caught: unknown) => caught)) as Error;
      expect(refused).toMatchObject({
        name: 'DatabaseError',
        message: expect.stringContaining(`table ${table}: column ${column} is`),
      });
      await expect(check()).rejects.toThrow(refused.message.slice(refused.message.indexOf('table ')));
      for (const name of [LIVE, NEXT]) expect(await rowsOf(`SELECT item_id FROM ${name}`)).toEqual([{ item_id: 8 }]);
      await sql(refused.message.slice(refused.message.indexOf('ALTER TABLE')));
      await check();
      await upload('b', [[5, 2]]);
      expect(await popular()).toEqual([[5, 2]]);
    },
  );

  test('in both tables are shown with both statements', async () => {
    for (const name of [LIVE, NEXT]) await sql(`CREATE TABLE ${name} (item_id int NOT NULL PRIMARY KEY, score double)`);
    const refused = (await check().catch((caught: unknown) => caught)) as Error;
    const statements = refused.message.slice(refused.message.indexOf('ALTER TABLE')).split('; ');
    expect(statements).toEqual(
      [LIVE, NEXT].map((name) => `ALTER TABLE ${name} MODIFY item_id BIGINT NOT NULL, MODIFY score FLOAT DEFAULT 0`),
    );
    for (const statement of statements) await sql(statement);
    await check();
  });

  test.each([
    ['decay_id int NOT NULL DEFAULT 3', 'column decay_id has the default 3, and must have 0'],
    ['decay_id int DEFAULT NULL', 'column decay_id has the default NULL, and must have 0'],
    ['kind int NOT NULL', 'column kind (int(11)) needs a value'],
  ])('A column %s is refused', async (column, wrong) => {
    await sql(`CREATE TABLE ${LIVE} (item_id int unsigned NOT NULL PRIMARY KEY, score float, ${column})`);
    const refused = (await check().catch((caught: unknown) => caught)) as Error;
    expect(refused.message).toContain(wrong);
    await sql(refused.message.slice(refused.message.indexOf('ALTER TABLE')));
    await check();
  });
});

test('An id that does not fit is found before the table is emptied, and the printed statements make room for it', async () => {
  for (const name of [LIVE, NEXT]) await sql(`CREATE TABLE ${name} ${SELDONS}`);
  for (const name of [LIVE, NEXT]) await sql(`INSERT INTO ${name} (item_id, score) VALUES (8, 4)`);
  const rows = Array.from({ length: 6_000 }, (_, item): PopularItem => [item + 1, 9]);
  const mark = await publish('a', [...rows, [4_294_967_295, 2], [4_294_967_296, 1]]);
  const refused = (await send(mark).catch((caught: unknown) => caught)) as Error;
  expect(refused).toMatchObject({
    name: 'DatabaseError',
    message: expect.stringContaining('item 4294967296 of shop/'),
  });
  for (const name of [LIVE, NEXT]) expect(await rowsOf(`SELECT item_id FROM ${name}`)).toEqual([{ item_id: 8 }]);
  const statements = refused.message.slice(refused.message.indexOf('ALTER TABLE')).split('; ');
  expect(statements).toEqual([LIVE, NEXT].map((name) => `ALTER TABLE ${name} MODIFY item_id BIGINT NOT NULL`));
  for (const statement of statements) await sql(statement);
  expect(await send(mark)).toEqual({ outcome: 'filled', rows: 6_002 });
  expect((await popular(6_002)).slice(-2)).toEqual([
    [4_294_967_295, 2],
    [4_294_967_296, 1],
  ]);
});

describe('The assets, items that are to be in the table in any case,', () => {
  beforeEach(async () => {
    await sql(`CREATE TABLE ${LIVE} ${SELDONS}`);
  });

  test('are added, and the rows of the run win over them', async () => {
    await sql(`CREATE TABLE ${ASSETS} (note text, item_id bigint, score double, decay_id int)`);
    await sql(`INSERT INTO ${ASSETS} VALUES ('x', 5, 1000, 0), (NULL, 6, 1.5, 0)`);
    await check();
    expect(await upload('a', [[5, 2]])).toEqual({ outcome: 'filled', rows: 2 });
    expect(await popular()).toEqual([
      [5, 2],
      [6, 1.5],
    ]);
  });

  test('with a decay_id of their own are added under it', async () => {
    await sql(`CREATE TABLE ${ASSETS} LIKE ${LIVE}`);
    await sql(`INSERT INTO ${ASSETS} (item_id, score, decay_id) VALUES (6, 7, 4)`);
    await upload('a', [[5, 2]]);
    expect(await rowsOf(`SELECT item_id, decay_id FROM ${LIVE} ORDER BY item_id`)).toEqual([
      { item_id: 5, decay_id: 0 },
      { item_id: 6, decay_id: 4 },
    ]);
  });

  test.each([
    ['(4294967296, 1, 0)', 'item 4294967296 of items_recent_popularity_assets does not fit'],
    ['(-1, 1, 0)', 'a row with item_id -1, score 1 and decay_id 0'],
    ['(NULL, 1, 0)', 'a row with item_id null'],
    ['(6, NULL, 0)', 'score null'],
    ['(6, 1, NULL)', 'decay_id null'],
    ['(6, 1e39, 0)', 'score 1e+39'],
    ['(6, 1, 2147483648)', 'decay_id 2147483648'],
  ])('with the row %s are refused before anything is emptied', async (row, wrong) => {
    await sql(`CREATE TABLE ${NEXT} LIKE ${LIVE}`);
    await sql(`INSERT INTO ${NEXT} (item_id, score) VALUES (8, 4)`);
    await sql(`CREATE TABLE ${ASSETS} (item_id bigint, score double, decay_id bigint)`);
    await sql(`INSERT INTO ${ASSETS} VALUES ${row}`);
    await expect(check()).rejects.toThrow(wrong);
    await expect(upload('a', [[5, 2]])).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringContaining(wrong),
    });
    expect(await rowsOf(`SELECT item_id FROM ${NEXT}`)).toEqual([{ item_id: 8 }]);
  });
});

/** Polls the table as the server does, until it is disposed. `seen` has each sum and number of rows that was read. */
class Poller implements AsyncDisposable {
  readonly seen = new Set<string>();
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor() {
    this.#ended = using(async (connection) => {
      while (!this.#stopped) {
        const rows = await readPopular(connection, 100_000);
        this.seen.add(`${rows.length} rows of ${[...new Set(rows.map(([, score]) => score))].join()}`);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#ended; // This fails if the table was missing, or was not as the server reads it, during a poll.
  }
}

/** Returns the rows of one upload: all have its score, and uploads of different scores have different numbers of rows. */
const rowsWith = (score: number) => Array.from({ length: 300 + score }, (_, item): PopularItem => [item + 1, score]);

test.each(['before', 'after'] as const)(
  'A reader that polls sees whole tables when the connection breaks %s each statement in turn, and a second attempt completes the upload',
  { timeout: 60_000 },
  async (when) => {
    await sql(`CREATE TABLE ${ASSETS} ${SELDONS}`);
    await using proxy = new SqlProxy(server().port);
    const port = await proxy.listen();
    await upload('0', rowsWith(1));
    await send(await publish('1', rowsWith(1), 2), port);
    const { length } = proxy.statements;
    expect(proxy.statements.map((statement) => statement.split(' ')[0]).slice(-6)).toEqual([
      ...['TRUNCATE', 'INSERT', 'SELECT', 'INSERT', 'ALTER', 'RENAME'],
    ]);
    const poller = new Poller();
    {
      await using _polling = poller;
      for (let broken = 0; broken < length; broken++) {
        const mark = await publish(`run ${broken}`, rowsWith(broken + 2), broken + 3);
        proxy.breakAt(broken, when);
        await expect(send(mark, port), `statement ${broken}`).rejects.toThrow(DatabaseUnavailableError);
        expect(proxy.fired, `statement ${broken}`).toBe(1);
        proxy.breakAt(Number.POSITIVE_INFINITY, when);
        const isLive = when === 'after' && broken === length - 1;
        expect(await send(mark, port)).toMatchObject({ outcome: isLive ? 'alreadyLive' : 'filled' });
      }
    }
    const wholes = Array.from({ length: length + 1 }, (_, at) => `${301 + at} rows of ${at + 1}`);
    expect(poller.seen.size).toBeGreaterThan(1);
    for (const seen of poller.seen) expect(wholes).toContain(seen);
    expect(await popular(1)).toEqual([[expect.any(Number), length + 1]]);
  },
);

test('Only newer rows replace the live ones, and a repeated upload sends nothing', async () => {
  expect(await upload('a', [[5, 2]], 10)).toMatchObject({ outcome: 'filled' });
  expect(await upload('b', [[6, 2]], 5)).toMatchObject({
    outcome: 'notActivated',
    why: expect.stringContaining('not later'),
  });
  expect(await upload('c', [[6, 2]], 20, DAY - 1)).toMatchObject({
    outcome: 'notActivated',
    why: expect.stringContaining('newer'),
  });
  expect(await upload('a', [[5, 2]], 10)).toEqual({ outcome: 'alreadyLive' });
  expect(await popular()).toEqual([[5, 2]]);
  expect(await upload('d', [[6, 2]], 0, DAY + 1)).toMatchObject({ outcome: 'filled' });
  expect(await popular()).toEqual([[6, 2]]);
});

test('The rows of another client are not replaced', async () => {
  await upload('a', [[5, 2]]);
  const mark = await publish('b', [[6, 2]], 9);
  await expect(send({ ...mark, client: 'other' })).rejects.toThrow(/holds the popular items of client shop, and other/);
  expect(await popular()).toEqual([[5, 2]]);
});

describe('The check before a run', () => {
  test('accepts a user with the documented rights, and names a missing right', async () => {
    await sql(`CREATE TABLE ${LIVE} ${SELDONS}`);
    await sql(`CREATE TABLE ${ASSETS} ${SELDONS}`);
    const user = `p${created}`;
    await sql(`CREATE USER ${user} IDENTIFIED BY 'x'`);
    for (const name of [LIVE, NEXT, `${LIVE}_old`]) {
      await sql(`GRANT INSERT, CREATE, DROP, ALTER ON ${database}.${name} TO ${user}`);
    }
    await expect(check(user)).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(
        /can be made like items_recent_popularity \(SELECT on items_recent_popularity is needed\).*GRANT/,
      ),
    });
    await sql(`GRANT SELECT ON ${database}.${LIVE} TO ${user}`);
    await check(user);
    await sql(`GRANT INSERT ON ${database}.${ASSETS} TO ${user}`);
    await expect(check(user)).rejects.toThrow(/checking the rows of items_recent_popularity_assets \(SELECT is needed/);
    await sql(`GRANT SELECT ON ${database}.${ASSETS} TO ${user}`);
    await check(user);
    await sql(`REVOKE DROP ON ${database}.${LIVE}_old FROM ${user}`);
    await expect(check(user)).rejects.toThrow(/checking the rights.*denied/);
  });

  test('changes nothing', async () => {
    await check();
    expect(await tables()).toEqual([]);
  });
});

type Request = Omit<LiveRequest, 'client' | 'job'>;

test('The commands activate, roll back, hold and release the table, and the history has every change', async () => {
  await config.put(
    'all_clients/shop/offline/mostpopular',
    JSON.stringify({ jdbc: server().jdbc(database), outputPath: '/models', inputPath: '/models' }),
  );
  const environment = {
    openStore: async () => store,
    openConfigRoot: async () => new FolderConfigRoot(config),
    configRoot: '/config',
    settings: { gate: 'warn' },
    jobs: [mostPopular],
    now: () => NOW,
  };
  const ask = async (request: Request): Promise<JsonValue> =>
    (await answerRequest({ client: 'shop', job: 'mostpopular', ...request }, environment)).result;
  for (const [at, name] of ['a', 'b'].entries()) {
    await publish(name, [[at + 1, 2]], at);
    await ask({ command: 'activate', run: runOf(name) });
  }
  expect(await popular()).toEqual([[2, 2]]);
  expect(await ask({ command: 'rollback', because: 'b is bad' })).toMatchObject({
    live: { run: runOf('a'), location: `/models/shop/models/mostpopular/${DAY}-${runOf('a')}` },
    hold: { because: 'b is bad' },
  });
  expect(await popular()).toEqual([[1, 2]]);
  await ask({ command: 'release' });
  await ask({ command: 'hold', because: 'a sale' });
  expect(await ask({ command: 'models' })).toMatchObject([
    {
      job: 'mostpopular',
      node: 'mostpopular',
      live: { run: runOf('a'), counts: { items: 1 } },
      held: { because: 'a sale' },
    },
  ]);
  const history = (await ask({ command: 'history' })) as { by: string }[];
  expect(history.map(({ by }) => by)).toEqual(['activate', 'activate', 'hold', 'rollback', 'release', 'hold']);
  const { bytes } = await store.get('shop/models/mostpopular/_record.json');
  expect(Object.values(JSON.parse(Buffer.from(bytes).toString()).records)).toMatchObject([
    { live: { run: runOf('a') }, hold: { because: 'a sale' } },
  ]);
});
