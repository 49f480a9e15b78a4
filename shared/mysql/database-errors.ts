/** Turns the errors of the MySQL driver into errors that tell the reader what to do. */
import { ConfigError, DatabaseError, DatabaseUnavailableError } from '../errors.ts';
import { type DatabaseAddress, describeDatabase, withoutHiddenNames } from './jdbc.ts';

/** An error of the driver or of Node. */
interface DriverError extends Error {
  readonly code?: string;
  /** The message of the server. */
  readonly sqlMessage?: string;
}

const REFUSED =
  'check host and port, that the database server is running there, and that it listens to more than its own machine';
const NOT_REACHED = 'check host and port, and that firewalls and security groups let this machine through';
const NOT_FOUND = 'check the name of the host, and that this machine can look it up';

/**
 * The codes of temporary errors: the server is unreachable, too busy or shutting down, or two transactions collided. The value
 * is the cure in case the error does not pass.
 */
const TRANSIENT: ReadonlyMap<string, string | undefined> = new Map([
  ['ECONNREFUSED', REFUSED],
  ['ECONNRESET', undefined],
  ['ETIMEDOUT', NOT_REACHED],
  ['EPIPE', undefined],
  ['EHOSTUNREACH', NOT_REACHED],
  ['ENETUNREACH', NOT_REACHED],
  ['EAI_AGAIN', NOT_FOUND],
  ['ENOTFOUND', NOT_FOUND],
  ['PROTOCOL_CONNECTION_LOST', undefined],
  ['ER_CON_COUNT_ERROR', 'raise max_connections of the server, or close connections that nobody needs'],
  ['ER_TOO_MANY_USER_CONNECTIONS', 'raise max_user_connections, or close connections that nobody needs'],
  ['ER_SERVER_SHUTDOWN', undefined],
  ['ER_LOCK_DEADLOCK', undefined],
  ['ER_LOCK_WAIT_TIMEOUT', undefined],
  ['ER_QUERY_INTERRUPTED', undefined],
  ['ER_CONNECTION_KILLED', undefined],
]);

/** Code → cure, for lasting errors. */
const CURES: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: 'check user and password',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'check user and password',
  ER_HOST_NOT_PRIVILEGED: 'the user may not connect from this machine: allow it with GRANT',
  ER_HOST_IS_BLOCKED: 'run FLUSH HOSTS on the server',
  ER_DBACCESS_DENIED_ERROR: 'give the user rights on the database with GRANT, or check its name',
  ER_TABLEACCESS_DENIED_ERROR: 'give the user rights on the table with GRANT',
  ER_COLUMNACCESS_DENIED_ERROR: 'give the user rights on the column with GRANT',
  ER_BAD_DB_ERROR: 'check the name of the database in the address',
  ER_NO_SUCH_TABLE: 'check that the address names the right database, and create the table',
  ER_RECORD_FILE_FULL: 'make room on the server’s disk, for two tables at once, and run again',
  ER_DISK_FULL: 'make room on the server’s disk, for two tables at once, and run again',
  ER_OPTION_PREVENTS_STATEMENT: 'the server is read-only: give the address of the server that accepts writes',
  ER_BAD_FIELD_ERROR: 'the table is not as this job expects it: see the job’s README',
};

const LONGEST_SHOWN = 300;

/**
 * Returns the error to throw in place of the driver's error. It does not keep the driver's error as its cause, because that may
 * hold megabytes of SQL.
 * @param doing the operation that failed: `reading items`
 */
export function databaseError(address: DatabaseAddress, doing: string, error: unknown): unknown {
  if (error instanceof ConfigError || !isFromDriver(error)) return error;
  const { code = '', sqlMessage, message } = error;
  const said = withoutHiddenNames(sqlMessage ?? message, address).slice(0, LONGEST_SHOWN);
  const where = `${describeDatabase(address)}, ${doing}`;
  const text = `${where}: ${said}${code === '' ? '' : ` (${code})`}`;
  if (isTransient(error)) {
    const cure = TRANSIENT.get(code);
    return new DatabaseUnavailableError(cure === undefined ? text : `${text}: ${cure}`);
  }
  const cure = tlsCure(address, error) ?? CURES[code];
  return new DatabaseError(cure === undefined ? text : `${text}: ${cure}`);
}

/** True when the server offers no TLS. The error comes before user and password are sent. */
export const isWithoutTls = (error: unknown): boolean => codeOf(error) === 'HANDSHAKE_NO_SSL_SUPPORT';

/** True when the server denied access to the user. A server that demands TLS of the user gives the same error. */
export const isDenied = (error: unknown): boolean => codeOf(error) === 'ER_ACCESS_DENIED_ERROR';

/** Returns the error for a user who was denied access without TLS and is accepted with it. */
export const wantsTls = (address: DatabaseAddress): DatabaseError =>
  new DatabaseError(
    `${describeDatabase(address)}, connecting: the server demands TLS of this user, and ${whyPlain(address.sslMode)}`,
  );

/** True when the server refused with this code. */
export const isRefusal = (error: unknown, code: string): boolean => codeOf(error) === code;

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Returns the cure of an error about TLS; undefined for any other error. */
function tlsCure({ sslMode }: DatabaseAddress, error: DriverError): string | undefined {
  const { code, message, sqlMessage } = error;
  if (isWithoutTls(error)) {
    return `sslMode=${sslMode} demands TLS and the server offers none: switch it on there, or write sslMode=PREFERRED`;
  }
  if (code === 'HANDSHAKE_SSL_ERROR') {
    if (/altnames|does not match/i.test(message)) {
      return 'the certificate is of another host: give the host as the certificate names it, or write sslMode=VERIFY_CA';
    }
    if (/certificate/i.test(message)) {
      return (
        'the server’s certificate does not verify: name the file of the certificates that it comes from with ' +
        'serverSslCert=<path or s3://…pem>, or write sslMode=REQUIRED, which checks none'
      );
    }
    return 'client and server have no TLS version in common (1.2 is the oldest): enable one on the server; sslMode=DISABLED connects without TLS';
  }
  if (/insecure transport|require_secure_transport/i.test(sqlMessage ?? '')) {
    return `the server demands TLS, and ${whyPlain(sslMode)}`;
  }
  return undefined;
}

const whyPlain = (sslMode: string): string =>
  sslMode === 'DISABLED'
    ? 'sslMode=DISABLED connects without it: write sslMode=REQUIRED'
    : 'it offers none: switch it on there';

/** True for an error of the server or the connection, and false for one of the code that uses them. */
function isFromDriver(error: unknown): error is DriverError {
  if (!(error instanceof Error)) return false;
  return 'sqlMessage' in error || ('code' in error && typeof error.code === 'string') || isClosed(error);
}

function isTransient(error: DriverError): boolean {
  // The driver gives every failure of a TLS handshake the same code, even the loss of the connection.
  if (error.code === 'HANDSHAKE_SSL_ERROR') return /ECONNRESET|EPIPE|ETIMEDOUT|disconnected/.test(error.message);
  return TRANSIENT.has(error.code ?? '') || isClosed(error);
}

/** True for a statement after the connection was lost. The driver gives this error no code. */
const isClosed = (error: Error): boolean => error.message.includes('closed state');
