/**
 * The settings of an environment: what each may be, its default and its meaning. The errors of synthesis and the table of
 * docs/deploy.md are made from them.
 */
import * as z from 'zod';
import { dayFolderPattern } from '../functions/day-arrival/core.ts';
import { parseZooKeeperHosts } from '../shared/config/zookeeper-hosts.ts';
import { ConfigError } from '../shared/errors.ts';
import { parseLocation } from '../shared/store/location.ts';
import { type NodelessSettings, nodelessSetting } from './nodeless-settings.ts';

/** Days that CloudWatch Logs can keep lines for. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** A key's ARN and its region. An alias is no resource of a policy. */
export const KMS_KEY = /^arn:[a-z-]+:kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]+$/;

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

const nodeless = <K extends keyof NodelessSettings>(key: K) => {
  const { schema, allowed, meaning } = nodelessSetting(key);
  return setting(schema, allowed, meaning);
};

export const environmentSchema = z.strictObject({
  account: setting(
    z
      .string()
      .regex(/^\d{12}$/)
      .optional(),
    'an account’s 12 digits, as text',
    'the account to deploy into; a deployment with credentials of another one is refused; that of the credentials if not set',
  ),
  region: setting(
    z
      .string()
      .regex(/^[a-z]{2,}(-[a-z]+)+-\d$/)
      .optional(),
    'a region, such as eu-west-1',
    'the region to deploy into; that of the credentials if not set',
  ),
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
  maxRejectRatio: nodeless('maxRejectRatio'),
  maxOtherDays: nodeless('maxOtherDays'),
  ids: nodeless('ids'),
  accountConcurrency: integer(
    10,
    100_000,
    10,
    'functions that the account runs at once (a new account: 10); a day may ask for 80 % of it',
  ),
  maxConcurrency: integer(1, 1000, 4, 'shards of one step that run at once'),
  maxClients: integer(1, 1000, 1, 'large clients of one day that run at once, each with functions for its shards'),
  maxFolded: integer(1, 1000, 4, 'small clients of one day that run at once, each in one function'),
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
  kmsKeyArns: setting(
    z.array(z.string().regex(KMS_KEY)).default([]),
    'a list of arn:aws:kms:<region>:<account>:key/<id>',
    'the keys of your own that the named buckets, secrets and readable paths are encrypted with',
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
  logRemovalPolicy: setting(
    z.enum(['retain', 'destroy']).default('destroy'),
    'retain or destroy',
    'retain keeps log groups when their function, job or stack is removed; destroy deletes them',
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
  terminationProtection: setting(
    z.boolean().default(false),
    'true or false',
    'the stack cannot be deleted until this is false again and deployed',
  ),
});

/** Returns the allowed values and the meaning of a setting in words, for messages and the documentation. */
export const metaOf = (schema: z.ZodType): { allowed: string; meaning: string } =>
  schema.meta() as { allowed: string; meaning: string };

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
