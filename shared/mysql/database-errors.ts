/** What a MySQL server or the way to it says, as errors by what the reader can do. */
import { DatabaseError, DatabaseUnavailableError } from '../errors.ts';
import { type DatabaseAddress, describeDatabase } from './jdbc.ts';

/** What the driver and Node throw. */
interface DriverError extends Error {
  readonly code?: string;
  /** The server's own words. */
  readonly sqlMessage?: string;
}

/** Passes by itself: the server is not there, too busy or going, or two transactions met. */
const TRANSIENT = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND'],
  ...['PROTOCOL_CONNECTION_LOST', 'ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS', 'ER_SERVER_SHUTDOWN'],
  ...['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_QUERY_INTERRUPTED', 'ER_CONNECTION_KILLED'],
]);

const CURES: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: 'check user and password',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'check user and password',
  ER_HOST_NOT_PRIVILEGED: 'the user may not come from this machine: allow it with GRANT',
  ER_DBACCESS_DENIED_ERROR: 'give the user rights on the database with GRANT, or check its name',
  ER_TABLEACCESS_DENIED_ERROR: 'give the user rights on the table with GRANT',
  ER_COLUMNACCESS_DENIED_ERROR: 'give the user rights on the column with GRANT',
  ER_BAD_DB_ERROR: 'check the name of the database in the address',
  ER_NO_SUCH_TABLE: 'check that the address names the right database, and create the table',
  ER_BAD_FIELD_ERROR: 'the table is not as this job expects it: see the job’s README',
};

const LONGEST_SHOWN = 300;

/**
 * The error to throw in place of the driver's, which may hold megabytes of SQL and is therefore not its cause.
 * @param doing what was under way: `reading items`
 */
export function databaseError(address: DatabaseAddress, doing: string, error: unknown): unknown {
  if (!isFromDriver(error)) return error;
  const { code, sqlMessage, message } = error;
  const said = (sqlMessage ?? message).slice(0, LONGEST_SHOWN);
  const text = `${describeDatabase(address)}, ${doing}: ${said}${code === undefined ? '' : ` (${code})`}`;
  if (isTransient(error)) return new DatabaseUnavailableError(text);
  const cure = CURES[code ?? ''];
  return new DatabaseError(cure === undefined ? text : `${text}: ${cure}`);
}

/** Whether it comes from the server or the connection, and not from the code that uses it. */
function isFromDriver(error: unknown): error is DriverError {
  if (!(error instanceof Error)) return false;
  return 'sqlMessage' in error || ('code' in error && typeof error.code === 'string') || isClosed(error);
}

const isTransient = (error: DriverError): boolean => TRANSIENT.has(error.code ?? '') || isClosed(error);

/** The driver gives no code to a statement that comes after the connection was lost. */
const isClosed = (error: Error): boolean => error.message.includes('closed state');
