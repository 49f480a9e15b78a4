/** A real MariaDB for tests, with an empty database for each that asks: nothing of it is left, whatever becomes of them. */
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll } from 'vitest';
import { type MariaDb, type MariaDbOptions, startMariaDb } from '../../localstack/mariadb.ts';
import { SetUpError } from '../../shared/errors.ts';

/** A server for the tests of this file (or this `describe`): started before them, stopped after them. */
export function useMariaDb(options: MariaDbOptions = {}): () => MariaDb {
  let running: MariaDb | undefined;
  beforeAll(async () => {
    running = await startMariaDb(options);
  });
  afterAll(() => running?.stop());
  return () => {
    if (running === undefined) throw new SetUpError('MariaDB is not running yet: ask for it inside a test');
    return running;
  };
}

/** Runs the statements one after another in the database, as the server's own user. */
export async function runSql(server: MariaDb, database: string, statements: readonly string[]): Promise<void> {
  await withSql(server, database, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });
}

/** A connection of the test's own, apart from the product's, closed at the end. */
export async function withSql<T>(
  { host, port, user, password, certificate }: MariaDb,
  database: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    database,
    charset: 'utf8mb4',
    ...(certificate !== undefined && { ssl: { rejectUnauthorized: false } }),
  });
  try {
    return await use(connection);
  } finally {
    await connection.end();
  }
}
