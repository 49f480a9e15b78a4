/** Matrix factorization by the command line gives the same bytes for any number of shards and after any kill. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeActions } from '../../shared/example/actions.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { offline, offlineKilledAfter, offlineSummary } from '../helpers/offline.ts';
import { expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_309;
/** Actions of about 1.4 MiB, which make sixteen blocks. Seven files allow seven shards of `rate`. */
const ACTIONS = { users: 300, items: 120, actions: 8_000, parts: 7 };

/** `npm run test:long` kills more often. */
const IS_LONG = process.env.TEST_LONG === '1';

let input: string;

beforeAll(() => {
  input = temporaryFolder();
  writeActions(input, 'shop', DAY, ACTIONS);
});

const args = (output: string, ...more: string[]) => [
  ...['run', 'matrix-factorization', '--client', 'shop', '--start-day', String(DAY)],
  ...['--input-path', input, '--output-path', output, '--set', 'iterations=2', '--set', 'rank=6', '--set', 'alpha=3'],
  ...more,
];

/** Returns file name → bytes of the published folder, without `_BEGUN`, which has a time. */
function published(output: string): Record<string, Uint8Array> {
  const folder = join(output, 'shop', 'matrix-factorization', String(DAY));
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== '_BEGUN')
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

describe('The number of shards', () => {
  test.each([
    { more: [] },
    // The times are those of one day.
    { more: ['--set', 'halfLifeDays=0.2'] },
    { more: ['--set', 'halfLifeDays=0.2', '--set', 'solver=pcg'] },
  ])('does not change a byte with 1, 2 and 7 shards of every step, with $more', async ({ more }) => {
    const results = [];
    for (const shards of [1, 2, 7]) {
      const output = temporaryFolder();
      const summary = await offlineSummary(args(output, '--shards', String(shards), ...more));
      for (const step of summary.steps.filter(({ step }) => ['rate', 'score', 'transpose'].includes(step))) {
        expect(step.computed, step.step).toBe(shards);
      }
      // The step solve has five iterations: the start, and a half-sweep of items and one of users in each of two sweeps.
      expect(summary.steps.find(({ step }) => step === 'solve')?.computed).toBe(5 * shards);
      results.push(published(output));
    }
    expect(Object.keys(results[0]!)).toEqual([
      ...['_SUCCESS', 'productFeatures.txt', 'productFeatures.txt.gz', 'userFeatures.txt', 'userFeatures.txt.gz'],
    ]);
    expectSameFiles(results[1]!, results[0]!, '2 shards beside 1');
    expectSameFiles(results[2]!, results[0]!, '7 shards beside 1');
  });
});

/** Returns step → the number of its shards that are done in the work area of the only run. */
function doneShards(output: string): Map<string, number> {
  const runs = join(output, '.work', 'matrix-factorization', 'shop');
  const done = new Map<string, number>();
  if (!existsSync(runs)) return done;
  for (const run of readdirSync(runs).filter((name) => name !== 'published')) {
    const plan = join(runs, run, 'planned-v2');
    if (!existsSync(plan)) continue;
    for (const step of readdirSync(plan)) {
      if (!statSync(join(plan, step)).isDirectory()) continue;
      done.set(step, readdirSync(join(plan, step)).filter((name) => /^\d{5}$/.test(name)).length);
    }
  }
  return done;
}

/** Returns the number of iterations of the loop that are done. Each has one shard. */
function doneIterations(done: ReadonlyMap<string, number>): number {
  const iterations = [...done].filter(([step, shards]) => step.startsWith('solve-') && shards > 0);
  return Math.max(0, ...iterations.map(([step]) => Number(step.slice('solve-'.length)) + 1));
}

describe('A run that is killed with SIGKILL and run again', () => {
  /** The shards of each step in a whole run. The default plan gives most steps of this small input one shard. */
  const TOTAL = { rate: 1, score: 1, transpose: 1, solve: 3, format: 2, merge: 4 };
  /** One sweep has every kind of step, and keeps the runs short. */
  const small = (output: string) => args(output, '--set', 'iterations=1');
  let undisturbed: Record<string, Uint8Array>;
  let writes: number;

  beforeAll(async () => {
    const output = temporaryFolder();
    const whole = await offlineKilledAfter(Number.MAX_SAFE_INTEGER, small(output));
    expect(whole.status).toBe(0);
    writes = whole.writes;
    undisturbed = published(output);
    expect(Object.keys(undisturbed)).toContain('_SUCCESS');
  });

  /** Runs the killed run again, and asserts that the bytes are the same and that no finished shard is computed again. */
  async function resume(output: string, killed: string): Promise<void> {
    const shards = doneShards(output);
    const summary = await offlineSummary(small(output));
    expectSameFiles(published(output), undisturbed, killed);
    if (summary.alreadyDone) return;
    for (const [step, total] of Object.entries(TOTAL)) {
      const done = step === 'solve' ? doneIterations(shards) : (shards.get(step) ?? 0);
      const computed = summary.steps.find((used) => used.step === step)?.computed ?? 0;
      expect(computed, `${step}, ${killed}`).toBe(total - done);
    }
  }

  test('gives the same bytes after a kill at any write, and computes only the missing shards', {
    timeout: 900_000,
  }, async () => {
    expect(writes).toBeGreaterThan(30);
    const all = Array.from({ length: writes }, (_, index) => index + 1);
    // Each kill takes two processes, so only `npm run test:long` kills at every write.
    const left = IS_LONG ? all : all.filter((after) => after % 4 === 1);
    const lane = async () => {
      for (let after = left.shift(); after !== undefined; after = left.shift()) {
        const output = temporaryFolder();
        const ended = await offlineKilledAfter(after, small(output));
        expect(ended.signal, `write ${after}: ${ended.stderr}`).toBe('SIGKILL');
        await resume(output, `killed after write ${after} of ${writes}`);
        rmSync(output, { recursive: true });
      }
    };
    await Promise.all([lane(), lane()]);
  });

  const times = IS_LONG ? 20 : 8;

  test(`gives the same bytes after a kill at each of ${times} random times`, { timeout: 600_000 }, async () => {
    const output = temporaryFolder();
    const started = performance.now();
    await offlineSummary(small(output));
    const whole = performance.now() - started;
    let kills = 0;
    for (let time = 0; time < times; time++) {
      const folder = temporaryFolder();
      let timer: NodeJS.Timeout | undefined;
      const ended = await offline(small(folder), {
        onStart: (pid) => {
          timer = setTimeout(() => process.kill(pid, 'SIGKILL'), Math.random() * whole);
        },
      });
      clearTimeout(timer);
      if (ended.signal === 'SIGKILL') kills++;
      await resume(folder, `killed at random time ${time}`);
    }
    expect(kills).toBeGreaterThan(times / 4);
  });
});

describe('An input', () => {
  /** Returns a copy of the input in which `mend` may replace lines. */
  function inputWith(mend: (line: string, number: number) => string): string {
    const folder = temporaryFolder();
    writeActions(folder, 'shop', DAY, ACTIONS);
    const day = join(folder, 'shop', 'actions', String(DAY));
    let number = 0;
    for (const name of readdirSync(day).sort()) {
      const lines = readFileSync(join(day, name), 'utf8').split('\n');
      const mended = lines.map((line) => (line === '' ? line : mend(line, number++)));
      writeFileSync(join(day, name), mended.join('\n'));
    }
    return folder;
  }
  const bad = (line: string) => line.slice(0, 40);
  const argsOf = (from: string, output: string, ...more: string[]) => {
    const all = args(output, ...more);
    all[all.indexOf('--input-path') + 1] = from;
    return all;
  };

  test('with 1 % malformed lines gives a model, and the lines are counted and sampled', async () => {
    const output = temporaryFolder();
    const from = inputWith((line, number) => (number % 100 === 0 ? bad(line) : line));
    const summary = await offlineSummary(argsOf(from, output));
    expect(summary.manifest.counts).toMatchObject({ lines: 8000, rejected: 80 });
    const sample = readFileSync(join(output, 'shop/matrix-factorization', String(DAY), '_rejected'), 'utf8');
    const first = JSON.parse(sample.split('\n')[0]!);
    expect(first).toMatchObject({ object: `shop/actions/${DAY}/part-00000`, line: 1, reason: 'not JSON' });
    expect(sample.trimEnd().split('\n')).toHaveLength(80);
  });

  test('with 20 % malformed lines is refused, nothing is published and the old model stays active', async () => {
    const output = temporaryFolder();
    const config = configFolderWith({ 'all_clients/shop/mf': '/the/old/model' });
    const from = inputWith((line, number) => (number % 5 === 0 ? bad(line) : line));
    const ended = await offline(argsOf(from, output, '--config-root', config, '--set', 'activate=true'));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('1600 of 8000 lines were rejected (20.0 %)');
    expect(ended.stderr).toContain('client shop, day 2011-12-01 (15309)');
    expect(ended.stderr).not.toContain('    at ');
    expect(published(output)).toEqual({});
    expect(readFileSync(join(config, 'all_clients/shop/mf'), 'utf8')).toBe('/the/old/model');
  });

  test('that is replaced during the run ends it with InputChangedError, and nothing is published', async () => {
    const output = temporaryFolder();
    const from = inputWith((line) => line);
    const replaced = join(from, 'shop/actions', String(DAY), 'part-00006');
    // The file is replaced right after the run has written its plan and before it reads the file.
    const preload = fileURLToPath(new URL('../helpers/replace-after-plan.mjs', import.meta.url));
    const ended = await offline(argsOf(from, output), { preload, env: { REPLACED_FILE: replaced } });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('InputChangedError');
    expect(ended.stderr).toContain('part-00006');
    expect(published(output)).toEqual({});
  });

  test('without a positive score gives no model', async () => {
    const output = temporaryFolder();
    const weightings = '[{"actionType":9,"valuePerAction":1,"maxSum":1}]';
    const ended = await offline(args(output, '--set', `actionWeightings=${weightings}`));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('EmptyModelError');
    expect(published(output)).toEqual({});
  });
});

describe('Activation', () => {
  test('by a second run sets the runtime node and registers the client without computing the model again', async () => {
    const output = temporaryFolder();
    const node = JSON.stringify({
      activate: 'false',
      rank: '6',
      alpha: 3,
      iterations: 2,
      inputPath: input,
      outputPath: output,
    });
    const config = configFolderWith({ 'all_clients/shop/offline/matrix-factorization': node });
    const model = ['matrix-factorization', '--client', 'shop', '--start-day', String(DAY)];
    const run = ['run', ...model, '--config-root', config];
    const first = await offlineSummary(run);
    expect(existsSync(join(config, 'all_clients/shop/mf'))).toBe(false);
    const second = await offlineSummary([...run, '--set', 'activate=true']);
    const location = join(output, 'shop/models/mf', `${DAY}-${first.run}`);
    expect(readFileSync(join(config, 'all_clients/shop/mf'), 'utf8')).toBe(location);
    expect(readFileSync(join(config, 'config/mf'), 'utf8')).toBe('shop');
    // It is the same run, so nothing is computed again.
    expect(second.run).toBe(first.run);
    expect(second.steps.reduce((sum, step) => sum + step.computed, 0)).toBe(0);
    expect((await offlineSummary([...run, '--set', 'activate=true'])).alreadyDone).toBe(true);
  });
});

describe('Objects that a disk has damaged', () => {
  const emptied = (bytes: Buffer) => bytes.subarray(0, 0);
  const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const flipped = (bytes: Buffer) =>
    bytes.map((byte, index) => (index === Math.floor(bytes.length / 2) ? byte ^ 8 : byte));
  const small = (output: string) => args(output, '--set', 'iterations=1');

  /** Replaces a file by damaged bytes. Other links to the file keep the old bytes. */
  function replace(path: string, damage: (bytes: Buffer) => Uint8Array): void {
    const bytes = damage(readFileSync(path));
    rmSync(path);
    writeFileSync(path, bytes);
  }

  /** Returns the files of the runs' work area whose paths match. */
  function staged(output: string, pattern: RegExp): string[] {
    const area = join(output, '.work', 'matrix-factorization', 'shop');
    const files = readdirSync(area, { recursive: true }).map((name) => join(area, String(name)));
    const found = files.filter((path) => pattern.test(path) && statSync(path).isFile());
    expect(found.length, `${pattern}`).toBeGreaterThan(0);
    return found;
  }

  test('are computed or published again by the same command, with the same bytes', async () => {
    const output = temporaryFolder();
    const folder = join(output, 'shop', 'matrix-factorization', String(DAY));
    const { run } = await offlineSummary(small(output));
    const undisturbed = published(output);
    const version = join(output, 'shop', 'models', 'mf', `${DAY}-${run}`);
    const writable = [folder, version].flatMap((place) =>
      readdirSync(place).filter((name) => (statSync(join(place, name)).mode & 0o222) !== 0),
    );
    expect(new Set(writable)).toEqual(new Set(['_BEGUN']));

    // Objects of the work area are damaged, and the output is removed.
    const cases = [
      [{ pattern: /\/merge\/\d{5}$/, damage: emptied }],
      [{ pattern: /\/merge\/00001\.sha256$/, damage: cut }],
      [
        { pattern: /\/format\/00000$/, damage: flipped },
        { pattern: /\/merge\/shards\.json$/, damage: cut },
        { pattern: /\/plans\/.*\.json$/, damage: emptied },
      ],
    ];
    for (const objects of cases) {
      for (const { pattern, damage } of objects) for (const path of staged(output, pattern)) replace(path, damage);
      rmSync(folder, { recursive: true });
      rmSync(join(output, 'shop', 'models'), { recursive: true, force: true });
      const summary = await offlineSummary(small(output));
      expectSameFiles(published(output), undisturbed, `${objects[0]?.pattern} damaged`);
      expect(summary.warnings.join()).toMatch(/is damaged: .*This run starts again/);
    }

    // Files of the output are damaged.
    const outputs = [
      ['_SUCCESS', cut],
      ['userFeatures.txt', flipped],
      ['productFeatures.txt.gz', emptied],
    ] as const;
    for (const [name, damage] of outputs) {
      replace(join(folder, name), damage);
      rmSync(join(output, 'shop', 'models'), { recursive: true, force: true });
      expect((await offlineSummary(small(output))).alreadyDone).toBe(false);
      expectSameFiles(published(output), undisturbed, `${name} damaged`);
    }
    expect((await offlineSummary(small(output))).alreadyDone).toBe(true);
  });
});
