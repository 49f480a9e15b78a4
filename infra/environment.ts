/**
 * The settings of an environment. `cdk.json` holds them in `context.environments`, by the environment's name, and
 * `-c env=<name>` chooses one. A setting that is wrong, missing or unknown ends synthesis, and the error names all of them.
 */
import type * as z from 'zod';
import { didYouMean } from '../shared/config/did-you-mean.ts';
import { ConfigError } from '../shared/errors.ts';
import { parseJson } from '../shared/json.ts';
import { environmentSchema, metaOf } from './environment-schema.ts';

export interface Environment extends z.output<typeof environmentSchema> {
  readonly name: string;
  readonly secretPrefix: string;
}

/** A name has no hyphen, so that no resource name of one environment begins with another environment's names. */
const NAME = /^[a-z][a-z0-9]{0,15}$/;
const WHERE = 'cdk.json, context.environments';

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
  const value: unknown = typeof environments === 'string' ? parseJson(environments) : environments;
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    return value as Record<string, unknown>;
  }
  throw new ConfigError(`${WHERE} must hold an object of environments, such as {"dev": {}}`);
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
