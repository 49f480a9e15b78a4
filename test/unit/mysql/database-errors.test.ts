/** Tests which driver errors are retried, and what the reader of the error can do. */
import { expect, test } from 'vitest';
import { defined } from '../../../shared/defined.ts';
import { databaseError } from '../../../shared/mysql/database-errors.ts';
import { parseJdbc } from '../../../shared/mysql/jdbc.ts';

const address = parseJdbc('jdbc:mysql://db.example.com/shop?user=u&password=CANARY');

const driverError = (code: string, sqlMessage?: string): Error =>
  Object.assign(new Error(`driver: ${code}`), defined<{ code: string; sqlMessage?: string }>({ code, sqlMessage }));

test.each([
  ['ECONNREFUSED', /check host and port, that the database server is running there/],
  ['ETIMEDOUT', /firewalls and security groups/],
  ['EHOSTUNREACH', /firewalls and security groups/],
  ['ENOTFOUND', /check the name of the host/],
  ['EAI_AGAIN', /check the name of the host/],
  ['ER_CON_COUNT_ERROR', /raise max_connections/],
  ['ER_LOCK_DEADLOCK', /ER_LOCK_DEADLOCK/],
  ['ER_LOCK_WAIT_TIMEOUT', /ER_LOCK_WAIT_TIMEOUT/],
  ['PROTOCOL_CONNECTION_LOST', /PROTOCOL_CONNECTION_LOST/],
])('The error %s is retried, and its message has a cure', (code, message) => {
  const error = databaseError(address, 'connecting', driverError(code)) as Error;
  expect(error).toMatchObject({ name: 'DatabaseUnavailableError', message: expect.stringMatching(message) });
  expect(error.message).toContain('mysql://db.example.com:3306/shop, connecting: ');
});

test.each([
  ['ER_ACCESS_DENIED_ERROR', /check user and password/],
  ['ER_BAD_DB_ERROR', /check the name of the database/],
  ['ER_TABLEACCESS_DENIED_ERROR', /with GRANT/],
  ['ER_HOST_IS_BLOCKED', /FLUSH HOSTS/],
  ['ER_RECORD_FILE_FULL', /make room/],
  ['ER_OPTION_PREVENTS_STATEMENT', /the server that accepts writes/],
])('The error %s ends the run with a cure', (code, message) => {
  const error = databaseError(address, 'filling t', driverError(code, 'the server’s words'));
  expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringMatching(message) });
});

test.each([
  ['self-signed certificate in certificate chain', 'DatabaseError', /serverSslCert=/],
  ['certificate has expired', 'DatabaseError', /serverSslCert=/],
  ["Hostname/IP does not match certificate's altnames", 'DatabaseError', /VERIFY_CA/],
  ['ssl3_read_bytes:wrong version number', 'DatabaseError', /sslMode=DISABLED/],
  ['read ECONNRESET', 'DatabaseUnavailableError', /ECONNRESET/],
  [
    'Client network socket disconnected before secure TLS connection was established',
    'DatabaseUnavailableError',
    /TLS/,
  ],
])('A handshake that fails with "%s" becomes a named error', (said, name, message) => {
  const failed = Object.assign(new Error(said), { code: 'HANDSHAKE_SSL_ERROR' });
  expect(databaseError(address, 'connecting', failed)).toMatchObject({ name, message: expect.stringMatching(message) });
});

test('Other errors are passed on unchanged, and long SQL is not shown', () => {
  const mistake = new TypeError('x is undefined');
  expect(databaseError(address, 'filling t', mistake)).toBe(mistake);
  const long = databaseError(address, 'filling t', driverError('ER_PARSE_ERROR', 'y'.repeat(1_000_000))) as Error;
  expect(long.message.length).toBeLessThan(500);
  expect(long.cause).toBeUndefined();
});
