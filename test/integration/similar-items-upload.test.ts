/**
 * The upload to a real MariaDB, watched by a reader that polls all the time and must meet the whole old or the whole new
 * table, whatever becomes of the upload: connections cut before and after each of its statements, killed by the server, two
 * uploads at once, readers that do not let go.
 */
import { once } from 'node:events';
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
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
import { useMariaDb, withSql } from '../helpers/mariadb.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const server = useMariaDb();
let database: string;
let created = 0;

beforeEach(async () => {
  database = `similar${created++}`;
  await server().create(database);
});

const ROWS = 12_000;
const uploadOf = (run: string, requestedAt = '2011-12-10T00:00:00Z', day = 15_317, client = 'shop'): TableMark => ({
  run,
  day,
  requestedAt,
  client,
  at: '2011-12-10T01:00:00Z',
  by: 'run',
  because: null,
});

/** What a run hands over. */
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

/** Rows of one run: all have the run's score, and no two runs have equally many. */
function rowsOf(score: number, count = ROWS + score): SimilarityRow[] {
  return Array.from({ length: count }, (_, at) => [at, 2 ** 40 + at, score] as const);
}

async function* batchesOf(rows: readonly SimilarityRow[]): AsyncGenerator<readonly SimilarityRow[]> {
  for (let at = 0; at < rows.length; at += 5_000) yield rows.slice(at, at + 5_000);
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

async function upload({ run, score, requestedAt = later(score), day, client, port, check }: Attempt) {
  await using connection = await connect(addressAt(port));
  const mark = uploadOf(run, requestedAt, day, client);
  return await replaceSimilarities(connection, fillingOf(mark, batchesOf(rowsOf(score)), check));
}

const filled = (score: number) => ({ outcome: 'filled', rows: ROWS + score });
/** Times of requests, one minute after another. */
const later = (minutes: number): string => new Date(Date.parse('2011-12-10') + minutes * 60_000).toISOString();
const ALREADY_LIVE = { outcome: 'alreadyLive' };

const sql = (statement: string) => withSql(server(), database, (connection) => connection.query(statement));

async function state(table = 'item_similarity'): Promise<{ rows: number; low: number; high: number }> {
  const [found] = await sql(`SELECT COUNT(*) AS n, MIN(score) AS low, MAX(score) AS high FROM ${table}`);
  const [{ n, low, high }] = found as [{ n: number; low: number; high: number }];
  return { rows: n, low, high };
}
const whole = (score: number) => ({ rows: ROWS + score, low: score, high: score });

async function tables(): Promise<string[]> {
  const [found] = await sql('SHOW TABLES');
  return (found as object[]).map((row) => String(Object.values(row)[0])).sort();
}

/** Polls the live table until disposed; `seen` are the states met, each once. */
class Poller implements AsyncDisposable {
  readonly seen = new Set<string>();
  polls = 0;
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(mariaDb: MariaDb, name: string) {
    this.#ended = withSql(mariaDb, name, async (connection) => {
      while (!this.#stopped) {
        const [found] = await connection.query(
          'SELECT COUNT(*) AS n, MIN(score) AS low, MAX(score) AS high FROM item_similarity',
        );
        this.seen.add(JSON.stringify((found as object[])[0]));
        this.polls++;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#ended; // a missing table would fail here
  }
}
const seenAs = (score: number) => JSON.stringify({ n: ROWS + score, low: score, high: score });

test('the tables are made as the serving system knows them, and hold what was uploaded', async () => {
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

test('a score comes back as the double that it was', async () => {
  const scores = [1 / 3, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1e-7];
  const rows = scores.map((score, at) => [2 ** 53 - 2 - at, 2 ** 53 - 1, score] as const);
  await using connection = await connect(addressAt());
  await replaceSimilarities(connection, fillingOf(uploadOf('a'), batchesOf(rows)));
  const found = await connection.rows('reading', 'SELECT item_id, score FROM item_similarity ORDER BY item_id DESC');
  expect(found).toEqual(rows.map(([item, , score]) => [item, score]));
});

test('a run’s rows are uploaded once; asked for again, nothing is sent', async () => {
  await upload({ run: 'a', score: 1 });
  const check = async () => expect.fail('the rows were sent again');
  expect(await upload({ run: 'a', score: 1, check })).toEqual(ALREADY_LIVE);
  expect(await upload({ run: 'a', score: 1, requestedAt: '2011-12-11T00:00:00.000Z', check })).toEqual(ALREADY_LIVE);
  // The later request counts from then on: what was asked for in between comes too late.
  const between = await upload({ run: 'b', score: 2, requestedAt: '2011-12-10T12:00:00Z' });
  expect(between).toMatchObject({ outcome: 'notActivated' });
  expect(await state()).toEqual(whole(1));
});

describe('never backwards', () => {
  const live = { run: 'live', score: 1, day: 15_316, requestedAt: '2011-12-10T00:00:00Z' };

  test.each([
    ['an older day, asked for later', { day: 15_315, requestedAt: '2011-12-11T00:00:00Z' }, 'newer than this run'],
    ['the same day, asked for earlier', { day: 15_316, requestedAt: '2011-12-09T23:59:59.999Z' }, 'is not later'],
    ['a day later than tomorrow', { day: 15_322, requestedAt: '2011-12-11T00:00:00Z' }, 'later than tomorrow'],
  ])('the live rows stay: %s', async (_what, request, why) => {
    await upload(live);
    const late = await upload({ run: 'late', score: 2, ...request });
    expect(late).toEqual({ outcome: 'notActivated', why: expect.stringContaining(why) });
    expect(await state()).toEqual(whole(1));
  });

  test.each([
    ['a newer day, asked for earlier', { day: 15_317, requestedAt: '2011-12-09T00:00:00Z' }],
    ['the same day, asked for later', { day: 15_316, requestedAt: '2011-12-10T00:00:00.001Z' }],
  ])('they are replaced: %s', async (_what, request) => {
    await upload(live);
    expect(await upload({ run: 'next', score: 2, ...request })).toEqual(filled(2));
    expect(await state()).toEqual(whole(2));
  });

  test.each([
    ['a day in the future', { day: 25_000, requestedAt: '2011-12-10T00:00:00Z' }],
    ['a time in the future', { day: 15_317, requestedAt: '2061-12-10T00:00:00Z' }],
  ])('a clock that was ahead once does not stop the next run: %s', async (_what, ahead) => {
    await upload({ run: 'b', score: 1 });
    await sql(`ALTER TABLE item_similarity COMMENT = '${JSON.stringify({ run: 'ahead', client: 'shop', ...ahead })}'`);
    expect(await upload({ run: 'c', score: 2, requestedAt: '2011-12-11T00:00:00Z' })).toEqual(filled(2));
  });
});

describe('whose rows a table holds', () => {
  const markNow = async (): Promise<TableMark | undefined> => {
    await using connection = await connect(addressAt());
    return await readMark(connection, 'item_similarity');
  };

  test('its comment says: client, day, run, and when it was asked for', async () => {
    await upload({ run: 'a', score: 1 });
    expect(await markNow()).toEqual(uploadOf('a', later(1)));
  });

  test('another client’s rows are never replaced', async () => {
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

  test('the comment of an earlier version, without a client, goes on working and gets one', async () => {
    await upload({ run: 'a', score: 1 });
    const old = { run: 'a', day: 15_317, requestedAt: '2011-12-10T00:00:00Z' };
    await sql(`ALTER TABLE item_similarity COMMENT = '${JSON.stringify(old)}'`);
    const earlier = await upload({ run: 'b', score: 2, requestedAt: '2011-12-09T00:00:00Z' });
    expect(earlier).toMatchObject({ outcome: 'notActivated' });
    expect(await upload({ run: 'a', score: 1, requestedAt: '2011-12-11T00:00:00Z' })).toEqual(ALREADY_LIVE);
    expect(await markNow()).toMatchObject({ run: 'a', client: 'shop', requestedAt: '2011-12-11T00:00:00Z' });
  });
});

describe('before hours of work', () => {
  const check = async (user?: string): Promise<void> => {
    const address = user === undefined ? addressAt() : { ...addressAt(), user, password: 'x' };
    await using connection = await connect(address);
    await checkSimilarityTable(connection);
  };

  test('a database without tables can be filled, so can one that has them; nothing is changed', async () => {
    await check();
    expect(await tables()).toEqual([]);
    await upload({ run: 'a', score: 1 });
    await check();
    expect(await state()).toEqual(whole(1));
    expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
  });

  test('a reader’s open transaction is no reason to refuse', async () => {
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
  /** @param without the right that the user lacks on the table, where one is named */
  async function userWithout(without: string, table: string): Promise<string> {
    const user = `u${created++}`;
    await sql(`CREATE USER ${user} IDENTIFIED BY 'x'`);
    for (const name of NAMES) {
      await sql(`GRANT ${ALL.join(', ')} ON ${database}.${name} TO ${user}`);
      if (name === table) await sql(`REVOKE ${without} ON ${database}.${name} FROM ${user}`);
    }
    return user;
  }

  test('rights on the three tables alone are enough, for the check and for the upload', async () => {
    const user = await userWithout('', '');
    await check(user);
    await using connection = await connect({ ...addressAt(), user, password: 'x' });
    expect(await replaceSimilarities(connection, fillingOf(uploadOf('a'), batchesOf(rowsOf(1))))).toEqual(filled(1));
    await check(user);
  });

  test.each(NAMES.flatMap((table) => ALL.map((right) => [right, table] as const)))(
    'the right to %s on %s is missing',
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
  ])('columns that hold every row: %s', async (statement) => {
    await sql(statement);
    await check();
  });

  test.each([
    ['MODIFY item_id int', 'item_id is int(11)', 'MODIFY item_id BIGINT NOT NULL'],
    ['MODIFY item_id2 varchar(20)', 'item_id2 is varchar(20)', 'MODIFY item_id2 BIGINT NOT NULL'],
    ['MODIFY score float', 'score is float', 'MODIFY score DOUBLE NOT NULL'],
    ['MODIFY score decimal(5,2)', 'score is decimal(5,2)', 'MODIFY score DOUBLE NOT NULL'],
    ['DROP score', 'score is missing', 'ADD score DOUBLE NOT NULL'],
    ['ADD kind int NOT NULL', 'kind (int(11)) must be given', 'MODIFY kind int(11) NULL'],
  ])('columns that do not: %s; the statement in the message mends it', async (change, wrong, mend) => {
    await sql(MAKE);
    await sql(`ALTER TABLE item_similarity ${change}`);
    const error = (await check().catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringContaining(wrong) });
    expect(error.message).toContain(mend);
    await sql(error.message.slice(error.message.indexOf('ALTER TABLE')));
    await check();
  });
});

test('rows that are no longer to be used do not become visible', async () => {
  await upload({ run: 'a', score: 1 });
  const check = async () => {
    throw new SupersededError('published over');
  };
  await expect(upload({ run: 'b', score: 2, check })).rejects.toThrow('published over');
  expect(await state()).toEqual(whole(1));
});

test.each([
  ['the first of three renames done', 'RENAME TABLE item_similarity TO item_similarity_old'],
  ['two of them done', 'RENAME TABLE item_similarity TO item_similarity_old, item_similarity_new TO item_similarity'],
])('what a server left that broke off in the swap is mended: %s', async (_name, brokenOff) => {
  await upload({ run: 'a', score: 1 });
  await sql(brokenOff);
  await upload({ run: 'b', score: 2 });
  expect(await state()).toEqual(whole(2));
  expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
});

/** Between the uploader and the server: breaks the connection at the statement that `at` chooses. */
class SqlProxy implements AsyncDisposable {
  readonly statements: string[] = [];
  fired = 0;
  #at = Number.POSITIVE_INFINITY;
  #when: 'before' | 'after' = 'before';
  readonly #server = createServer((client) => this.#serve(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;

  constructor(target: number) {
    this.#target = target;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  breakAt(statement: number, when: 'before' | 'after'): void {
    this.statements.length = 0;
    this.fired = 0;
    this.#at = statement;
    this.#when = when;
  }

  #serve(client: Socket): void {
    const target = connectTo(this.#target, '127.0.0.1');
    let isCut = false;
    const cut = () => {
      this.fired++;
      client.destroy();
      target.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      // A packet's sequence number is 0, and then the command: a query. Parts of a large one do not begin so.
      if (bytes[3] === 0 && bytes[4] === 0x03) {
        const isNext = this.statements.push(bytes.toString('latin1', 5, 45)) - 1 === this.#at;
        if (isNext && this.#when === 'before') return cut();
        if (isNext) isCut = true;
      }
      target.write(bytes);
    });
    target.on('data', (bytes: Buffer) => (isCut ? cut() : client.write(bytes)));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => other.destroy());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe('a reader that polls throughout sees the whole old or the whole new table', () => {
  test('over ten uploads one after another', async () => {
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
    'while the connection breaks %s each statement in turn; the retry finishes',
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
        for (let at = 0; at < statements; at++) {
          const attempt = { run: `run ${at}`, score: at + 1, port };
          proxy.breakAt(at, when);
          await expect(upload(attempt), `statement ${at}`).rejects.toThrow(DatabaseUnavailableError);
          expect(proxy.fired, `statement ${at}`).toBe(1);
          proxy.breakAt(Number.POSITIVE_INFINITY, when);
          const again = await upload(attempt);
          // Cut after the swap, the attempt had done its work.
          expect(again, `statement ${at}`).toEqual(
            when === 'after' && at === statements - 1 ? ALREADY_LIVE : filled(at + 1),
          );
          expect(await state()).toEqual(whole(at + 1));
        }
      }
      const wholes = Array.from({ length: statements + 1 }, (_, score) => seenAs(score));
      for (const seen of poller.seen) expect(wholes).toContain(seen);
      expect(await tables()).toEqual(['item_similarity', 'item_similarity_new']);
    },
  );

  test('while the server kills the uploader’s connection', async () => {
    await upload({ run: 'a', score: 1 });
    const killed = (async () => {
      await using connection = await connect(addressAt());
      const [row] = await connection.rows('asking', 'SELECT CONNECTION_ID()');
      async function* batches(): AsyncGenerator<readonly SimilarityRow[]> {
        yield* batchesOf(rowsOf(2));
        await sql(`KILL ${row?.[0]}`);
        yield rowsOf(2, 10);
      }
      return await replaceSimilarities(connection, fillingOf(uploadOf('b', later(2)), batches()));
    })();
    await expect(killed).rejects.toThrow(DatabaseUnavailableError);
    expect(await state()).toEqual(whole(1));
    await upload({ run: 'b', score: 2 });
    expect(await state()).toEqual(whole(2));
  });
});

test('a server that dies while the table is filled comes back with the whole old table; the retry finishes', {
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
    return await replaceSimilarities(connection, fillingOf(uploadOf(`run ${score}`, later(score)), batches()));
  };
  const rowsIn = (mariaDb: MariaDb) =>
    withSql(mariaDb, 'shop', async (connection) => {
      const [found] = await connection.query(
        'SELECT COUNT(*) AS n, MIN(score) AS low, MAX(score) AS high FROM item_similarity',
      );
      return JSON.stringify((found as object[])[0]);
    });

  const first = await startMariaDb({ folder });
  await first.create('shop');
  await attempt(first, 1);
  await sleep(1_500); // the server writes its log once a second: what was uploaded before survives
  let batches = 0;
  const dying = attempt(first, 2, async () => {
    if (++batches === 2) await first.stop('SIGKILL');
  });
  await expect(dying).rejects.toThrow(DatabaseUnavailableError);
  const second = await startMariaDb({ folder });
  try {
    expect(await rowsIn(second)).toBe(seenAs(1));
    await attempt(second, 2);
    expect(await rowsIn(second)).toBe(seenAs(2));
  } finally {
    await second.stop();
  }
});

test('a server whose disk is full keeps the whole old table, and the error says what to do', async () => {
  const small = await startMariaDb({ roomMb: 16 });
  try {
    const address = parseJdbc(await small.create('shop'));
    const fill = async (score: number, batches: AsyncIterable<readonly SimilarityRow[]>) => {
      await using connection = await connect(address);
      return await replaceSimilarities(connection, fillingOf(uploadOf(`run ${score}`, later(score)), batches));
    };
    const scores = () =>
      withSql(small, 'shop', async (connection) => {
        const [rows] = await connection.query('SELECT COUNT(*) AS n, MAX(score) AS score FROM item_similarity');
        return (rows as object[])[0];
      });
    await fill(1, batchesOf(rowsOf(1, 100)));
    await expect(fill(2, batchesOf(rowsOf(2, 200_000)))).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(/is full.*make room on the server’s disk/),
    });
    expect(await scores()).toEqual({ n: 100, score: 1 });
    await fill(3, batchesOf(rowsOf(3, 200)));
    expect(await scores()).toEqual({ n: 200, score: 3 });
  } finally {
    await small.stop();
  }
});

test('of two uploads at once one waits for the other', async () => {
  let inside = 0;
  let most = 0;
  const check = async () => {
    most = Math.max(most, ++inside);
    await sleep(100);
    inside--;
  };
  await Promise.all([1, 2, 3].map((score) => upload({ run: `run ${score}`, score, check })));
  expect(most).toBe(1);
  expect(await state()).toEqual(whole(3)); // in whatever order they came: the latest request
});

test('a reader that does not let go of the table delays the swap for seconds, and the attempt fails as one to be made again', {
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
