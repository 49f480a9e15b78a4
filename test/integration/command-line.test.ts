/** The command line as its users see it: its output on stdout and stderr, its exit codes, and its errors for wrong usage. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ZooKeeperConfigRoot } from '../../shared/config/zookeeper-config-root.ts';
import { writeActions } from '../../shared/example/actions.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { type Ended, offline, offlineSummary } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { useZooKeeper } from '../helpers/zookeeper.ts';

const DAY = 15_317;
const CANARY = 'c4n4ry-pa55word';
const JOB = 'matrix-factorization';

let input: string;

beforeAll(() => {
  input = temporaryFolder();
  writeActions(input, 'shop', DAY, { users: 30, items: 20, actions: 400, parts: 2 });
});

/** Settings of a run that takes little time. */
const SMALL = ['--set', 'rank=2', '--set', 'iterations=1', '--workers', '1'];
const runArgs = (output: string, ...more: string[]) => [
  ...['run', JOB, '--client', 'shop', '--start-day', String(DAY), '--input-path', input, '--output-path', output],
  ...SMALL,
  ...more,
];

const modelFolder = (output: string) => join(output, 'shop', JOB, String(DAY));
const versionOf = (output: string) => join(output, 'shop/models/mf', `${DAY}-${manifestOf(output).run}`);
const manifestOf = (output: string) => JSON.parse(readFileSync(join(modelFolder(output), '_SUCCESS'), 'utf8'));

const NODE = `all_clients/shop/offline/${JOB}`;

/** Asserts that stdout is one JSON value and returns it. */
function jsonOf({ stdout }: Ended): { [key: string]: unknown } {
  expect(stdout).toMatch(/^[[{].*\n$/);
  return JSON.parse(stdout);
}

describe('Standard output', () => {
  const main = new URL('../../cli/main.mjs', import.meta.url).pathname;

  test('that is full gives an error with its cure and without a stack', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [main, 'jobs'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    expect(String(stderr)).toMatch(/^LimitError: writing standard output: ENOSPC\. [^\n]*make room[^\n]*\n$/);
    expect(status).toBe(1);
  });

  test('that its reader closes early gives no error', async () => {
    const child = spawn(process.execPath, [main, 'config', JOB], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (bytes) => {
      stderr += bytes;
    });
    const [status] = await once(child, 'close');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('The lists', () => {
  test('of jobs and of a job’s settings are printed by jobs and config, as a table or as JSON', async () => {
    const [jobs, asJson, config, configJson] = await Promise.all([
      ...[offline(['jobs']), offline(['jobs', '--json']), offline(['config', JOB]), offline(['config', JOB, '--json'])],
    ]);
    expect([jobs, asJson, config, configJson].map((ended) => ended?.status)).toEqual([0, 0, 0, 0]);
    expect(jobs?.stdout).toMatch(/^matrix-factorization +actions +mf +/m);
    expect(JSON.parse(asJson?.stdout ?? '')).toContainEqual(
      expect.objectContaining({ name: JOB, reads: ['actions'], writes: JOB, activates: 'mf' }),
    );
    expect(config?.stdout).toMatch(/^rank +integer +30 +1 to 256 +\S/m);
    expect(JSON.parse(configJson?.stdout ?? '')).toContainEqual(
      expect.objectContaining({ name: 'activate', type: 'boolean', default: 'false' }),
    );
    expect(asJson?.stderr).toBe('');
  });

  test('of options are printed on stdout by --help, which ends with 0', async () => {
    const ended = await offline(['run', '--help']);
    expect(ended.status).toBe(0);
    for (const option of ['--set', '--config-root', '--json', '--shards']) expect(ended.stdout).toContain(option);
  });
});

test('under a Node that does not run TypeScript, the error names the cure', async () => {
  const { status, stderr } = await offline(['jobs'], { env: { NODE_OPTIONS: '--no-experimental-strip-types' } });
  expect(status).toBe(2);
  expect(stderr).toBe(
    `UsageError: Node ${process.versions.node} cannot run TypeScript: use \`npm run offline -- …\`, which installs a Node that can\n`,
  );
});

describe('Wrong usage ends with 2, names the cure, and prints one JSON value with --json:', () => {
  test.each([
    [['run', 'matrix-factorisation', '--client', 'shop'], 'did you mean matrix-factorization?'],
    [['config', 'xyz'], "there is no job 'xyz'"],
    [['run', JOB], '--client'],
    [['run', JOB, '--client', 'shop', '--start-dya', '1'], '--start-day'],
    [['run', 'group-actions', '--client', 'shop'], 'offline group-actions'],
    [['run', JOB, '--client', 'shop', '--shards', '0'], 'a whole number from 1'],
    [['run', JOB, '--client', 'shop', '--set', 'rank'], 'key=value'],
    [['run', JOB, '--client', 'shop', '--zookeeper', 'a:1', '--config-root', 'b'], 'exclude each other'],
    [['run', JOB, '--client', 'shop', '--config', 'none.json'], 'none.json cannot be read'],
    [['run', JOB, '--client', 'shop'], 'which day? Give --start-day'],
    [['run', JOB, '--client', '../shop', '--start-day', '1'], 'no client can be called'],
    [['run', JOB, '--client', 'shop', '--set', 'ranks=64'], 'did you mean rank?'],
    [['validate', JOB, '--set', 'ranks=64'], 'did you mean rank?'],
    [['plan', JOB, '--client', 'shop', '--set', 'ranks=64'], 'did you mean rank?'],
    [['day', '--client', 'shop', '--start-day', '1', '--jobs', JOB, '--set', 'ranks=64'], 'did you mean rank?'],
    [['day', '--client', 'shop', '--start-day', '2011-13-09', '--jobs', JOB], "'2011-13-09' is no day"],
    [['status', '--env', 'dev', '--start-day', 'today'], "'today' is no day"],
    [['day', '--client', 'shop'], 'Give --start-day'],
    [['day', '--client', 'shop', '--start-day', '1'], 'Give --jobs'],
    [['frobnicate'], 'frobnicate'],
  ])('%j', async (args, message) => {
    const ended = await offline([...args, '--json'], { cwd: input });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/^ +at /m);
    const { error } = jsonOf(ended) as { error: { name: string; message: string } };
    expect(error.name).toBe('UsageError');
    expect(error.message.length).toBeGreaterThan(10);
  });
});

describe('validate', () => {
  test('warns of a valid setting that is probably a mistake', async () => {
    const config = '{"vectorSize":"50","activate":"true"}';
    const ended = await offline(['validate', 'word2vec', '--config', '-', '--json'], { input: config });
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain('warning: vectorSize is 50: the original server');
    const { warnings } = JSON.parse(ended.stdout) as { warnings: readonly string[] };
    expect(warnings).toEqual([expect.stringContaining('Set vectorSize to 200')]);
  });

  test('shows every setting of a valid configuration with the value that a run would use', async () => {
    const config = '{"rank": "8", "rank": " 12 ", "activate": "false", "lambda": ".5"}';
    const ended = await offline(['validate', JOB, '--config', '-', '--set', 'seed=3', '--json'], { input: config });
    expect(ended.status).toBe(0);
    // Strings that spell numbers and booleans are accepted, and the last of repeated keys counts.
    expect(jsonOf(ended)).toMatchObject({
      valid: true,
      problems: [],
      warnings: ['standard input gives "rank" more than once (line 1): the last one counts. Remove the others'],
      settings: { rank: 12, activate: false, lambda: 0.5, seed: 3, iterations: 5 },
    });
  });

  test('names every problem of an invalid configuration with its node and the allowed values, and ends with 2', async () => {
    const root = configFolderWith({ [NODE]: '{"rank": 0, "activate": "yes", "alpha": 2, "sed": 1}' });
    const args = ['validate', JOB, '--client', 'shop', '--config-root', root];
    const [plain, json] = await Promise.all([offline(args), offline([...args, '--json'])]);
    expect([plain.status, json.status]).toEqual([2, 2]);
    for (const text of [`/${NODE}`, 'rank is 0', 'an integer from 1 to 256', 'activate is "yes"', 'true or false']) {
      expect(plain.stderr).toContain(text);
    }
    expect(plain.stderr).toContain('did you mean seed?');
    const { valid, problems, settings } = jsonOf(json);
    expect({ valid, settings }).toEqual({ valid: false, settings: null });
    expect(problems).toHaveLength(2);
  });

  test.each([
    ['suggests a client for an unknown one', 'shpo', { [NODE]: '{}' }, 'did you mean shop?'],
    ['says that a root has no client', 'shop', {}, 'It knows no client at all'],
  ])('%s and ends with 2', async (_case, client, nodes, message) => {
    const root = configFolderWith(nodes);
    const ended = await offline(['validate', JOB, '--client', client, '--config-root', root, '--json']);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain(message);
    expect(jsonOf(ended)).toMatchObject({ error: { name: 'UnknownClientError' } });
  });

  test('names node and line of JSON that does not parse, without showing the text', async () => {
    const root = configFolderWith({ [NODE]: `{\n  "rank": 8,\n  "awssecret": "${CANARY}",\n` });
    const ended = await offline(['validate', JOB, '--client', 'shop', '--config-root', root, '--json']);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(
      /\/all_clients\/shop\/offline\/matrix-factorization .*does not hold valid JSON, line 4/,
    );
    expect(ended.stdout + ended.stderr).not.toContain(CANARY);
    expect(jsonOf(ended)).toMatchObject({ valid: false });
  });
});

describe('run', () => {
  test('reads its configuration from a file, and resolves relative paths from the caller’s folder', async () => {
    const caller = temporaryFolder();
    writeFileSync(join(caller, 'job.json'), JSON.stringify({ rank: 3, iterations: '1', alpha: 5 }));
    writeActions(join(caller, 'in'), 'shop', DAY, { users: 30, items: 20, actions: 400, parts: 1 });
    const args = ['run', JOB, '--client', 'shop', '--start-day', String(DAY), '--config', 'job.json'];
    const summary = await offlineSummary([...args, '--input-path', 'in', '--output-path', './out', '--set', 'rank=2'], {
      cwd: caller,
    });
    expect(summary.output).toBe(modelFolder(join(caller, 'out')));
    // The command line takes precedence over the file.
    expect(manifestOf(join(caller, 'out')).settings).toMatchObject({ rank: 2, iterations: 1, alpha: 5 });
  });

  test('prints its summary on stdout, and progress and warnings on stderr', async () => {
    const output = temporaryFolder();
    const ended = await offline(runArgs(output, '--set', 'days=2'));
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^matrix-factorization of shop, day 2011-12-09 \(15317\): done in /);
    expect(ended.stdout).toContain(`output   ${modelFolder(output)}`);
    expect(ended.stderr).toContain(
      `warning: nothing to read for day ${dayInWords(DAY - 1)} under shop/actions/: skipped`,
    );
    expect(ended.stderr).toMatch(/sweep 1 of 1: objective \d/);
    const again = await offline(runArgs(output, '--set', 'days=2'));
    expect(again.stdout).toContain('already there');
  });

  test('without an input ends with 1, names the place of the input, and shows a stack only with --verbose', async () => {
    const output = temporaryFolder();
    const args = runArgs(output, '--set', 'startDay=1', '--start-day', '1', '--json');
    const [ended, verbose] = await Promise.all([offline(args), offline([...args, '--verbose'])]);
    expect([ended.status, verbose.status]).toEqual([1, 1]);
    expect(ended.stderr).toContain('NoInputError: matrix-factorization, client shop, step configure: there is nothing');
    expect(ended.stderr).not.toMatch(/^ +at /m);
    expect(verbose.stderr).toMatch(/^ +at .*inputs\.ts/m);
    expect(jsonOf(ended)).toMatchObject({ error: { name: 'NoInputError' } });
    expect(readdirSync(output)).toEqual([]);
  });

  test('with activation and without a configuration root ends with 2 before it reads or writes anything', async () => {
    const output = temporaryFolder();
    for (const more of [
      ['--set', 'activate=true'],
      ['--set', 'activate=true', '--start-day', '1'],
    ]) {
      const ended = await offline(runArgs(output, ...more));
      expect(ended.status).toBe(2);
      expect(ended.stderr).toContain('give --zookeeper or --config-root');
    }
    expect(readdirSync(output)).toEqual([]);
  });

  test('with a value out of range ends with 2 and writes nothing', async () => {
    const output = temporaryFolder();
    const ended = await offline(runArgs(output, '--set', 'rank=257', '--json'));
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('rank is "257" in the command line; allowed: an integer from 1 to 256');
    expect(jsonOf(ended)).toMatchObject({ error: { name: 'ConfigError' } });
    expect(readdirSync(output)).toEqual([]);
  });

  test('ignores keys and options of the original with one warning each, and shows no secret', async () => {
    const output = temporaryFolder();
    const node = { local: 'true', awsKey: CANARY, 'aws-secret': CANARY, jdbc: `jdbc:mysql://db/x?password=${CANARY}` };
    const root = configFolderWith({ [NODE]: JSON.stringify({ ...node, ranks: CANARY }) });
    const ended = await offline(
      runArgs(output, ...['--config-root', root, '--aws-access-key-id', CANARY, '--aws-secret-access-key', CANARY]),
    );
    expect(ended.status).toBe(0);
    const warnings = ended.stderr.split('\n').filter((line) => line.includes('warning: '));
    expect(warnings.filter((line) => line.includes('--aws-access-key-id'))).toHaveLength(1);
    expect(warnings.filter((line) => line.includes('local, awsKey, aws-secret'))).toHaveLength(1);
    expect(warnings.filter((line) => line.includes('"ranks"'))).toEqual([
      expect.stringContaining('did you mean rank?'),
    ]);
    expect(ended.stdout + ended.stderr).not.toContain(CANARY);
    const files = filesBelow(output);
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) expect(readFileSync(join(output, file), 'utf8'), file).not.toContain(CANARY);
  });

  test('writes a manifest without a time or an absolute path', async () => {
    const output = temporaryFolder();
    await offlineSummary(runArgs(output));
    const text = readFileSync(join(modelFolder(output), '_SUCCESS'), 'utf8');
    expect(text).not.toMatch(/\d\d:\d\d|20\d\d-/);
    for (const path of [input, output]) expect(text).not.toContain(path);
    const { files } = manifestOf(output) as { files: { name: string; size: number }[] };
    for (const { name, size } of files) expect(statSync(join(modelFolder(output), name)).size).toBe(size);
  });
});

test('a command on a deployed pipeline without a region names AWS_REGION', async () => {
  const withoutRegion = {
    AWS_REGION: '',
    AWS_DEFAULT_REGION: '',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const ended = await offline(['status', '--env', 'dev'], { env: { ...withoutRegion, AWS_ENDPOINT_URL: '' } });
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain('Set AWS_REGION, such as');
});

describe('The cost of a run', () => {
  const planArgs = (output: string, ...more: string[]) => ['plan', ...runArgs(output).slice(1, -2), ...more];

  test('is predicted without writing anything, and the predicted shards are those of the run', async () => {
    const output = temporaryFolder();
    const predicted = jsonOf(await offline(planArgs(output, '--json')));
    expect(readdirSync(output)).toEqual([]);
    expect(predicted).toMatchObject({ rate: 1, after: null, input: { objects: 2 } });
    expect(predicted).toHaveProperty('outdated');
    const { steps } = await offlineSummary(runArgs(output));
    const computed = steps.reduce((sum, step) => sum + step.computed, 0);
    expect(predicted.shards).toBe(computed);

    const after = jsonOf(await offline(planArgs(output, '--json')));
    expect(after.after).toMatch(/^[0-9a-f]{16}$/);
    // After the run, the prediction is scaled by the rate at which this run was slower than predicted. It is above the run's
    // own GB-seconds, because more threads start in the cloud than here.
    const usage = filesBelow(output).find((file) => file.endsWith('/usage.json'))!;
    const used = JSON.parse(readFileSync(join(output, usage), 'utf8')).steps as { seconds: number; memoryMb: number }[];
    const gbSeconds = Number(after.gbSeconds);
    expect(gbSeconds).toBeCloseTo(Number(after.rate) * Number(predicted.gbSeconds), 6);
    expect(gbSeconds).toBeGreaterThanOrEqual(
      used.reduce((sum, { seconds, memoryMb }) => sum + (seconds * memoryMb) / 1024, 0),
    );
    const shown = await offline(planArgs(output));
    expect(shown.stdout).toMatch(/^Lambda, time .*GB-seconds +\$0\.\d+$/m);
    expect(shown.stdout).toMatch(/^in all +\d+ shards +\$0\.\d+$/m);
  });

  test('is predicted for an input that does not exist yet, from its size', async () => {
    const args = ['plan', JOB, '--client', 'shop', '--output-path', temporaryFolder(), '--json'];
    const [small, large] = await Promise.all([
      offline([...args, '--bytes', '1000000']),
      offline([...args, '--bytes', '100000000000', '--objects', '500']),
    ]);
    expect(Number(jsonOf(large).dollars)).toBeGreaterThan(50 * Number(jsonOf(small).dollars));
    const wrong = await Promise.all([offline(args), offline([...args, '--objects', '5'])]);
    expect(wrong.map(({ status }) => status)).toEqual([2, 2]);
  });

  test('is predicted for a supposed input without a region or credentials, in both ways and elsewhere', async () => {
    const args = ['plan', JOB, '--client', 'shop', '--output-path', 's3://nowhere/models', '--bytes', '1000000'];
    const env = {
      AWS_REGION: '',
      AWS_DEFAULT_REGION: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const { way, folded, compared, dollars } = jsonOf(await offline([...args, '--json'], { env }));
    expect(way).toMatchObject({ folds: true });
    expect(Number((folded as { dollars: number }).dollars)).toBeLessThan(Number(dollars));
    expect(compared).toHaveLength(4);
    const never = jsonOf(await offline([...args, '--json', '--set', 'fold=never'], { env }));
    expect(never.way).toEqual({ folds: false, why: 'its setting fold is never' });
  });

  test('is known after the run, by day, client and job, in every form of the day', async () => {
    const output = temporaryFolder();
    const { day } = await offlineSummary(runArgs(output));
    const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    const asked = [String(day), date, date.replaceAll('-', '')].map((form) =>
      offline(['cost', '--output-path', output, '--from', form, '--to', form, '--client', 'shop', '--json']),
    );
    for (const report of (await Promise.all(asked)).map(jsonOf)) {
      expect(report).toMatchObject({ total: { runs: 1, folded: 0 }, jobs: [{ name: JOB }], from: day, to: day });
      expect((report.total as { dollars: number }).dollars).toBeGreaterThan(0);
    }
    const shown = await offline(['cost', '--output-path', output]);
    expect(shown.stdout).toMatch(/^in all +1 +0 +[\d.]+ +\d+ +\d+ +\$0\.\d+$/m);
    expect((await offline(['cost', '--output-path', output, '--from', '9', '--to', '8'])).status).toBe(2);
  });

  test('is refused above maxCost before anything is written, and the error names the cure', async () => {
    const output = temporaryFolder();
    const ended = await offline(runArgs(output, '--set', 'maxCost=0.0000001', '--json'));
    expect(ended.status).toBe(1);
    expect(jsonOf(ended)).toMatchObject({ error: { name: 'LimitError' } });
    expect(ended.stderr).toContain('Raise maxCost, or read fewer days');
    expect(readdirSync(output)).toEqual([]);
    expect((await offline(runArgs(output, '--set', 'maxCost=1'))).status).toBe(0);
  });
});

describe('day', () => {
  const dayArgs = (output: string, ...more: string[]) => [
    ...['day', '--client', 'shop', '--start-day', String(DAY), '--input-path', input, '--output-path', output],
    ...['--workers', '1', '--json', ...more],
  ];

  test('runs the jobs that have a node, with their own configuration, and the evaluation before them', async () => {
    const output = temporaryFolder();
    const node = JSON.stringify({ rank: 3, iterations: 1, activate: 'true' });
    const root = configFolderWith({ [NODE]: node, 'all_clients/shop/offline/retired-job': '{}' });
    const ended = await offline(dayArgs(output, '--config-root', root));
    expect(ended.status, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject([
      { job: 'evaluate', outcome: 'done', summary: { manifest: { counts: { users: 0, models: 0 } } } },
      { job: JOB, outcome: 'done' },
    ]);
    expect(manifestOf(output).settings).toMatchObject({ rank: 3, iterations: 1 });
    expect(readFileSync(join(root, 'all_clients/shop/mf'), 'utf8')).toBe(versionOf(output));
    expect(readFileSync(join(root, 'config/mf'), 'utf8')).toBe('shop');
  });

  test('runs all other jobs when the evaluation fails, and says why it failed', async () => {
    const output = temporaryFolder();
    const root = configFolderWith({
      [NODE]: JSON.stringify({ rank: 3, iterations: 1 }),
      'all_clients/shop/offline/evaluate': '{"cutoff": 0}',
    });
    const ended = await offline(dayArgs(output, '--config-root', root));
    expect(ended.status).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject([
      {
        job: 'evaluate',
        outcome: 'failed',
        error: { name: 'ConfigError', message: expect.stringContaining('cutoff') },
      },
      { job: JOB, outcome: 'done' },
    ]);
  });

  test('ends with 2 when the client is unknown or has no node of a job', async () => {
    const root = configFolderWith({ 'all_clients/other/offline/matrix-factorization': '{}' });
    const ended = await offline(dayArgs(temporaryFolder(), '--config-root', root));
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('It knows other');
    const idle = configFolderWith({ 'all_clients/shop/other-node': 'x' });
    const nothing = await offline(dayArgs(temporaryFolder(), '--config-root', idle));
    expect(nothing.status).toBe(2);
    expect(nothing.stderr).toContain('/all_clients/shop/offline');
  });

  /** Writes logs for the grouping, whose output the factorization reads, and returns their pattern. */
  function logs(): string {
    const folder = temporaryFolder();
    const text = readFileSync(join(input, 'shop', 'actions', String(DAY), 'part-00000'), 'utf8');
    writeFileSync(join(folder, 'log'), text);
    return join(folder, '*');
  }

  test('runs each job once and after the jobs whose output it reads, in whatever order they are named', async () => {
    const output = temporaryFolder();
    const args = dayArgs(output, ...SMALL, '--jobs', `${JOB}, group-actions,${JOB}`, '--input-path', output);
    // The actions are of an earlier day, which maxOtherDays allows.
    const sets = ['--set', `inputPathPattern=${logs()}`, '--set', 'maxOtherDays=1'];
    const ended = await offline([...args, ...sets]);
    expect(ended.status, ended.stderr).toBe(0);
    const outcomes = JSON.parse(ended.stdout) as { job: string; outcome: string }[];
    expect(outcomes.map(({ job, outcome }) => [job, outcome])).toEqual([
      ['group-actions', 'done'],
      [JOB, 'done'],
    ]);
    expect(existsSync(join(modelFolder(output), '_SUCCESS'))).toBe(true);
  });

  test('skips the jobs that read the output of a failed job, and ends with 1', async () => {
    const output = temporaryFolder();
    const args = dayArgs(output, ...SMALL, '--jobs', `${JOB},group-actions`, '--input-path', output);
    const ended = await offline([...args, '--set', `inputPathPattern=${join(temporaryFolder(), '*')}`]);
    expect(ended.status).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject([
      { job: 'group-actions', outcome: 'failed', error: { name: 'NoInputError' } },
      { job: JOB, outcome: 'skipped', error: { message: expect.stringContaining('group-actions') } },
    ]);
  });

  test('ends with 2 when the configuration of every job is wrong', async () => {
    const output = temporaryFolder();
    const ended = await offline(dayArgs(output, '--jobs', JOB, '--set', 'activate=true'));
    expect(ended.status).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject([{ job: JOB, outcome: 'failed', error: { name: 'UsageError' } }]);
    expect(readdirSync(output)).toEqual([]);
  });
});

describe('group-actions', () => {
  test('accepts the original’s flags, relative paths and a date', async () => {
    const caller = temporaryFolder();
    mkdirSync(join(caller, 'logs', 'actions.2011', '1209'), { recursive: true });
    const text = readFileSync(join(input, 'shop', 'actions', String(DAY), 'part-00000'), 'utf8');
    writeFileSync(join(caller, 'logs', 'actions.2011', '1209', 'log'), text);
    const ended = await offline(
      [
        ...['group-actions', '--input-path-pattern', 'logs/actions.%y/%m%d/*', '--input-date-string', '20111209'],
        ...['--output-path-dir', 'out', '--gzip-output', '--aws-access-key-id', CANARY, '--json'],
        ...['--set', 'maxOtherDays=1'],
      ],
      { cwd: caller },
    );
    expect(ended.status, ended.stderr).toBe(0);
    expect(jsonOf(ended)).toMatchObject({ job: 'group-actions', client: null, day: DAY });
    expect(readdirSync(join(caller, 'out', 'shop', 'actions', String(DAY))).sort()).toEqual([
      ...['_BEGUN', '_SUCCESS', '_sketch', 'part-00000.gz'],
    ]);
    expect(ended.stdout + ended.stderr).not.toContain(CANARY);
    expect(ended.stderr.match(/ are ignored/g)).toHaveLength(1);
  });

  test('ends with 2 when the date does not exist', async () => {
    const args = ['group-actions', '--input-path-pattern', 'x/*', '--output-path-dir', 'out', '--input-date-string'];
    const ended = await offline([...args, '2011-13-01']);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("'2011-13-01' is no day");
  });
});

describe('With ZooKeeper', () => {
  const zookeeper = useZooKeeper();

  test('a run reads its configuration from the node and activates the model', async () => {
    const output = temporaryFolder();
    await using root = new ZooKeeperConfigRoot(zookeeper().hosts);
    await root.ensureFolder('/all_clients/shop/offline');
    const node = { rank: '4', iterations: 1, inputPath: input, outputPath: output, startDay: DAY, activate: 'true' };
    await root.create(`/${NODE}`, JSON.stringify(node));
    const summary = await offlineSummary(['run', JOB, '--client', 'shop', '--zookeeper', zookeeper().hosts]);
    expect(manifestOf(output).settings.rank).toBe(4);
    expect(summary.activated).toBe(versionOf(output));
    expect((await root.read('/all_clients/shop/mf'))?.data).toBe(versionOf(output));
    expect((await root.read('/config/mf'))?.data).toBe('shop');
  });

  test('a run for an unknown client is refused before it writes anything, and does not create the client', async () => {
    const output = temporaryFolder();
    writeActions(input, 'stranger', DAY, { users: 9, items: 9, actions: 90, parts: 1 });
    const args = runArgs(output, '--set', 'activate=true', '--zookeeper', zookeeper().hosts);
    args[args.indexOf('shop')] = 'stranger';
    const ended = await offline(args);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('UnknownClientError');
    expect(readdirSync(output)).toEqual([]);
    await using root = new ZooKeeperConfigRoot(zookeeper().hosts);
    expect(await root.exists('/all_clients/stranger')).toBe(false);
  });
});
