/**
 * Tests the deployed code as it is deployed: every bundle is alone in a folder and loaded by a Node process of its own.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleFunctions } from '../../../infra/bundle.ts';
import { componentsOf } from '../../../infra/components.ts';
import { readEnvironment } from '../../../infra/environment.ts';
import { bundleSources } from '../../../infra/pipeline-app.ts';
import { buildOf, buildStatement } from '../../../shared/job/build.ts';
import { DAILY_HANDLERS } from '../../../shared/job/day-tasks.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MEGABYTE = 1024 * 1024;
/** With the source map, of which a start reads nothing. The functions of the day fold whole days, so they have the code of all jobs. */
const maxZippedMegabytes = (name: string): number => (name === 'day-arrival' ? 2.5 : 2);
const sources = bundleSources(componentsOf(readEnvironment({ dev: {} }, 'dev')));
let folders: ReadonlyMap<string, string>;
let build: string;

beforeAll(async () => {
  ({ folders, build } = await bundleFunctions(sources));
});

interface InNode {
  /** The folder of the bundle. */
  readonly from?: string;
  /** Options of Node. */
  readonly options?: readonly string[];
  /** Variables of the function. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Loads a bundle in an empty folder, runs `body` with it as `bundle`, and returns the last printed line as JSON. */
async function inNode(
  name: string,
  body: string,
  { from = folders.get(name)!, options = [], env = {} }: InNode = {},
): Promise<unknown> {
  const folder = temporaryFolder();
  for (const file of ['index.mjs', 'index.mjs.map']) copyFileSync(join(from, file), join(folder, file));
  const program = `const bundle = await import(${JSON.stringify(pathToFileURL(join(folder, 'index.mjs')).href)}); ${body}`;
  writeFileSync(join(folder, 'main.mjs'), program);
  const { stdout } = await promisify(execFile)(process.execPath, [...options, 'main.mjs'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      ENVIRONMENT: 'test',
      AWS_LAMBDA_FUNCTION_NAME: 'f',
      AWS_REGION: 'us-east-1',
      ...env,
    },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

describe.each(sources)('the bundle of $name', ({ name, handlers }) => {
  test('Every handler is exported by its name', async () => {
    const exported = await inNode(
      name,
      'console.log(JSON.stringify(Object.entries(bundle).map(([key, value]) => [key, typeof value])))',
    );
    expect(exported).toEqual([...handlers].sort().map((handler) => [handler, 'function']));
  });

  test(`The bundle is less than ${maxZippedMegabytes(name)} MB zipped`, () => {
    const folder = folders.get(name)!;
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(['index.mjs', 'index.mjs.map']);
    const zipped = files.reduce((sum, file) => sum + deflateRawSync(readFileSync(join(folder, file))).byteLength, 0);
    expect(zipped).toBeLessThan(maxZippedMegabytes(name) * MEGABYTE);
  });

  test('The bundle does not name the folder in which it was built', () => {
    const root = join(folders.get(name)!, '../../..');
    for (const file of ['index.mjs', 'index.mjs.map']) {
      expect(readFileSync(join(folders.get(name)!, file), 'utf8')).not.toContain(root);
    }
  });

  test("holds no job's example", () => {
    const { sources } = JSON.parse(readFileSync(join(folders.get(name)!, 'index.mjs.map'), 'utf8'));
    expect(sources.filter((source: string) => /\/examples?(\.ts$|\/)/.test(source))).toEqual([]);
    expect(sources.some((source: string) => source.endsWith('shared/job/job.ts'))).toBe(true);
  });
});

test('A function that the build no longer has refuses an execution of an earlier build, and names its place', async () => {
  const { folders: own, build: now } = await bundleFunctions(
    sources.flatMap((one) => (one.name === 'tagaffinity' ? [{ ...one, former: ['polish'] }] : [])),
    join(temporaryFolder(), 'functions'),
  );
  const run = { job: 'tagaffinity', client: 'shop', day: 15_309, id: '0123456789abcdef', build: 'a1' };
  const refused = `this execution began with build a1, and build ${now} is deployed now`;
  for (const [event, place] of [
    [{ run, shard: { index: 3 } }, 'tagaffinity, client shop, day 2011-12-01 (15309), step polish'],
    [
      { day: 15_309, run: '0123456789abcdef', client: 'shop', build: 'a1' },
      'client shop, day 2011-12-01 (15309), step polish',
    ],
  ] as const) {
    expect(await inNode('tagaffinity', failing('polish', event), { from: own.get('tagaffinity')! })).toEqual({
      name: 'DeploymentChangedError',
      message: expect.stringContaining(`${place}: ${refused}`),
    });
  }
});

describe('the build', () => {
  test('is named by every bundle, and is the hash of the code of all bundles', async () => {
    const code: { name: string; contents: Buffer }[] = [];
    for (const [name, folder] of folders) {
      const text = readFileSync(join(folder, 'index.mjs'), 'utf8');
      const statement = buildStatement(build);
      expect(text.startsWith(statement), name).toBe(true);
      code.push({ name: `${name}/index.mjs`, contents: Buffer.from(text.slice(statement.length)) });
    }
    expect(buildOf(code)).toBe(build);
    expect(await inNode('day-arrival', 'console.log(JSON.stringify(process.env.BUILD))')).toBe(build);
  });

  test('is the same when the same sources are bundled again', async () => {
    expect((await bundleFunctions(sources)).build).toBe(build);
  });

  test('keeps the lines of the source map true', async () => {
    const body = 'bundle.explain({}).catch(({ stack }) => console.log(JSON.stringify(stack)))';
    const stack = await inNode('day-arrival', body, { options: ['--enable-source-maps'] });
    const path = 'functions/day-arrival/handlers.ts';
    const line = Number(new RegExp(`at day \\(/${path}:(\\d+):`).exec(stack as string)?.[1]);
    expect(readFileSync(path, 'utf8').split('\n')[line - 1]).toContain('readVariables(');
  });

  const refused: readonly (readonly [name: string, handler: string, event: object])[] = [
    ['matrix-factorization', 'configure', { build: 'a1', input: { client: 'shop' } }],
    [
      'matrix-factorization',
      'solve',
      { run: { build: 'a1', job: 'matrix-factorization', client: 'shop', day: 15_309 } },
    ],
    ['matrix-factorization', 'activate', { run: { job: 'matrix-factorization', client: 'shop', day: 15_309 } }],
    ...DAILY_HANDLERS.flatMap(({ name }) =>
      name === 'explain' ? [] : [['day-arrival', name, { build: 'a1', day: 15_309, client: 'shop' }] as const],
    ),
    ['day-arrival', 'clients', { day: 15_309 }],
  ];

  test('does not matter to a person who asks for the jobs of a client, because no execution has begun', async () => {
    expect(await inNode('day-arrival', failing('enabled', { client: 'shop' }))).toEqual({
      name: 'ConfigError',
      message: expect.stringContaining('CONFIG_ROOT'),
    });
  });

  test.each(refused)('that an execution of another build meets in %s %s is refused', async (name, handler, event) => {
    expect(await inNode(name, failing(handler, event))).toEqual({
      name: 'DeploymentChangedError',
      message: expect.stringContaining(`and build ${build} is deployed now`),
    });
  });
});

/** Prints the error's name and message as the last line, behind all log lines. */
const failing = (handler: string, event: object) =>
  `console.log(JSON.stringify(await bundle[${JSON.stringify(handler)}](${JSON.stringify(event)}).then(
    () => 'no error', ({ name, message }) => ({ name, message }))))`;

describe('handlers in the bundle', () => {
  test('An error keeps the name that the state machine matches after minification', async () => {
    const event = { input: { client: '../shop', settings: { startDay: 15_309 } } };
    expect(await inNode('matrix-factorization', failing('configure', event))).toEqual({
      name: 'UsageError',
      message: expect.stringMatching(
        /^matrix-factorization, client \.\.\/shop, step configure: no client can be called/,
      ),
    });
  });

  test.each([
    ['matrix-factorization', 'configure', { input: { client: 'shop', config: { from: 'x', text: '' } } }],
    ['day-arrival', 'start', { day: 15_309, text: '' }],
  ])('An event larger than a state may be is refused by a handler of %s', async (name, handler, event) => {
    // The text alone has 200 KiB.
    const text = JSON.stringify(event).replace('"text":""', `"text":"${'y'.repeat(200 * 1024)}"`);
    expect(await inNode(name, failing(handler, JSON.parse(text)))).toMatchObject({ name: 'LimitError' });
  });

  test.each([
    ['matrix-factorization', 'configure', { input: { client: 'shop', settings: { startDay: 'never' } } }],
    ['day-arrival', 'enabled', { client: 'shop' }],
  ])(
    'A handler of %s names job, client and step on every log line, and logs one line of metrics',
    async (name, handler, event) => {
      const lines = (await inNode(
        name,
        `const lines = []; const write = process.stdout.write.bind(process.stdout);
       process.stdout.write = (text, ...rest) => (lines.push(String(text)), write(text, ...rest));
       await bundle[${JSON.stringify(handler)}](${JSON.stringify(event)}).catch(() => {});
       console.log(JSON.stringify(lines));`,
      )) as string[];
      const said = lines.flatMap((text) => text.trim().split('\n')).map((text) => JSON.parse(text));
      expect(said).toContainEqual(
        expect.objectContaining({ level: 'INFO', message: 'failed', service: name, client: 'shop', step: handler }),
      );
      const metrics = said.find((line) => '_aws' in line);
      expect(metrics).toMatchObject({ service: name, environment: 'test', step: handler });
      expect(metrics.Duration).toBeGreaterThanOrEqual(0);
      // A Node process always has more than some ten MB.
      expect(metrics.MemoryHighWater).toBeGreaterThan(20);
    },
  );

  test('Settings of the environment reach a job without a node, and those of the request have precedence', async () => {
    const env = { SETTINGS: '{"maxOtherDays":7}' };
    const message = async (settings: object) => {
      const input = {
        settings: { startDay: 15_309, inputPathPattern: '/nowhere/%y%m%d/*', outputPath: '/nowhere', ...settings },
      };
      const event = { input, requestedAt: '2011-12-10T00:00:00Z' };
      return ((await inNode('group-actions', failing('configure', event), { env })) as Error).message;
    };
    expect(await message({})).toMatch(/maxOtherDays is 7 .*allowed: a number from 0 to 1/);
    expect(await message({ maxOtherDays: 0.3 })).toMatch(/no log|\/nowhere/);
  });

  test('The bundle contains the kernels, which the source reads from a file', () => {
    const text = readFileSync(join(folders.get('matrix-factorization')!, 'index.mjs'), 'utf8');
    expect(text).toContain('AGFzbQEAAA'); // base64 of the magic number and version of WebAssembly
    expect(text).not.toContain('.build/');
  });
});
