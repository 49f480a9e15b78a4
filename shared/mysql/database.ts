/**
 * A MySQL database that a `jdbc` setting names. Its connections have time limits, and its errors say what to do.
 *
 *   await withConnection(parseJdbc(url), async (database) => {
 *     const rows = await database.rows('reading items', 'SELECT item_id FROM ?? WHERE item_id > ?', ['items', 10]);
 *   });
 *
 * Values never become SQL: `?` stands for a value, `??` for an identifier. A list of lists in place of `?` becomes the rows
 * of a `VALUES` clause.
 */
import { connect as connectSocket } from 'node:net';
import type { Connection, SslOptions } from 'mysql2/promise';
import { withDeadline } from '../config/deadline.ts';
import { allowedAddresses, type Resolver } from '../config/endpoint.ts';
import { defined } from '../defined.ts';
import { ConfigError, DatabaseUnavailableError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { Waiting } from '../wait.ts';
import { databaseError, isDenied, isRefusal, isWithoutTls, wantsTls } from './database-errors.ts';
import { type DatabaseAddress, describeDatabase } from './jdbc.ts';
import { tlsOptions } from './tls.ts';

/**
 * One value of a row. Integers and floats are numbers. An integer beyond ±(2^53 − 1), a decimal and a time are text, so no
 * digit is lost.
 */
export type Cell = number | string | Buffer | null;
export type Row = readonly Cell[];
export type Values = readonly (Value | readonly Value[] | readonly (readonly Value[])[])[];
type Value = number | string | null;

export interface DatabaseOptions {
  /** The time limit for opening the connection; 10 s by default. */
  readonly connectMs?: number;
  /** The time limit for each statement, from sending it to its last row; 10 min by default. */
  readonly statementMs?: number;
  /** The resolver that finds the host's addresses; the system's own by default. */
  readonly resolve?: Resolver;
}

const CLOSE_MS = 2_000;

/** Opens a connection, and closes it when `use` has ended. @throws as `connect`, and every error of `use` */
export async function withConnection<T>(
  address: DatabaseAddress,
  use: (database: Database) => Promise<T>,
  options?: DatabaseOptions,
): Promise<T> {
  await using database = await connect(address, options);
  return await use(database);
}

/**
 * Opens a connection.
 * @throws ConfigError for a forbidden host; DatabaseUnavailableError; DatabaseError when the server refuses
 */
export async function connect(address: DatabaseAddress, options: DatabaseOptions = {}): Promise<Database> {
  const { connectMs = 10_000, statementMs = 600_000, resolve } = options;
  const late = () =>
    new DatabaseUnavailableError(
      `${describeDatabase(address)}: no connection within ${connectMs / 1000} s: check host and port, and that firewalls ` +
        'and security groups let this machine through',
    );
  const tls = await tlsOptions(address);
  using _waiting = new Waiting(describeDatabase(address), { limit: `${connectMs / 1000} s`, action: 'connecting' });
  const connection = await withDeadline(connectMs, late, (signal) =>
    openFirst({ address, tls, connectMs, signal }, resolve),
  );
  const database = new Database(connection, address, statementMs);
  // The escaping of values relies on this mode, whatever the server's default is. It also refuses values that do not fit into
  // their columns, where the server might otherwise cut them silently.
  await database.run('preparing the session', "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
  return database;
}

interface Opening {
  readonly address: DatabaseAddress;
  /** Undefined for a connection without encryption. */
  readonly tls: SslOptions | undefined;
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** Tries the addresses behind the host's name one after another. */
async function openFirst(opening: Opening, resolve?: Resolver): Promise<Connection> {
  const { address } = opening;
  const hosts = await withDriverErrors(address, 'looking up the host', () => allowedAddresses(address.host, resolve));
  for (const [place, { address: host }] of hosts.entries()) {
    try {
      return await openPreferred(opening, host);
    } catch (error) {
      if (place === hosts.length - 1 || !(error instanceof DatabaseUnavailableError)) throw error;
    }
  }
  throw new DatabaseUnavailableError(`${describeDatabase(address)}: the host has no address`);
}

/** Opens a connection. With PREFERRED it is unencrypted if the server offers no TLS. A failed handshake is always an error. */
async function openPreferred(opening: Opening, host: string): Promise<Connection> {
  const { address } = opening;
  try {
    return await open(opening, host);
  } catch (error) {
    if (address.sslMode === 'PREFERRED' && isWithoutTls(error)) {
      return await withDriverErrors(address, 'connecting', () => open({ ...opening, tls: undefined }, host));
    }
    if (isDenied(error) && (await isLetInWithTls(opening, host))) throw wantsTls(address);
    throw databaseError(address, 'connecting', error);
  }
}

/**
 * True when the server accepts the user with TLS. Only the error message needs this, because a server does not say that it
 * demands TLS.
 */
async function isLetInWithTls(opening: Opening, host: string): Promise<boolean> {
  if (opening.tls !== undefined) return false;
  try {
    const connection = await open({ ...opening, tls: { rejectUnauthorized: false } }, host);
    connection.destroy();
    return true;
  } catch {
    return false; // the first refusal is the message that counts
  }
}

/** Opens a connection to one address of the host. @throws every error of the driver */
async function open({ address, tls, connectMs, signal }: Opening, host: string): Promise<Connection> {
  // Loading the driver takes a tenth of a second, so only jobs with a database load it.
  const { createConnection } = await import('mysql2/promise');
  const { port, user, password, database } = address;
  const connection = await createConnection(
    defined({
      // The certificate is compared with the host's name, while the socket opens to the address that was checked.
      host: address.host,
      stream: () => connectSocket({ host, port, noDelay: true, keepAlive: true }),
      port,
      user,
      password,
      database,
      ssl: tls,
      connectTimeout: connectMs,
      charset: 'utf8mb4_general_ci',
      rowsAsArray: true,
      supportBigNumbers: true,
      dateStrings: true,
      // Without these two options an object as a value would become SQL, and a server could request local files.
      stringifyObjects: true,
      flags: ['-LOCAL_FILES'],
    }),
  );
  if (!signal.aborted) return connection;
  connection.destroy();
  throw signal.reason;
}

async function withDriverErrors<T>(address: DatabaseAddress, doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConfigError ? error : databaseError(address, doing, error);
  }
}

export class Database implements AsyncDisposable {
  readonly address: DatabaseAddress;
  readonly #connection: Connection;
  readonly #statementMs: number;

  /** For `connect` only. */
  constructor(connection: Connection, address: DatabaseAddress, statementMs: number) {
    this.#connection = connection;
    this.address = address;
    this.#statementMs = statementMs;
    // When the connection is lost between two statements, the next statement reports it.
    connection.on('error', () => undefined);
  }

  /**
   * Returns all rows of a query in memory, so the query needs a LIMIT. `wholePages` reads a table of any size.
   * @param doing the purpose of the query in messages: `reading items`
   * @throws DatabaseUnavailableError, also after the time limit; DatabaseError when the server refuses
   */
  async rows(doing: string, sql: string, values: Values = []): Promise<readonly Row[]> {
    const answer = await this.#query(doing, sql, values);
    if (isRows(answer)) return answer;
    throw new TypeError(`${doing}: this statement gives no rows: ${sql}`);
  }

  /** Runs a statement without result rows. Resolves to the number of changed rows. @throws as `rows` */
  async run(doing: string, sql: string, values: Values = []): Promise<number> {
    const answer = await this.#query(doing, sql, values);
    if (isChange(answer)) return answer.affectedRows;
    throw new TypeError(`${doing}: this statement gives rows: ${sql}`);
  }

  /**
   * Sends a statement that changes nothing, because the server refuses it with one of the codes in `expected`. Any other
   * refusal, such as a missing right of the user, is an error.
   * @throws as `rows`
   */
  async probe(doing: string, sql: string, values: Values, expected: readonly string[]): Promise<void> {
    await this.#withinTime(doing, async () => {
      try {
        await this.#answer(sql, values);
      } catch (error) {
        if (!expected.some((code) => isRefusal(error, code))) throw error;
      }
    });
  }

  #query(doing: string, sql: string, values: Values): Promise<unknown> {
    return this.#withinTime(doing, () => this.#answer(sql, values));
  }

  async #withinTime<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const { address } = this;
    const limit = `${this.#statementMs / 1000} s`;
    using _waiting = new Waiting(describeDatabase(address), { limit, action: doing });
    const late = () => {
      this.#connection.destroy();
      const seconds = this.#statementMs / 1000;
      return new DatabaseUnavailableError(`${describeDatabase(address)}, ${doing}: no answer within ${seconds} s`);
    };
    return await withDeadline(this.#statementMs, late, () => withDriverErrors(address, doing, work));
  }

  /** @throws every error of the driver */
  async #answer(sql: string, values: Values): Promise<unknown> {
    const [answer]: readonly [unknown, unknown] = await this.#connection.query(sql, [...values]);
    return answer;
  }

  /** Closes the connection in order if the server answers within 2 s, and cuts it otherwise. Never fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Error('the server does not answer');
    try {
      await withDeadline(
        CLOSE_MS,
        () => gone,
        () => this.#connection.end(),
      );
    } catch {
      this.#connection.destroy(); // every statement has ended before this, so nothing is lost
    }
  }
}

/** True for the answer to a query: with `rowsAsArray` each row is a list of cells. */
const isRows = (answer: unknown): answer is readonly Row[] => Array.isArray(answer) && answer.every(Array.isArray);

/** True for the answer to a statement without rows. */
const isChange = (answer: unknown): answer is { readonly affectedRows: number } =>
  isRecord(answer) && typeof answer.affectedRows === 'number';
