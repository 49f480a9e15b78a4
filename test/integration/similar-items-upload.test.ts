/**
 * The upload of similarities to a real MariaDB. A reader that polls always sees the whole old or the whole new table, even
 * when connections are cut before or after any statement, when the server kills them, when several uploads run at once, and
 * when other readers hold locks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  checkSimilarityTable,
  replaceSimilarities,
  type SimilarityRow,
} from '../../functions/similar-items/similarity-table.ts';
import { type MariaDb, startMariaDb } from '../../localstack/mariadb.ts';
import { DatabaseUnavailableError, SupersededError } from '../../shared/errors.ts';
import { decideTable } from '../../shared/live/table-decision.ts';
import { connect } from '../../shared/mysql/database.ts';
import { parseJdbc } from '../../shared/mysql/jdbc.ts';
import { readMark, type TableMark } from '../../shared/mysql/table-mark.ts';
import { minutesLater } from '../helpers/live.ts';
import { useMariaDb, withSql } from '../helpers/mariadb.ts';
import { SqlProxy } from '../helpers/sql-proxy.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const server = useMariaDb();
let database: string;
let created = 0;

beforeEach(async () => {
  database = `similar${created++}`;
  await server().create(database);
});

const ROWS = 12_000;
const markOf = (run: string, requestedAt = '2011-12-10T00:00:00Z', day = 15_317, client = 'shop'): TableMark => ({
  run,
  day,
  requestedAt,
  client,
  at: '2011-12-10T01:00:00Z',
  by: 'run',
  because: null,
});

/** Returns the upload as a run gives it to `replaceSimilarities`. */
const fillingOf = (
  mark: TableMark,
  batches: AsyncIterable<readonly SimilarityRow[]>,
  check: () => Promise<void> = async () => undefined,
) => ({
  mark,
  batches,
  check,
  mayReplace: (live: TableMark | undefined) =>
    decideTable(mark, { live, hold: null, table: 'item_similarity' }, new Date('2011-12-12')),
});

/** Returns the rows of one run. All have the run's score, and runs of different scores have different numbers of rows. */
function rowsOf(score: number, count = ROWS + score): SimilarityRow[] {
  return Array.from({ length: count }, (_, row) => [row, 2 ** 40 + row, score] as const);
}

async function* batchesOf(rows: readonly SimilarityRow[]): AsyncGenerator<readonly SimilarityRow[]> {
  for (let start = 0; start < rows.length; start += 5_000) yield rows.slice(start, start + 5_000);
}

const addressAt = (port = server().port) => ({ ...parseJdbc(server().jdbc(database)), port });

interface Attempt {
  readonly run: string;
  readonly score: number;
  readonly requestedAt?: string;
  readonly day?: number;
  readonly client?: string;
  readonly port?: number;
  readonly check?: () => Promise<void>;
}

/** Uploads the rows of a run, by default requested as many minutes after 2011-12-10 as its score. */
async function upload({ run, score, requestedAt = minutesLater(score), day, client, port, check }: Attempt) {
  await using connection = await connect(addressAt(port));
  const mark = markOf(run, requestedAt, day, client);
  return await replaceSimilarities(connection, fillingOf(mark, batchesOf(rowsOf(score)), check));
}

const filled = (score: number) => ({ outcome: 'filled', rows: ROWS + score });
const ALREADY_LIVE = { outcome: 'alreadyLive' };

const sql = (statement: string) => withSql(server(), database, (connection) => connection.query(statement));

/** The number of rows, the lowest and the highest score. They show a mixture of two runs and a table that is not whole. */
interface TableState {
  readonly n: number;
  readonly low: number;
  readonly high: number;
}

async function readState(connection: Connection): Promise<TableState> {
  const [rows] = await connection.query(
    'SELECT COUNT(*) AS n, MIN(score) AS low, MAX(score) AS high FROM item_similarity',
  );
  return (rows as [TableState])[0];
}
const stateOf = (mariaDb: MariaDb, name: string) => withSql(mariaDb, name, readState);
const state = () => stateOf(server(), database);
const whole = (score: number): TableState => ({ n: ROWS + score, low: score, high: score });

async function tables(): Promise<string[]> {
  const [found] = await sql('SHOW TABLES');
  return (found as object[]).map((row) => String(Object.values(row)[0])).sort();
}

/** Reads the live table again and again until it is disposed. `seen` has every state of the table that was read. */
class Poller implements AsyncDisposable {
  readonly seen = new Set<string>();
  polls = 0;
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(mariaDb: MariaDb, name: string) {
    this.#ended = withSql(mariaDb, name, async (connection) => {
      while (!this.#stopped) {
        this.seen.add(JSON.stringify(await readState(connection)));
        this.polls++;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#ended; // This fails if the table was missing during a poll.
  }
}
const seenAs = (score: number) => JSON.stringify(whole(score));

test('the tables are created with the serving system’s columns and keys, and have the uploaded rows', async () => {
  expect(await upload({ run: 'a', score: 1 })).toEqual(filled(1));
  expect(await state()).toEqual(whole(1));
  expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
  const [columns] = await sql('SHOW COLUMNS FROM item_similarity');
  expect((columns as { Field: string; Type: string }[]).map(({ Field, Type }) => `${Field} ${Type}`)).toEqual([
    ...['item_id bigint(20)', 'item_id2 bigint(20)', 'score double'],
  ]);
  const [keys] = await sql('SHOW KEYS FROM item_similarity');
  expect(
    (keys as { Key_name: string; Non_unique: number; Column_name: string }[]).map(
      ({ Key_name, Non_unique, Column_name }) => `${Key_name} ${Non_unique} ${Column_name}`,
    ),
  ).toEqual(['PRIMARY 0 item_id', 'PRIMARY 0 item_id2', 'item_id2 0 item_id2', 'item_id2 0 item_id']);
});

test('a score is stored as the same double', async () => {
  const scores = [1 / 3, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1e-7];
  const rows = scores.map((score, index) => [2 ** 53 - 2 - index, 2 ** 53 - 1, score] as const);
  await using connection = await connect(addressAt());
  await replaceSimilarities(connection, fillingOf(markOf('a'), batchesOf(rows)));
  const found = await connection.rows('reading', 'SELECT item_id, score FROM item_similarity ORDER BY item_id DESC');
  expect(found).toEqual(rows.map(([item, , score]) => [item, score]));
});

test('a run’s rows are uploaded once, and a repeated upload sends nothing', async () => {
  await upload({ run: 'a', score: 1 });
  const check = async () => expect.fail('the rows were sent again');
  expect(await upload({ run: 'a', score: 1, check })).toEqual(ALREADY_LIVE);
  expect(await upload({ run: 'a', score: 1, requestedAt: '2011-12-11T00:00:00.000Z', check })).toEqual(ALREADY_LIVE);
  // The later request counts from now on, so an upload that was requested before it is too late.
  const between = await upload({ run: 'b', score: 2, requestedAt: '2011-12-10T12:00:00Z' });
  expect(between).toMatchObject({ outcome: 'notActivated' });
  expect(await state()).toEqual(whole(1));
});

describe('Over live rows,', () => {
  const live = { run: 'live', score: 1, day: 15_316, requestedAt: '2011-12-10T00:00:00Z' };

  test.each([
    [
      'of an older day that was requested later',
      { day: 15_315, requestedAt: '2011-12-11T00:00:00Z' },
      'newer than this run',
    ],
    [
      'of the same day that was requested earlier',
      { day: 15_316, requestedAt: '2011-12-09T23:59:59.999Z' },
      'is not later',
    ],
    ['of a day after tomorrow', { day: 15_322, requestedAt: '2011-12-11T00:00:00Z' }, 'later than tomorrow'],
  ])('an upload %s replaces nothing', async (_case, request, why) => {
    await upload(live);
    const late = await upload({ run: 'late', score: 2, ...request });
    expect(late).toEqual({ outcome: 'notActivated', why: expect.stringContaining(why) });
    expect(await state()).toEqual(whole(1));
  });

  test.each([
    ['of a newer day that was requested earlier', { day: 15_317, requestedAt: '2011-12-09T00:00:00Z' }],
    ['of the same day that was requested later', { day: 15_316, requestedAt: '2011-12-10T00:00:00.001Z' }],
  ])('an upload %s replaces the rows', async (_case, request) => {
    await upload(live);
    expect(await upload({ run: 'next', score: 2, ...request })).toEqual(filled(2));
    expect(await state()).toEqual(whole(2));
  });

  test.each([
    ['of a day in the future', { day: 25_000, requestedAt: '2011-12-10T00:00:00Z' }],
    ['that were requested in the future', { day: 15_317, requestedAt: '2061-12-10T00:00:00Z' }],
  ])('rows %s, by a clock that was ahead, are replaced by the next upload', async (_case, ahead) => {
    await upload({ run: 'b', score: 1 });
    await sql(`ALTER TABLE item_similarity COMMENT = '${JSON.stringify({ run: 'ahead', client: 'shop', ...ahead })}'`);
    expect(await upload({ run: 'c', score: 2, requestedAt: '2011-12-11T00:00:00Z' })).toEqual(filled(2));
  });
});

describe('The table’s comment', () => {
  const markNow = async (): Promise<TableMark | undefined> => {
    await using connection = await connect(addressAt());
    return await readMark(connection, 'item_similarity');
  };

  test('names the client, the day, the run and the time of the request', async () => {
    await upload({ run: 'a', score: 1 });
    expect(await markNow()).toEqual(markOf('a', minutesLater(1)));
  });

  test('protects the rows of a client from the uploads of another client', async () => {
    await upload({ run: 'a', score: 1 });
    const other = upload({ run: 'b', score: 2, client: 'other', requestedAt: '2011-12-11T00:00:00Z' });
    await expect(other).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/similarities of client shop, and other would replace them.*database of its own/),
    });
    expect(await state()).toEqual(whole(1));
    await sql("ALTER TABLE item_similarity COMMENT = ''");
    expect(await upload({ run: 'b', score: 2, client: 'other' })).toEqual(filled(2));
  });

  test('of an earlier version, without a client, is understood and gets a client', async () => {
    await upload({ run: 'a', score: 1 });
    const old = { run: 'a', day: 15_317, requestedAt: '2011-12-10T00:00:00Z' };
    await sql(`ALTER TABLE item_similarity COMMENT = '${JSON.stringify(old)}'`);
    const earlier = await upload({ run: 'b', score: 2, requestedAt: '2011-12-09T00:00:00Z' });
    expect(earlier).toMatchObject({ outcome: 'notActivated' });
    expect(await upload({ run: 'a', score: 1, requestedAt: '2011-12-11T00:00:00Z' })).toEqual(ALREADY_LIVE);
    expect(await markNow()).toMatchObject({ run: 'a', client: 'shop', requestedAt: '2011-12-11T00:00:00Z' });
  });
});

describe('The check before a run', () => {
  const check = async (user?: string): Promise<void> => {
    const address = user === undefined ? addressAt() : { ...addressAt(), user, password: 'x' };
    await using connection = await connect(address);
    await checkSimilarityTable(connection);
  };

  test('accepts a database with or without the tables and changes nothing', async () => {
    await check();
    expect(await tables()).toEqual([]);
    await upload({ run: 'a', score: 1 });
    await check();
    expect(await state()).toEqual(whole(1));
    expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
  });

  test('accepts a table in which a reader has an open transaction', async () => {
    await upload({ run: 'a', score: 1 });
    const { host, port, user, password } = addressAt();
    const reader = await createConnection({ host, port, user, password, database });
    try {
      await reader.query('START TRANSACTION');
      await reader.query('SELECT COUNT(*) FROM item_similarity');
      await check();
    } finally {
      reader.destroy();
    }
  });

  const ALL = ['INSERT', 'CREATE', 'DROP', 'ALTER'];
  const NAMES = ['item_similarity', 'item_similarity_new', 'item_similarity_old'];
  /** Creates a user with all rights on the three tables, but without the right `without` on `table`. */
  async function userWithout(without: string, table: string): Promise<string> {
    const user = `u${created++}`;
    await sql(`CREATE USER ${user} IDENTIFIED BY 'x'`);
    for (const name of NAMES) {
      await sql(`GRANT ${ALL.join(', ')} ON ${database}.${name} TO ${user}`);
      if (name === table) await sql(`REVOKE ${without} ON ${database}.${name} FROM ${user}`);
    }
    return user;
  }

  test('and the upload accept a user with rights on the three tables alone', async () => {
    const user = await userWithout('', '');
    await check(user);
    await using connection = await connect({ ...addressAt(), user, password: 'x' });
    expect(await replaceSimilarities(connection, fillingOf(markOf('a'), batchesOf(rowsOf(1))))).toEqual(filled(1));
    await check(user);
  });

  test.each(NAMES.flatMap((table) => ALL.map((right) => [right, table] as const)))(
    'refuses a user without the right to %s on %s, and names the right',
    async (right, table) => {
      await upload({ run: 'a', score: 1 });
      const user = await userWithout(right, table);
      await expect(check(user)).rejects.toMatchObject({
        name: 'DatabaseError',
        message: expect.stringMatching(new RegExp(`checking the rights.*denied.*\\b${table}\\b.*GRANT`)),
      });
      expect(await state()).toEqual(whole(1));
    },
  );

  const MAKE = 'CREATE TABLE item_similarity (item_id bigint, item_id2 bigint, score double)';
  test.each([
    [MAKE],
    [
      'CREATE TABLE item_similarity (ITEM_ID bigint unsigned, item_id2 bigint, score double, id int auto_increment primary key)',
    ],
    ['CREATE TABLE item_similarity_new (item_id bigint, item_id2 bigint, score double, note text, made timestamp)'],
  ])('accepts columns that can store every row: %s', async (statement) => {
    await sql(statement);
    await check();
  });

  test.each([
    ['MODIFY item_id int', 'item_id is int(11)', 'MODIFY item_id BIGINT NOT NULL'],
    ['MODIFY item_id2 varchar(20)', 'item_id2 is varchar(20)', 'MODIFY item_id2 BIGINT NOT NULL'],
    ['MODIFY score float', 'score is float', 'MODIFY score DOUBLE NOT NULL'],
    ['MODIFY score decimal(5,2)', 'score is decimal(5,2)', 'MODIFY score DOUBLE NOT NULL'],
    ['DROP score', 'score is missing', 'ADD score DOUBLE NOT NULL'],
    ['ADD kind int NOT NULL', 'column kind (int(11)) needs a value', 'MODIFY kind int(11) NULL'],
  ])('refuses columns that cannot, after %s, and gives a statement that repairs them', async (change, wrong, mend) => {
    await sql(MAKE);
    await sql(`ALTER TABLE item_similarity ${change}`);
    const error = (await check().catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringContaining(wrong) });
    expect(error.message).toContain(mend);
    await sql(error.message.slice(error.message.indexOf('ALTER TABLE')));
    await check();
  });
});

test('rows whose run has been superseded do not become visible', async () => {
  await upload({ run: 'a', score: 1 });
  const check = async () => {
    throw new SupersededError('published over');
  };
  await expect(upload({ run: 'b', score: 2, check })).rejects.toThrow('published over');
  expect(await state()).toEqual(whole(1));
});

test.each([
  ['the first of three renames', 'RENAME TABLE item_similarity TO item_similarity_old'],
  [
    'two of three renames',
    'RENAME TABLE item_similarity TO item_similarity_old, item_similarity_new TO item_similarity',
  ],
])('an upload completes after a server broke off the last swap behind %s', async (_renames, brokenOff) => {
  await upload({ run: 'a', score: 1 });
  await sql(brokenOff);
  await upload({ run: 'b', score: 2 });
  expect(await state()).toEqual(whole(2));
  expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
});

describe('A reader that polls sees the whole old or the whole new table', () => {
  test('during ten uploads, one after another', async () => {
    await upload({ run: '0', score: 0 });
    const poller = new Poller(server(), database);
    {
      await using _polling = poller;
      for (let run = 1; run <= 10; run++) await upload({ run: String(run), score: run });
      const { polls } = poller;
      while (poller.polls < polls + 2) await sleep(1);
    }
    expect(poller.polls).toBeGreaterThan(20);
    const wholes = Array.from({ length: 11 }, (_, score) => seenAs(score));
    for (const seen of poller.seen) expect(wholes).toContain(seen);
    expect(poller.seen.has(seenAs(10))).toBe(true);
  });

  test.each(['before', 'after'] as const)(
    'when the connection breaks %s each statement in turn, and a second attempt completes the upload',
    { timeout: 60_000 },
    async (when) => {
      await using proxy = new SqlProxy(server().port);
      const port = await proxy.listen();
      await upload({ run: 'first', score: 0, port });
      expect(proxy.statements.map((statement) => statement.split(' ')[0])).toEqual([
        ...['SET', 'SELECT', 'SET', 'SELECT', 'CREATE', 'CREATE', 'SELECT', 'TRUNCATE'],
        ...['INSERT', 'INSERT', 'INSERT', 'ALTER', 'RENAME'],
      ]);
      const statements = proxy.statements.length;
      const poller = new Poller(server(), database);
      {
        await using _polling = poller;
        for (let broken = 0; broken < statements; broken++) {
          const attempt = { run: `run ${broken}`, score: broken + 1, port };
          proxy.breakAt(broken, when);
          await expect(upload(attempt), `statement ${broken}`).rejects.toThrow(DatabaseUnavailableError);
          expect(proxy.fired, `statement ${broken}`).toBe(1);
          proxy.breakAt(Number.POSITIVE_INFINITY, when);
          const again = await upload(attempt);
          // When the connection broke after the swap, the first attempt had already completed the upload.
          expect(again, `statement ${broken}`).toEqual(
            when === 'after' && broken === statements - 1 ? ALREADY_LIVE : filled(broken + 1),
          );
          expect(await state()).toEqual(whole(broken + 1));
        }
      }
      const wholes = Array.from({ length: statements + 1 }, (_, score) => seenAs(score));
      for (const seen of poller.seen) expect(wholes).toContain(seen);
      expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
    },
  );

  test('when the server kills the connection of the upload', async () => {
    await upload({ run: 'a', score: 1 });
    const killed = (async () => {
      await using connection = await connect(addressAt());
      const [row] = await connection.rows('asking', 'SELECT CONNECTION_ID()');
      async function* batches(): AsyncGenerator<readonly SimilarityRow[]> {
        yield* batchesOf(rowsOf(2));
        await sql(`KILL ${row?.[0]}`);
        yield rowsOf(2, 10);
      }
      return await replaceSimilarities(connection, fillingOf(markOf('b', minutesLater(2)), batches()));
    })();
    await expect(killed).rejects.toThrow(DatabaseUnavailableError);
    expect(await state()).toEqual(whole(1));
    await upload({ run: 'b', score: 2 });
    expect(await state()).toEqual(whole(2));
  });
});

test('a server that is killed during an upload restarts with the whole old table, and a second attempt completes it', {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder();
  const attempt = async (mariaDb: MariaDb, score: number, onBatch?: () => Promise<void>) => {
    await using connection = await connect(parseJdbc(mariaDb.jdbc('shop')));
    async function* batches(): AsyncGenerator<readonly SimilarityRow[]> {
      for await (const batch of batchesOf(rowsOf(score))) {
        await onBatch?.();
        yield batch;
      }
    }
    return await replaceSimilarities(connection, fillingOf(markOf(`run ${score}`, minutesLater(score)), batches()));
  };

  const first = await startMariaDb({ folder });
  await first.create('shop');
  await attempt(first, 1);
  await sleep(1_500); // The server writes its log once a second, so the first upload survives the kill.
  let batches = 0;
  const dying = attempt(first, 2, async () => {
    if (++batches === 2) await first.stop('SIGKILL');
  });
  await expect(dying).rejects.toThrow(DatabaseUnavailableError);
  const second = await startMariaDb({ folder });
  try {
    expect(await stateOf(second, 'shop')).toEqual(whole(1));
    await attempt(second, 2);
    expect(await stateOf(second, 'shop')).toEqual(whole(2));
  } finally {
    await second.stop();
  }
});

test('a server whose disk is full keeps the whole old table, and the error names the cure', async () => {
  const small = await startMariaDb({ roomMb: 16 });
  try {
    const address = parseJdbc(await small.create('shop'));
    const fill = async (score: number, batches: AsyncIterable<readonly SimilarityRow[]>) => {
      await using connection = await connect(address);
      return await replaceSimilarities(connection, fillingOf(markOf(`run ${score}`, minutesLater(score)), batches));
    };
    await fill(1, batchesOf(rowsOf(1, 100)));
    await expect(fill(2, batchesOf(rowsOf(2, 200_000)))).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(/is full.*make room on the server’s disk/),
    });
    expect(await stateOf(small, 'shop')).toEqual({ n: 100, low: 1, high: 1 });
    await fill(3, batchesOf(rowsOf(3, 200)));
    expect(await stateOf(small, 'shop')).toEqual({ n: 200, low: 3, high: 3 });
  } finally {
    await small.stop();
  }
});

test('uploads at the same time wait for each other, and the one that was requested last wins', async () => {
  let inside = 0;
  let most = 0;
  const check = async () => {
    most = Math.max(most, ++inside);
    await sleep(100);
    inside--;
  };
  await Promise.all([1, 2, 3].map((score) => upload({ run: `run ${score}`, score, check })));
  expect(most).toBe(1);
  expect(await state()).toEqual(whole(3));
});

test('a reader with an open transaction makes the swap fail after seconds, with an error that allows a second attempt', {
  timeout: 30_000,
}, async () => {
  await upload({ run: 'a', score: 1 });
  const { host, port, user, password } = addressAt();
  const reader = await createConnection({ host, port, user, password, database });
  try {
    await reader.query('START TRANSACTION');
    await reader.query('SELECT COUNT(*) FROM item_similarity');
    const blocked = upload({ run: 'b', score: 2 });
    await expect(blocked).rejects.toThrow(DatabaseUnavailableError);
    await expect(blocked).rejects.toThrow('swapping the tables: Lock wait timeout exceeded');
    expect(await state()).toEqual(whole(1));
    await reader.query('COMMIT');
  } finally {
    reader.destroy();
  }
  await upload({ run: 'b', score: 2 });
  expect(await state()).toEqual(whole(2));
});
