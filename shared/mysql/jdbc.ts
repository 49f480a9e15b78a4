/**
 * Addresses of databases as old configurations spell them:
 *
 *   jdbc:mysql://host:3306/database?user=u&password=p&characterEncoding=utf8
 *
 * Of the many parameters that Java's driver takes only these three are understood. The others are refused rather than
 * ignored: among them are some that make a driver read local files or load classes. User and password are
 * percent-encoded where they hold `%`, `&`, `#` or what an address cannot hold; `+` is a plus, as in Java's driver.
 */
import { allowedHost } from '../config/endpoint.ts';
import { ConfigError } from '../errors.ts';

export interface DatabaseAddress {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Empty where the user needs none. */
  readonly password: string;
}

const DEFAULT_PORT = 3306;
const FORM = /^jdbc:mysql:\/\/([^/?#]*)\/([^/?#]+)(?:\?([^#]*))?$/;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:,()=]*)(?::(\d{1,5}))?$/;
const EXAMPLE = 'jdbc:mysql://host:3306/database?user=…&password=…';
const PARAMETERS: readonly string[] = ['user', 'password', 'characterEncoding'];
/** Names of character sets, Java's and MySQL's. Which one makes no difference: the server translates to UTF-8. */
const ENCODING = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}$/;

/**
 * @param from what holds it, for messages: `jdbc`, or `secret:shop/database`
 * @throws ConfigError that says what is wrong and what is allowed, and shows neither user nor password
 */
export function parseJdbc(url: string, from = 'jdbc'): DatabaseAddress {
  const [, authority, path, query = ''] = FORM.exec(url.trim()) ?? [];
  if (authority === undefined || path === undefined) {
    throw refused(
      from,
      'it is no address of a MySQL database: a host, a slash and the name of the database are needed',
    );
  }
  if (authority.includes('@')) throw refused(from, 'user and password stand before the host: give them as parameters');
  const [, host, port] = HOST_AND_PORT.exec(authority) ?? [];
  if (host === undefined || host === '') throw refused(from, 'it must name one host, and may name its port');
  const portNumber = port === undefined ? DEFAULT_PORT : Number(port);
  if (portNumber < 1 || portNumber > 65_535) throw refused(from, `port ${port} is none: 1 to 65535`);
  const parameters = parseParameters(query, from);
  return {
    host: allowedHost(host),
    port: portNumber,
    database: decoded(path, 'the name of the database', from),
    user: parameters.get('user') ?? '',
    password: parameters.get('password') ?? '',
  };
}

function parseParameters(query: string, from: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const parameter of query.split('&')) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const key = equals < 0 ? parameter : parameter.slice(0, equals);
    if (!PARAMETERS.includes(key)) {
      // What looks like a key may be the rest of a password that holds a plain `&`: only what can be a key is shown.
      const shown = equals >= 0 && /^[A-Za-z]+$/.test(key) ? `parameter ${key}` : 'one of its parameters';
      throw refused(from, `${shown} is not understood (write %26 for an & within a value)`);
    }
    if (parameters.has(key)) throw refused(from, `it gives ${key} twice`);
    parameters.set(key, decoded(equals < 0 ? '' : parameter.slice(equals + 1), key, from));
  }
  if (!ENCODING.test(parameters.get('characterEncoding') ?? 'UTF-8')) {
    throw refused(from, 'characterEncoding is no name of a character set, such as utf8');
  }
  return parameters;
}

function decoded(text: string, what: string, from: string): string {
  try {
    const value = decodeURIComponent(text);
    if (!/\p{Cc}/u.test(value)) return value;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused(from, `in ${what} a % is followed by no two hexadecimal digits: write %25 for the sign itself`);
  }
  throw refused(from, `${what} holds a control character`);
}

const refused = (from: string, why: string): ConfigError =>
  new ConfigError(`${from} is refused: ${why}. Allowed: ${EXAMPLE}, with the parameters ${PARAMETERS.join(', ')}`);

/** For messages: where the database is, not who asks. */
export const describeDatabase = ({ host, port, database }: DatabaseAddress): string =>
  `mysql://${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}`;
