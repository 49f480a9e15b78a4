/** The MariaDB that tests and developers start: it answers, refuses other users and leaves nothing behind. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, expect, test, vi } from 'vitest';
import { startMariaDb } from '../../localstack/mariadb.ts';
import { isFree } from '../../localstack/ports.ts';
import { runSql, useMariaDb, withSql } from '../helpers/mariadb.ts';

describe('MariaDB', () => {
  const server = useMariaDb();

  test('stores text of any script in a new database', async () => {
    await server().create('shop');
    await runSql(server(), 'shop', ['CREATE TABLE t (name varchar(20))', "INSERT INTO t VALUES ('čaj 🫖')"]);
    const rows = await withSql(server(), 'shop', async (connection) => (await connection.query('SELECT * FROM t'))[0]);
    expect(rows).toEqual([{ name: 'čaj 🫖' }]);
  });

  test.each([
    ['root without a password', 'root', ''],
    ['a user without a name', '', ''],
    ['its user with another password', 'offline', 'guess'],
  ])('refuses %s', async (_user, user, password) => {
    const { host, port } = server();
    await expect(createConnection({ host, port, user, password })).rejects.toThrow(/Access denied/);
  });

  test('gives an address in which the password is escaped', () => {
    expect(new URL(server().jdbc('shop').slice('jdbc:'.length)).searchParams.get('password')).toBe(server().password);
  });
});

test('a stopped server frees its port, and a new server can use a given folder after a crash', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'));
  try {
    const first = await startMariaDb({ folder });
    await first.create('shop');
    await first.stop('SIGKILL');
    const second = await startMariaDb({ folder, port: first.port });
    await runSql(second, 'shop', ['CREATE TABLE t (id int)']);
    await second.stop();
    await second.stop();
    expect(await isFree(second.port)).toBe(true);
    expect(existsSync(join(folder, 'data', 'shop'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a stopped server removes the folder that it made', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'empty-'));
  vi.stubEnv('TMPDIR', temporary);
  try {
    const server = await startMariaDb();
    expect(readdirSync(temporary)).toHaveLength(1);
    await server.stop();
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true, force: true });
  }
});
