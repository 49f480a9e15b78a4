/** Tests that synthesis refuses a wrong environment with an error that says what is allowed. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { logPrefix, readEnvironment } from '../../../infra/environment.ts';
import { environmentSchema, metaOf } from '../../../infra/environment-schema.ts';
import { ENVIRONMENTS } from './synthesized-stack.ts';

const read = (settings: object) => readEnvironment({ dev: settings }, 'dev');

test('An environment without settings has all defaults', () => {
  expect(read({})).toMatchObject({
    name: 'dev',
    logPattern: 'actions.%y/%m%d/*/*',
    outputPrefix: 'models',
    arrival: 'marker',
    quietMinutes: 15,
    maxRejectRatio: 0.1,
    maxOtherDays: 0.5,
    ids: 'given',
    accountConcurrency: 10,
    maxConcurrency: 4,
    maxClients: 1,
    maxFolded: 4,
    maxMemoryMb: 3008,
    workDays: 14,
    removalPolicy: 'retain',
    tags: {},
  });
});

test('Environments may be given as JSON, with -c environments=…', () => {
  expect(readEnvironment('{"mine": {"workDays": 2}}', 'mine')).toMatchObject({ name: 'mine', workDays: 2 });
});

describe('wrong choices', () => {
  test.each([
    [undefined, /which environment\? Give -c env=<name>; .* has: dev, staging, prod/],
    ['stagin', /no environment 'stagin'. Did you mean staging\? .*dev, staging, prod/],
    ['__proto__', /no environment '__proto__'/],
  ])('The environment %s is refused by its name', (name, message) => {
    expect(() => readEnvironment(ENVIRONMENTS, name)).toThrow(message);
  });

  test.each([undefined, 'not json', '[]', {}])('The environments %j are refused', (environments) => {
    expect(() => readEnvironment(environments, 'dev')).toThrow(/must hold an object of environments/);
  });

  test('A name that cannot be part of resource names is refused', () => {
    expect(() => readEnvironment({ 'my-dev': {} }, 'my-dev')).toThrow(/'my-dev' can name no environment/);
  });
});

describe('wrong settings', () => {
  test.each<[object, RegExp]>([
    [{ logRetentonDays: 7 }, /logRetentonDays is no setting; did you mean logRetentionDays\?/],
    [{ zzz: 7 }, /zzz is no setting; there are: account, region, logBucket/],
    [{ logRetentionDays: 8 }, /logRetentionDays is 8; allowed: 1, 3, 5, 7/],
    [
      { logPattern: 'actions/%y/*' },
      /logPattern is "actions\/%y\/\*"; allowed: a key pattern whose folders before the first \* name the day/,
    ],
    [{ logPattern: 's3://b/%y/%m%d' }, /logPattern is .*allowed/],
    [{ logPattern: 'logs/*/%y%m%d' }, /logPattern is .*folders before the first \* name the day/],
    [{ outputPrefix: '/models/' }, /outputPrefix is .*without slashes at its ends/],
    [{ logBucket: 'UPPER' }, /logBucket is "UPPER"; allowed: the name of a bucket/],
    [{ arrival: 'soon' }, /arrival is "soon"; allowed: marker or quiet/],
    [{ quietMinutes: '15' }, /quietMinutes is "15"; allowed: a whole number from 1 to 1440/],
    [{ maxRejectRatio: 1.5 }, /maxRejectRatio is 1.5; allowed: a number from 0 to 1/],
    [{ maxOtherDays: 'most' }, /maxOtherDays is "most"; allowed: a number from 0 to 1/],
    [{ ids: 'text' }, /ids is "text"; allowed: one of given, assign/],
    [{ maxMemoryMb: 512 }, /maxMemoryMb is 512; allowed: a whole number from 3008/],
    [{ configRoot: '/etc/config' }, /configRoot is .*allowed: s3:\/\/bucket\/prefix, or zookeeper:/],
    [{ configRoot: 'zookeeper:' }, /configRoot is "zookeeper:"/],
    // This is a link-local address, the metadata service of a machine.
    [{ configRoot: 'zookeeper:169.254.169.254:2181' }, /configRoot is/],
    [{ vpc: { id: 'vpc-1a', subnets: [] } }, /vpc is .*allowed: \{"id": "vpc-…"/],
    [{ vpc: { id: 'vpc-1a', subnets: ['subnet-1'], nat: true } }, /vpc is .*allowed/],
    [{ vpc: { id: 'vpc-1a', subnets: ['subnet-1'], databasePorts: [0] } }, /vpc is .*allowed/],
    [{ vpc: { id: 'vpc-1a', subnets: ['subnet-1'], dnsServers: ['ns.example.com'] } }, /vpc is .*allowed/],
    [{ readablePaths: ['s3://catalogues'] }, /readablePaths is .*allowed: a list of s3:\/\/bucket\/prefix/],
    [{ readablePaths: '/data/items' }, /readablePaths is .*allowed/],
    [{ secretPrefix: '/offline/' }, /secretPrefix is .*without slashes at its ends/],
    [{ account: 123456789012 }, /account is 123456789012; allowed: an account’s 12 digits, as text/],
    [{ region: 'Ireland' }, /region is "Ireland"; allowed: a region, such as eu-west-1/],
    [{ kmsKeyArns: ['arn:aws:kms:eu-west-1:123456789012:alias/models'] }, /kmsKeyArns is .*:key\/<id>/],
    [{ accountConcurrency: 9 }, /accountConcurrency is 9; allowed: a whole number from 10/],
    [{ logRemovalPolicy: 'keep' }, /logRemovalPolicy is "keep"; allowed: retain or destroy/],
    [{ alarmEmail: 'ops' }, /alarmEmail is "ops"; allowed: an e-mail address/],
    [{ tags: { a: 1 } }, /tags is .*an object of at most 50 strings/],
    [{ tags: { 'aws:team': 'a' } }, /tags is/],
    [{ tags: { team: '' } }, /tags is/],
    [{ removalPolicy: 'snapshot' }, /removalPolicy is "snapshot"; allowed: retain or destroy/],
  ])('The settings %j are refused with what is allowed', (settings, message) => {
    expect(() => read(settings)).toThrow(message);
    expect(() => read(settings)).toThrow(/Environment dev \(cdk.json, context.environments.dev\)/);
  });

  test('All wrong settings are named at once', () => {
    expect(() => read({ workDays: 0, arival: 'marker' })).toThrow(/workDays is 0[\s\S]*did you mean arrival/);
  });

  test('Settings that are not an object are refused', () => {
    expect(() => readEnvironment({ dev: 3 }, 'dev')).toThrow(/must be an object of settings/);
  });
});

describe('prefixes that overlap', () => {
  test.each(['models/%y/%m%d/*', '%y/%m%d/*', 'm%y/%m%d/*'])(
    'Logs at %s and outputs below models in one bucket are refused',
    (logPattern) => {
      const settings = { logBucket: 'one', outputBucket: 'one', logPattern };
      expect(() => read(settings)).toThrow(/logPattern and outputPrefix overlap/);
      // In two buckets they cannot overlap.
      expect(read({ ...settings, outputBucket: 'two' }).logPattern).toBe(logPattern);
    },
  );

  test('Prefixes that share only the first letters, such as models. and models/, are accepted', () => {
    expect(read({ logBucket: 'one', outputBucket: 'one', logPattern: 'models.%y/%m%d/*' }).outputPrefix).toBe('models');
  });

  test('Outputs below the configuration root are refused', () => {
    expect(() => read({ outputPrefix: 'config' })).toThrow(/outputPrefix and the configuration root overlap/);
    expect(read({ outputPrefix: 'config', configRoot: 's3://elsewhere/config' }).outputPrefix).toBe('config');
  });
});

test('The log prefix ends before the first part that changes with the day', () => {
  expect(logPrefix({ logPattern: 'logs/actions.%y/%m%d/*/*' })).toBe('logs/actions.');
  expect(logPrefix({ logPattern: 'raw/%y%m%d/*' })).toBe('raw/');
});

test('docs/deploy.md explains every setting as the code does', () => {
  const page = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8');
  for (const [name, schema] of Object.entries(environmentSchema.shape)) {
    const { allowed, meaning } = metaOf(schema);
    const standard = schema.safeParse(undefined).data;
    const shown =
      standard === undefined ? '' : `\`${typeof standard === 'string' ? standard : JSON.stringify(standard)}\``;
    expect(page).toContain(`| \`${name}\` | ${shown} | ${meaning} | ${allowed} |`);
  }
});
