/** Statements on a real MariaDB: exact values, errors that say what is wrong, and timeouts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database, withConnection } from '../../shared/mysql/database.ts';
import { parseJdbc } from '../../shared/mysql/jdbc.ts';
import { hearWaits } from '../../shared/wait.ts';
import { runSql, useMariaDb, withSql } from '../helpers/mariadb.ts';
import { SilentServer } from '../helpers/silent-server.ts';

const server = useMariaDb();
const address = () => parseJdbc(server().jdbc('shop'));
const withDatabase = <T>(use: (database: Database) => Promise<T>) => withConnection(address(), use);

beforeAll(async () => {
  await server().create('shop');
  await runSql(server(), 'shop', [
    'CREATE TABLE t (id bigint, name text, price decimal(30,10), seen datetime)',
    "INSERT INTO t VALUES (9007199254740991, 'čaj 🫖', 0.1000000001, '2011-12-09 08:26:00')",
    "INSERT INTO t VALUES (9007199254740993, NULL, 12345678901234567890, '2011-12-09')",
  ]);
});

test('numbers and times come back with all their digits', async () => {
  const rows = await withDatabase((database) => database.rows('reading t', 'SELECT * FROM ?? ORDER BY id', ['t']));
  expect(rows).toEqual([
    [9_007_199_254_740_991, 'čaj 🫖', '0.1000000001', '2011-12-09 08:26:00'],
    ['9007199254740993', null, '12345678901234567890.0000000000', '2011-12-09 00:00:00'],
  ]);
});

test('a text is never run as SQL, neither as a value nor as a name', async () => {
  const evil = "'; DROP TABLE t; -- \\' \" ` \0";
  await withDatabase(async (database) => {
    const [[said] = []] = await database.rows('echoing', 'SELECT ?', [evil]);
    expect(said).toBe(evil);
    await expect(database.rows('reading', 'SELECT * FROM ??', [evil.slice(0, 20)])).rejects.toThrow(
      /Incorrect table name|doesn't exist/,
    );
    // A text with two statements is never run as two statements.
    await expect(database.run('two', 'SELECT 1; DROP TABLE t')).rejects.toThrow('ER_PARSE_ERROR');
    expect(await database.rows('reading t', 'SELECT COUNT(*) FROM t')).toEqual([[2]]);
  });
});

test('one statement inserts many rows, and a value that does not fit is refused', async () => {
  await withDatabase(async (database) => {
    await database.run('creating', 'CREATE TABLE pairs (a bigint, b tinyint)');
    const pairs = Array.from({ length: 1000 }, (_, row) => [2 ** 53 - 1 - row, 1]);
    expect(await database.run('filling', 'INSERT INTO pairs (a, b) VALUES ?', [pairs])).toBe(1000);
    expect(await database.rows('reading', 'SELECT MIN(a), COUNT(*) FROM pairs')).toEqual([[2 ** 53 - 1000, 1000]]);
    await expect(database.run('filling', 'INSERT INTO pairs VALUES (1, 1000)')).rejects.toThrow('Out of range');
  });
});

describe('An error names the server, the cause and the cure, and never the password:', () => {
  test.each([
    [
      'a wrong password',
      { password: 'guess' },
      'DatabaseError',
      /connecting: Access denied .* check user and password/,
    ],
    ['a missing database', { database: 'none' }, 'DatabaseError', /Unknown database 'none'.*name of the database/],
    [
      'a port without a server',
      { port: 1 },
      'DatabaseUnavailableError',
      /127\.0\.0\.1:1\/shop, connecting: .*ECONNREFUSED/,
    ],
    ['an unknown host', { host: 'no-such-host.invalid' }, 'DatabaseUnavailableError', /looking up the host/],
    ['a metadata service', { host: '169.254.169.254' }, 'ConfigError', /refused/],
  ])('%s', async (_cause, change, name, message) => {
    const error = await connect({ ...address(), ...change }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name, message: expect.stringMatching(message) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(server().password);
  });

  test.each([
    ['a missing table', 'SELECT * FROM nothing', /Table 'shop.nothing' doesn't exist.*create the table/],
    ['a missing column', 'SELECT colour FROM t', /Unknown column 'colour'.*README/],
  ])('%s', async (_cause, sql, message) => {
    await expect(withDatabase((database) => database.rows('reading t', sql))).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(message),
    });
  });

  test('a table that the user may not read', async () => {
    await runSql(server(), 'shop', ["CREATE USER poor IDENTIFIED BY 'x'", 'GRANT SELECT ON shop.pairs TO poor']);
    const poor = { ...address(), user: 'poor', password: 'x' };
    const reading = withConnection(poor, (database) => database.rows('reading t', 'SELECT * FROM t'));
    await expect(reading).rejects.toThrow(/denied.*GRANT/);
  });
});

describe('Waiting is limited:', () => {
  test('a statement that takes too long ends with an error', async () => {
    const started = performance.now();
    const slow = withConnection(address(), (database) => database.rows('sleeping', 'SELECT SLEEP(20)'), {
      statementMs: 200,
    });
    await expect(slow).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      message: expect.stringContaining('sleeping: no answer within 0.2 s'),
    });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('a killed connection fails the current statement and every later one', async () => {
    await withDatabase(async (database) => {
      const [[id] = []] = await database.rows('asking', 'SELECT CONNECTION_ID()');
      const slow = database.rows('sleeping', 'SELECT SLEEP(20)');
      const ended = expect(slow).rejects.toMatchObject({ name: 'DatabaseUnavailableError' });
      await sleep(100);
      await withSql(server(), 'shop', (connection) => connection.query('KILL ?', [id]));
      await ended;
      await expect(database.rows('again', 'SELECT 1')).rejects.toMatchObject({ name: 'DatabaseUnavailableError' });
    });
  });

  test('a long wait for a connection or a statement is reported without a secret', async () => {
    const lines: string[] = [];
    const putBack = hearWaits(({ text }) => lines.push(text));
    await using silent = await SilentServer.start();
    try {
      const silentAddress = { ...address(), port: silent.port };
      await expect(connect(silentAddress, { connectMs: 2_500 })).rejects.toThrow(/no connection|ETIMEDOUT/);
      await withDatabase(async (database) => database.rows('sleeping', 'SELECT SLEEP(2.5)'));
      expect(lines).toEqual([
        expect.stringMatching(/^waiting for mysql:\/\/127\.0\.0\.1:\d+\/shop \(connecting\): .*ends after 2\.5 s$/),
        expect.stringMatching(/^waiting for mysql:\/\/127\.0\.0\.1:\d+\/shop \(sleeping\): .*ends after 600 s$/),
      ]);
    } finally {
      putBack();
    }
  });

  test('a server that accepts a connection and never answers is unavailable', async () => {
    await using silent = await SilentServer.start();
    await expect(connect({ ...address(), port: silent.port }, { connectMs: 300 })).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
    });
    expect(silent.accepted).toBe(1);
  });
});
