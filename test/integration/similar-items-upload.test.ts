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
import { replaceSimilarities, type SimilarityRow } from '../../functions/similar-items/similarity-table.ts';
import { type MariaDb, startMariaDb } from '../../localstack/mariadb.ts';
import { DatabaseUnavailableError, SupersededError } from '../../shared/errors.ts';
import { connect } from '../../shared/mysql/database.ts';
import { parseJdbc } from '../../shared/mysql/jdbc.ts';
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
const uploadOf = (run: string, requestedAt = '2011-12-10T00:00:00Z') => ({ run, day: 15_317, requestedAt });

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
  readonly port?: number;
  readonly check?: () => Promise<void>;
}

async function upload({ run, score, requestedAt, port, check = async () => undefined }: Attempt) {
  await using connection = await connect(addressAt(port));
  return await replaceSimilarities(connection, uploadOf(run, requestedAt), batchesOf(rowsOf(score)), check);
}

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
  expect(await upload({ run: 'a', score: 1 })).toBe(ROWS + 1);
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
  await replaceSimilarities(connection, uploadOf('a'), batchesOf(rows), async () => undefined);
  const found = await connection.rows('reading', 'SELECT item_id, score FROM item_similarity ORDER BY item_id DESC');
  expect(found).toEqual(rows.map(([item, , score]) => [item, score]));
});

test('a run’s rows are uploaded once; asked for again, nothing is sent', async () => {
  await upload({ run: 'a', score: 1 });
  const check = async () => expect.fail('the rows were sent again');
  expect(await upload({ run: 'a', score: 1, check })).toBeUndefined();
  expect(await upload({ run: 'a', score: 1, requestedAt: '2011-12-11T00:00:00.000Z', check })).toBeUndefined();
  // The later request counts from then on: what was asked for in between comes too late.
  await expect(upload({ run: 'b', score: 2, requestedAt: '2011-12-10T12:00:00Z' })).rejects.toThrow(SupersededError);
  expect(await state()).toEqual(whole(1));
});

test('an older request leaves a newer one’s rows, whatever day they are of', async () => {
  await upload({ run: 'new', score: 1, requestedAt: '2011-12-11T00:00:00Z' });
  const late = upload({ run: 'old', score: 2, requestedAt: '2011-12-10T23:59:59.999Z' });
  await expect(late).rejects.toThrow(/holds the rows of a newer request \(2011-12-11T00:00:00Z, run new, day 15317\)/);
  expect(await state()).toEqual(whole(1));
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
          expect(again, `statement ${at}`).toBe(when === 'after' && at === statements - 1 ? undefined : ROWS + at + 1);
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
      return await replaceSimilarities(connection, uploadOf('b'), batches(), async () => undefined);
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
    return await replaceSimilarities(connection, uploadOf(`run ${score}`), batches(), async () => undefined);
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
  expect([whole(1), whole(2), whole(3)]).toContainEqual(await state());
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
