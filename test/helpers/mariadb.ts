/** Starts a real MariaDB for tests. It ends with the tests and leaves nothing behind, even when they are killed. */
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll } from 'vitest';
import { type MariaDb, type MariaDbOptions, startMariaDb } from '../../localstack/mariadb.ts';
import { defined } from '../../shared/defined.ts';
import { SetUpError } from '../../shared/errors.ts';

/** Returns a getter of a server that is started before the tests of this file (or `describe`) and stopped after them. */
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

/** Runs the statements one after another in the database, as the user that the server was made with. */
export async function runSql(server: MariaDb, database: string, statements: readonly string[]): Promise<void> {
  await withSql(server, database, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });
}

/** Opens a connection that belongs to the test and not to the product, uses it and closes it. */
export async function withSql<T>(
  { host, port, user, password, certificate }: MariaDb,
  database: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await createConnection(
    defined({
      host,
      port,
      user,
      password,
      database,
      charset: 'utf8mb4',
      ssl: certificate !== undefined ? { rejectUnauthorized: false } : undefined,
    }),
  );
  try {
    return await use(connection);
  } finally {
    await connection.end();
  }
}
