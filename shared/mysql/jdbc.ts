/**
 * Addresses of databases in the form of old configurations:
 *
 *   jdbc:mysql://host:3306/database?user=u&password=p&characterEncoding=utf8
 *
 * In user and password the signs `%`, `&`, `#` and all signs that an address cannot hold are percent-encoded. A `+` is a plus,
 * as in Java's driver. `jdbc-parameters.ts` lists the allowed parameters.
 */
import { isIP } from 'node:net';
import { allowedHost } from '../config/endpoint.ts';
import { ConfigError } from '../errors.ts';
import { ALLOWED_PARAMETERS, decoded, type JdbcParameters, parseParameters } from './jdbc-parameters.ts';

export interface DatabaseAddress extends JdbcParameters {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

const DEFAULT_PORT = 3306;
const FORM = /^jdbc:mysql:\/\/([^/?#]*)\/([^/?#]+)(?:\?([^#]*))?$/;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:,()=;]*)(?::(\d{1,5}))?$/;
const EXAMPLE = 'jdbc:mysql://host:3306/database?user=…&password=…';
/**
 * The name of a database: letters and digits of any script, blanks and a few signs. MySQL allows more, but `;` and `=` come
 * from misplaced parameters, which may hold a password, and messages show the name of the database.
 */
const DATABASE = /^[\p{L}\p{M}\p{N}_$ @+~-]{1,64}$/u;

/**
 * Reads an address.
 * @param from the source of the address for messages: `jdbc`, or `secret:shop/database`
 * @throws ConfigError that names the mistake and the allowed form, and shows neither user nor password
 */
export function parseJdbc(url: string, from = 'jdbc'): DatabaseAddress {
  const refused = (why: string): ConfigError =>
    new ConfigError(
      `${from} is refused: ${why}. Allowed: ${EXAMPLE}, with the parameters ${ALLOWED_PARAMETERS.join(', ')}`,
    );
  const [, authority, path, query = ''] = FORM.exec(url.trim()) ?? [];
  if (authority === undefined || path === undefined) {
    throw refused('it is no address of a MySQL database: a host, a slash and the name of the database are needed');
  }
  if (authority.includes('@')) throw refused('user and password stand before the host: give them as parameters');
  const [, host, port] = HOST_AND_PORT.exec(authority) ?? [];
  if (host === undefined || host === '') throw refused('it must name one host, and may name its port');
  const portNumber = port === undefined ? DEFAULT_PORT : Number(port);
  if (portNumber < 1 || portNumber > 65_535) throw refused(`${port} is no port: a port is a number from 1 to 65535`);
  const database = decoded(path, 'the name of the database', refused);
  if (!DATABASE.test(database)) {
    throw refused('no database has such a name (parameters follow a ?, with an & between two)');
  }
  const parameters = parseParameters(query, refused);
  const address = { host: allowedHost(host), port: portNumber, database, ...parameters };
  if (address.sslMode === 'VERIFY_IDENTITY' && isIP(address.host) !== 0) {
    throw refused('VERIFY_IDENTITY compares the certificate with the name of the host: give its name, not its address');
  }
  return address;
}

/** Returns host and name of the database for messages, without the user. A name with the word password is hidden. */
export const describeDatabase = ({ host, port, database }: DatabaseAddress): string =>
  `mysql://${host.includes(':') ? `[${host}]` : host}:${port}/${isShown(database) ? encodeURIComponent(database) : '***'}`;

/** Returns a server's message without a hidden name. */
export const withoutHiddenNames = (said: string, { database }: DatabaseAddress): string =>
  isShown(database) ? said : said.replaceAll(database, '***');

const isShown = (database: string): boolean => !/password/i.test(database);
