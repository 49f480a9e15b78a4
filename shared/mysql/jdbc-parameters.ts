/**
 * The parameters of a `jdbc` address: user and password, and the encryption of the connection.
 *
 *   user=u&password=p&characterEncoding=utf8&sslMode=VERIFY_CA&serverSslCert=/etc/ssl/database.pem&serverTimezone=UTC
 *
 * Java's drivers know about two hundred parameters. Parameters without effect on this project are ignored with a warning. All
 * others are refused, because some of them make a driver read local files or load classes.
 */
import type { ConfigError } from '../errors.ts';

/** The values of `sslMode` in Java's drivers, from no encryption to an encrypted connection to exactly this host. */
const SSL_MODES = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export interface JdbcParameters {
  readonly user: string;
  /** Empty for a user without a password. */
  readonly password: string;
  readonly sslMode: SslMode;
  /** The file of the certificates that must sign the server's, a path or `s3://…`; undefined for those that Node.js knows. */
  readonly serverSslCert: string | undefined;
  /** Sentences about parameters without effect. */
  readonly warnings: readonly string[];
}

/** The parameters that messages name as allowed. */
export const ALLOWED_PARAMETERS = ['user', 'password', 'characterEncoding', 'sslMode', 'serverSslCert'] as const;
const OLD_SSL = ['useSSL', 'requireSSL', 'verifyServerCertificate'] as const;
const UNDERSTOOD: readonly string[] = [...ALLOWED_PARAMETERS, ...OLD_SSL];

/** The names of the modes in MariaDB's driver. */
const MARIADB_MODES: ReadonlyMap<string, SslMode> = new Map([
  ['DISABLE', 'DISABLED'],
  ['TRUST', 'REQUIRED'],
  ['VERIFY_FULL', 'VERIFY_IDENTITY'],
]);

/** Parameters about converting times, caching statements, reconnecting or waiting. They do not affect our connection. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  (
    'serverTimezone connectionTimeZone forceConnectionTimeZoneToSession preserveInstants useTimezone useLegacyDatetimeCode ' +
    'useJDBCCompliantTimezoneShift useGmtMillisForDatetimes noDatetimeStringSync zeroDateTimeBehavior sendFractionalSeconds ' +
    'yearIsDateType tinyInt1isBit transformedBitIsBoolean useUnicode characterSetResults connectionCollation ' +
    'autoReconnect autoReconnectForPools maxReconnects initialTimeout failOverReadOnly roundRobinLoadBalance ' +
    'connectTimeout socketTimeout tcpKeepAlive tcpNoDelay useCompression rewriteBatchedStatements useServerPrepStmts ' +
    'cachePrepStmts prepStmtCacheSize prepStmtCacheSqlLimit cacheCallableStmts cacheServerConfiguration ' +
    'cacheResultSetMetadata useLocalSessionState useLocalTransactionState elideSetAutoCommits maintainTimeStats ' +
    'useCursorFetch defaultFetchSize useFastDateParsing useInformationSchema jdbcCompliantTruncation ' +
    'nullNamePatternMatchesAll nullCatalogMeansCurrent noAccessToProcedureBodies useOldAliasMetadataBehavior ' +
    'allowPublicKeyRetrieval pinGlobalTxToPhysicalConnection applicationName'
  ).split(' '),
);

/** The name of a character set in Java or MySQL. The choice makes no difference, because the server translates to UTF-8. */
const ENCODING = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}$/;

const SECOND_PARAMETER = /;|password\s*[=:]/i;

/**
 * Reads the parameters of an address.
 * @param refused makes the error for a reason
 * @throws the error of `refused`, which shows no value of any parameter
 */
export function parseParameters(query: string, refused: (why: string) => ConfigError): JdbcParameters {
  const { given, ignored } = splitParameters(query, refused);
  const user = given.get('user') ?? '';
  // Messages repeat these values, so they must not hold a password. Java's other databases separate parameters by `;`.
  for (const key of ['user', 'serverSslCert']) {
    if (SECOND_PARAMETER.test(given.get(key) ?? ''))
      throw refused(`${key} holds a second parameter: an & stands between two`);
  }
  if (!ENCODING.test(given.get('characterEncoding') ?? 'UTF-8')) {
    throw refused('characterEncoding is no name of a character set, such as utf8');
  }
  const serverSslCert = given.get('serverSslCert');
  if (serverSslCert?.trim() === '') throw refused('serverSslCert is empty: a path or s3://…pem is needed');
  const sslMode = sslModeOf(given, refused);
  const warnings: string[] = [];
  if (ignored.length > 0)
    warnings.push(`jdbc: ${ignored.join(', ')} ${ignored.length === 1 ? 'has' : 'have'} no effect here`);
  if (serverSslCert !== undefined && !sslMode.startsWith('VERIFY_')) {
    warnings.push(
      `jdbc: serverSslCert has no effect with sslMode=${sslMode}, which checks no certificate: write VERIFY_CA or VERIFY_IDENTITY`,
    );
  }
  return { user, password: given.get('password') ?? '', sslMode, serverSslCert, warnings };
}

function splitParameters(query: string, refused: (why: string) => ConfigError) {
  const given = new Map<string, string>();
  const ignored: string[] = [];
  for (const parameter of query.split('&')) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const key = equals < 0 ? parameter : parameter.slice(0, equals);
    if (WITHOUT_EFFECT.has(key)) {
      if (!ignored.includes(key)) ignored.push(key);
      continue;
    }
    if (!UNDERSTOOD.includes(key))
      throw refused(`${shownKey(key, equals, given)} is not understood (write %26 for an & within a value)`);
    if (given.has(key)) throw refused(`it gives ${key} twice`);
    given.set(key, decoded(equals < 0 ? '' : parameter.slice(equals + 1), key, refused));
  }
  return { given, ignored };
}

/**
 * Names a parameter for messages. After a password no key is shown, because it may be the rest of a password with a plain
 * `&`.
 */
function shownKey(key: string, equals: number, given: ReadonlyMap<string, string>): string {
  const isKey = equals >= 0 && /^[A-Za-z]{1,60}$/.test(key);
  if (isKey && (!given.has('password') || DANGEROUS.has(key))) return `parameter ${key}`;
  return given.has('password') ? 'what follows the password' : 'one of its parameters';
}

/** Parameters of Java's drivers that read files, load classes, open sockets or change the meaning of statements. */
const DANGEROUS: ReadonlySet<string> = new Set(
  (
    'allowLoadLocalInfile allowLoadLocalInfileInPath allowUrlInLocalInfile autoDeserialize socketFactory ' +
    'queryInterceptors statementInterceptors exceptionInterceptors connectionLifecycleInterceptors propertiesTransform ' +
    'allowMultiQueries sessionVariables logger profilerEventHandler loadBalanceStrategy'
  ).split(' '),
);

function sslModeOf(given: ReadonlyMap<string, string>, refused: (why: string) => ConfigError): SslMode {
  const [useSsl, requireSsl, verify] = OLD_SSL.map((key) => flag(given, key, refused));
  const spelled = given.get('sslMode');
  if (spelled !== undefined) {
    const name = spelled.trim().toUpperCase().replaceAll('-', '_');
    const mode = MARIADB_MODES.get(name) ?? SSL_MODES.find((known) => known === name);
    if (mode === undefined) throw refused(`sslMode is none of ${SSL_MODES.join(', ')}`);
    return mode; // as in Java's driver, the older parameters are then ignored
  }
  if (useSsl === false) {
    if (requireSsl || verify)
      throw refused('useSSL=false contradicts requireSSL and verifyServerCertificate: write sslMode');
    return 'DISABLED';
  }
  if (verify) return 'VERIFY_CA';
  if (requireSsl) return 'REQUIRED';
  // A person who names a certificate file wants the server's certificate to be checked.
  return given.has('serverSslCert') && verify === undefined ? 'VERIFY_CA' : 'PREFERRED';
}

function flag(
  given: ReadonlyMap<string, string>,
  key: string,
  refused: (why: string) => ConfigError,
): boolean | undefined {
  const text = given.get(key)?.trim().toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'yes') return true;
  if (text === 'false' || text === 'no') return false;
  throw refused(`${key} is neither true nor false`);
}

/** Decodes a percent-encoded text. @throws the error of `refused` for a wrong encoding and for control characters */
export function decoded(text: string, what: string, refused: (why: string) => ConfigError): string {
  try {
    const value = decodeURIComponent(text);
    if (!/\p{Cc}/u.test(value)) return value;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused(`in ${what} a % is followed by no two hexadecimal digits: write %25 for the sign itself`);
  }
  throw refused(`${what} holds a control character`);
}
