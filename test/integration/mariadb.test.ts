/** The MariaDB that tests and developers start: it answers, keeps to itself and leaves nothing behind. */
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

  test('holds what is written into a new database, in any script', async () => {
    await server().create('shop');
    await runSql(server(), 'shop', ['CREATE TABLE t (name varchar(20))', "INSERT INTO t VALUES ('čaj 🫖')"]);
    const rows = await withSql(server(), 'shop', async (connection) => (await connection.query('SELECT * FROM t'))[0]);
    expect(rows).toEqual([{ name: 'čaj 🫖' }]);
  });

  test.each([
    ['root without a password', 'root', ''],
    ['nobody', '', ''],
    ['its user with another password', 'offline', 'guess'],
  ])('refuses %s', async (_who, user, password) => {
    const { host, port } = server();
    await expect(createConnection({ host, port, user, password })).rejects.toThrow(/Access denied/);
  });

  test('the address that it hands out escapes user and password', () => {
    expect(new URL(server().jdbc('shop').slice('jdbc:'.length)).searchParams.get('password')).toBe(server().password);
  });
});

test('its port is free once it is stopped, and a given folder serves again after a crash', async () => {
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

test('nothing is left of a folder of its own', async () => {
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
