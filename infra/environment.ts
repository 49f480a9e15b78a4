/**
 * The settings of an environment. `cdk.json` holds them in `context.environments`, by the environment's name, and
 * `-c env=<name>` chooses one. A setting that is wrong, missing or unknown ends synthesis, and the error names all of them.
 */
import * as z from 'zod';
import { dayFolderPattern } from '../functions/day-arrival/core.ts';
import { didYouMean } from '../shared/config/did-you-mean.ts';
import { parseZooKeeperHosts } from '../shared/config/zookeeper-hosts.ts';
import { ConfigError } from '../shared/errors.ts';
import { parseLocation } from '../shared/store/location.ts';

/** Days that CloudWatch Logs can keep lines for. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The most tags that CloudFormation takes for a stack. */
const MAX_TAGS = 50;

const setting = <T extends z.ZodType>(schema: T, allowed: string, meaning: string): T =>
  schema.meta({ allowed, meaning });
const integer = (min: number, max: number, standard: number, meaning: string) =>
  setting(z.int().min(min).max(max).default(standard), `a whole number from ${min} to ${max}`, meaning);
const bucket = (what: string) =>
  setting(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .optional(),
    'the name of a bucket that exists',
    `${what}; a bucket is made if not set`,
  );
const prefix = (standard: string, meaning: string) =>
  setting(
    z
      .string()
      .regex(/^[A-Za-z0-9!_.'()-]+(\/[A-Za-z0-9!_.'()-]+)*$/)
      .default(standard),
    'a key prefix without slashes at its ends, such as models or data/models',
    meaning,
  );

export const environmentSchema = z.strictObject({
  logBucket: bucket('holds the raw logs'),
  logPattern: setting(
    z.string().refine(isLogPattern).default('actions.%y/%m%d/*/*'),
    'a key pattern whose folders before the first * name the day with %y, %m and %d, such as actions.%y/%m%d/*/*',
    'the keys of a day’s logs in the log bucket; * is any part of a name',
  ),
  outputBucket: bucket('holds models and the work area'),
  outputPrefix: prefix('models', 'root of the outputs in the output bucket'),
  configRoot: setting(
    z.string().refine(isConfigRoot).optional(),
    's3://bucket/prefix, or zookeeper:host:port,host:port/chroot',
    'the root of the clients’ configuration and of the nodes of live models; config/ in the output bucket if not set',
  ),
  readablePaths: setting(
    z.array(z.string().refine(isS3Prefix)).default([]),
    'a list of s3://bucket/prefix',
    'the places that itemsPath, tagFilterPath and a database’s serverSslCert may name besides the output root',
  ),
  secretPrefix: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9_+=.@-]+(\/[A-Za-z0-9_+=.@-]+)*$/)
      .optional(),
    'a name without slashes at its ends, such as offline-prod or search/offline',
    'secrets called <prefix>/… may be read; offline-<environment> if not set',
  ),
  arrival: setting(
    z.enum(['marker', 'quiet']).default('marker'),
    'marker or quiet',
    'a day is complete when its _SUCCESS exists (marker), or when nothing came for quietMinutes (quiet)',
  ),
  quietMinutes: integer(1, 1440, 15, 'minutes without a new log after which late logs run their day again'),
  sweepDays: integer(1, 30, 3, 'number of days that are checked once an hour for lost events'),
  maxConcurrency: integer(1, 1000, 8, 'shards of one step that run at once (a new account runs 10 functions at once)'),
  maxClients: integer(1, 1000, 4, 'clients of one day that run at once'),
  maxMemoryMb: integer(3008, 10_240, 3008, 'memory that a step may ask for (a new account allows 3008)'),
  vpc: setting(
    z
      .strictObject({
        id: z.string().regex(/^vpc-[0-9a-f]+$/),
        subnets: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).min(1),
        routeTables: z.array(z.string().regex(/^rtb-[0-9a-f]+$/)).default([]),
        databasePorts: z.array(z.int().min(1).max(65_535)).default([3306]),
        secretsEndpoint: z.boolean().default(false),
        dnsServers: z.array(z.union([z.ipv4(), z.cidrv4()])).default([]),
      })
      .optional(),
    '{"id": "vpc-…", "subnets": ["subnet-…"], "routeTables": ["rtb-…"], "databasePorts": [3306], "secretsEndpoint": true, "dnsServers": ["10.0.0.53"]}',
    'for the functions that reach ZooKeeper or a database; with route tables, an S3 gateway endpoint is made in them; with secretsEndpoint, an interface endpoint of Secrets Manager; with dnsServers, the functions reach name servers of your own',
  ),
  workDays: integer(1, 365, 14, 'number of days for which a run’s intermediate objects are kept'),
  logRetentionDays: setting(
    z
      .number()
      .refine((days) => LOG_DAYS.includes(days))
      .default(30),
    LOG_DAYS.join(', '),
    'number of days for which log lines are kept',
  ),
  alarmEmail: setting(
    z.email().optional(),
    'an e-mail address',
    'the address that alarms are sent to (AWS asks it to confirm)',
  ),
  alarmRunMinutes: integer(
    1,
    1440,
    180,
    'minutes after which a run that is not over raises an alarm; the hourly sweep looks',
  ),
  staleDays: integer(1, 365, 3, 'days after which a model that stays blocked or held raises an alarm'),
  customMetrics: setting(
    z.boolean().default(true),
    'true or false',
    'duration and memory of every step as CloudWatch metrics; the metrics of the alarms are always sent',
  ),
  tags: setting(
    z
      .record(
        z.string().regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu),
        z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$/u),
      )
      .refine((tags) => Object.keys(tags).length <= MAX_TAGS)
      .default({}),
    'an object of at most 50 strings, such as {"team": "search"}',
    'tags of every resource',
  ),
  removalPolicy: setting(
    z.enum(['retain', 'destroy']).default('retain'),
    'retain or destroy',
    'retain keeps the buckets of the stack when the stack is deleted; destroy deletes them, and needs them empty',
  ),
});

export interface Environment extends z.output<typeof environmentSchema> {
  readonly name: string;
  readonly secretPrefix: string;
}

/** A name has no hyphen, so that no resource name of one environment begins with another environment's names. */
const NAME = /^[a-z][a-z0-9]{0,15}$/;
const WHERE = 'cdk.json, context.environments';

function isLogPattern(text: string): boolean {
  return !text.startsWith('/') && !text.includes(':') && isAllowed(() => dayFolderPattern(text));
}

function isConfigRoot(text: string): boolean {
  return isAllowed(() => {
    if (text.startsWith('zookeeper:')) return parseZooKeeperHosts(text.slice('zookeeper:'.length));
    if (parseLocation(text).scheme !== 's3') throw new ConfigError('a function cannot reach a folder');
  });
}

function isS3Prefix(text: string): boolean {
  return isAllowed(() => {
    const at = parseLocation(text);
    if (at.scheme !== 's3' || at.prefix === '') throw new ConfigError('a bucket and a prefix in it');
  });
}

function isAllowed(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
/**
 * @param environments the context's value: an object, or its JSON (`-c environments=…`)
 * @throws ConfigError naming the environment, every wrong key, and what is allowed
 */
export function readEnvironment(environments: unknown, name: unknown): Environment {
  const all = parsed(environments);
  const names = Object.keys(all);
  if (typeof name !== 'string' || name === '') {
    throw new ConfigError(`which environment? Give -c env=<name>; ${WHERE} has: ${names.join(', ')}`);
  }
  if (!Object.hasOwn(all, name)) {
    const meant = didYouMean(name, names);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new ConfigError(`there is no environment '${name}'.${hint} ${WHERE} has: ${names.join(', ')}`);
  }
  if (!NAME.test(name)) {
    throw new ConfigError(
      `'${name}' can name no environment: allowed are a letter, then up to 15 letters and digits, all small`,
    );
  }
  const read = environmentSchema.safeParse(all[name]);
  if (!read.success) {
    const problems = [...new Set(read.error.issues.flatMap((issue) => problemsOf(issue, all[name])))];
    throw new ConfigError(`Environment ${name} (${WHERE}.${name}):${problems.map((text) => `\n  ${text}`).join('')}`);
  }
  const environment = { name, ...read.data, secretPrefix: read.data.secretPrefix ?? `offline-${name}` };
  checkApart(environment);
  return environment;
}

function parsed(environments: unknown): Record<string, unknown> {
  const value: unknown = typeof environments === 'string' ? fromJson(environments) : environments;
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    return value as Record<string, unknown>;
  }
  throw new ConfigError(`${WHERE} must hold an object of environments, such as {"dev": {}}`);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function problemsOf(issue: z.core.$ZodIssue, given: unknown): string[] {
  const [key] = issue.path as string[];
  if (key === undefined && issue.code === 'unrecognized_keys') return issue.keys.map(unknown);
  if (key === undefined) return ['must be an object of settings, such as {"alarmEmail": "ops@example.com"}'];
  const { allowed } = metaOf(environmentSchema.shape[key as keyof typeof environmentSchema.shape]);
  return [`${key} is ${JSON.stringify((given as Record<string, unknown>)[key])}; allowed: ${allowed}`];
}

function unknown(key: string): string {
  const names = Object.keys(environmentSchema.shape);
  const meant = didYouMean(key, names);
  return `${key} is no setting${meant === undefined ? `; there are: ${names.join(', ')}` : `; did you mean ${meant}?`}`;
}

/** True when the clients' configuration is in ZooKeeper, not in S3. */
export const readsZooKeeper = (configRoot: string | undefined): configRoot is string =>
  configRoot?.startsWith('zookeeper:') ?? false;

/** Returns the allowed values and the meaning of a setting in words, for messages and the documentation. */
export const metaOf = (schema: z.ZodType): { allowed: string; meaning: string } =>
  schema.meta() as { allowed: string; meaning: string };

/** The part of the log pattern that is the same for every day. Arrival gets the events below this key prefix. */
export const logPrefix = ({ logPattern }: Pick<Environment, 'logPattern'>): string => /^[^%*]*/.exec(logPattern)![0];

/** The key prefix of the configuration in the output bucket when `configRoot` is not set. */
export const CONFIG_PREFIX = 'config';

/**
 * Refuses overlapping prefixes: an output's `_SUCCESS` must not start a day, and no client's name may lead into the
 * configuration.
 */
function checkApart(environment: Environment): void {
  const { name, logBucket, outputBucket, outputPrefix, configRoot } = environment;
  const overlap = (a: string, b: string) => a.startsWith(b) || b.startsWith(a);
  const clash = (keys: string, a: string, b: string) =>
    new ConfigError(
      `Environment ${name}: ${keys} overlap in one bucket ('${a}', '${b}'): one must not start with the other`,
    );
  if (logBucket !== undefined && logBucket === outputBucket && overlap(logPrefix(environment), `${outputPrefix}/`)) {
    throw clash('logPattern and outputPrefix', logPrefix(environment), `${outputPrefix}/`);
  }
  if (configRoot === undefined && overlap(`${outputPrefix}/`, `${CONFIG_PREFIX}/`)) {
    throw clash('outputPrefix and the configuration root', `${outputPrefix}/`, `${CONFIG_PREFIX}/`);
  }
}
