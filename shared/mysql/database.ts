/**
 * A MySQL database behind a `jdbc` setting: connections that end in time, with errors that say what to do.
 *
 *   await withConnection(parseJdbc(url), async (database) => {
 *     const rows = await database.rows('reading items', 'SELECT item_id FROM ?? WHERE item_id > ?', ['items', 10]);
 *   });
 *
 * Text never becomes SQL: `?` stands for a value, `??` for an identifier. A list of lists in place of `?` becomes the rows
 * of a `VALUES`.
 */
import { connect as connectSocket } from 'node:net';
import type { Connection, SslOptions } from 'mysql2/promise';
import { withDeadline } from '../config/deadline.ts';
import { allowedAddresses, type Resolver } from '../config/endpoint.ts';
import { ConfigError, DatabaseUnavailableError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { Waiting } from '../wait.ts';
import { databaseError, isDenied, isRefusal, isWithoutTls, wantsTls } from './database-errors.ts';
import { type DatabaseAddress, describeDatabase } from './jdbc.ts';
import { tlsOptions } from './tls.ts';

/**
 * Integers and floats are numbers; an integer beyond ±(2^53 − 1), a decimal and a time are text, so that no digit is lost.
 */
export type Cell = number | string | Buffer | null;
export type Row = readonly Cell[];
export type Values = readonly (Value | readonly Value[] | readonly (readonly Value[])[])[];
type Value = number | string | null;

export interface DatabaseOptions {
  /** For opening the connection; 10 s. */
  readonly connectMs?: number;
  /** For each statement, from sending it to its last row; 10 min. */
  readonly statementMs?: number;
  /** The resolver that finds the host's addresses; the system's own by default. */
  readonly resolve?: Resolver;
}

const CLOSE_MS = 2_000;

/** Opens a connection, and closes it when `use` is done or has failed. @throws as `connect`, and what `use` throws */
export async function withConnection<T>(
  address: DatabaseAddress,
  use: (database: Database) => Promise<T>,
  options?: DatabaseOptions,
): Promise<T> {
  await using database = await connect(address, options);
  return await use(database);
}

/** @throws ConfigError for a host that is refused; DatabaseUnavailableError; DatabaseError, what the server refused */
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
  // What the escaping of values relies on, and no silent cutting of what does not fit, whatever the server's default is.
  await database.run('preparing the session', "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
  return database;
}

interface Opening {
  readonly address: DatabaseAddress;
  /** Undefined: not encrypted. */
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

/** PREFERRED goes without TLS where the server offers none, and only there: a handshake that fails is an error. */
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

/** Asked for the message alone: a server that demands TLS of a user refuses the user without a word of it. */
async function isLetInWithTls(opening: Opening, host: string): Promise<boolean> {
  if (opening.tls !== undefined) return false;
  try {
    const connection = await open({ ...opening, tls: { rejectUnauthorized: false } }, host);
    connection.destroy();
    return true;
  } catch {
    return false; // the first refusal says what there is to say
  }
}

/** @throws what the driver throws */
async function open({ address, tls, connectMs, signal }: Opening, host: string): Promise<Connection> {
  // A tenth of a second of loading, which only who has a database waits for.
  const { createConnection } = await import('mysql2/promise');
  const { port, user, password, database } = address;
  const connection = await createConnection({
    // The certificate is compared with the name, and the socket opens to the address that was checked.
    host: address.host,
    stream: () => connectSocket({ host, port, noDelay: true, keepAlive: true }),
    port,
    user,
    password,
    database,
    ...(tls !== undefined && { ssl: tls }),
    connectTimeout: connectMs,
    charset: 'utf8mb4_general_ci',
    rowsAsArray: true,
    supportBigNumbers: true,
    dateStrings: true,
    // A value that is an object would otherwise become SQL; a server could otherwise ask for local files.
    stringifyObjects: true,
    flags: ['-LOCAL_FILES'],
  });
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

  /** Use `connect`. */
  constructor(connection: Connection, address: DatabaseAddress, statementMs: number) {
    this.#connection = connection;
    this.address = address;
    this.#statementMs = statementMs;
    // A connection lost between two statements: the next one says so.
    connection.on('error', () => undefined);
  }

  /**
   * The rows of a query, all of them in memory: bound it with LIMIT (`wholePages` reads a table of any size).
   * @param doing what it is for, in messages: `reading items`
   * @throws DatabaseUnavailableError, also when it takes too long; DatabaseError, what the server refused
   */
  async rows(doing: string, sql: string, values: Values = []): Promise<readonly Row[]> {
    const answer = await this.#query(doing, sql, values);
    if (isRows(answer)) return answer;
    throw new TypeError(`${doing}: this statement gives no rows: ${sql}`);
  }

  /** A statement that gives no rows; resolves to how many it changed. @throws as `rows` */
  async run(doing: string, sql: string, values: Values = []): Promise<number> {
    const answer = await this.#query(doing, sql, values);
    if (isChange(answer)) return answer.affectedRows;
    throw new TypeError(`${doing}: this statement gives rows: ${sql}`);
  }

  /**
   * A statement that can change nothing, since the server refuses it in one of the `expected` ways: what else it says to it
   * (that the user may not, say) is an error. @throws as `rows`
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

  /** @throws what the driver throws */
  async #answer(sql: string, values: Values): Promise<unknown> {
    const [answer]: readonly [unknown, unknown] = await this.#connection.query(sql, [...values]);
    return answer;
  }

  /** In order where that is possible, else at once; never fails, never takes longer than 2 s. */
  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Error('the server does not answer');
    try {
      await withDeadline(
        CLOSE_MS,
        () => gone,
        () => this.#connection.end(),
      );
    } catch {
      this.#connection.destroy(); // all that was asked of it has been answered or has failed: nothing is lost
    }
  }
}

/** True for the answer to a query: with `rowsAsArray` each row is a list of cells. */
const isRows = (answer: unknown): answer is readonly Row[] => Array.isArray(answer) && answer.every(Array.isArray);

/** True for the answer to a statement without rows. */
const isChange = (answer: unknown): answer is { readonly affectedRows: number } =>
  isRecord(answer) && typeof answer.affectedRows === 'number';
