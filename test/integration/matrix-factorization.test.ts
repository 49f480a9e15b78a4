/** Matrix factorization through the command line: the bytes are the same for any shards, and after any kill. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeActions } from '../../shared/example/actions.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_309;
const KILLER = fileURLToPath(new URL('../helpers/kill-after-write.mjs', import.meta.url));
/** About 1.4 MiB of text, which makes sixteen blocks. Seven files allow seven shards of `rate`. */
const ACTIONS = { users: 300, items: 120, actions: 8_000, parts: 7 };

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

/** Returns file name → bytes of the published folder, without `_BEGUN`, which holds a time. */
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

describe('shards', () => {
  test('The output has the same bytes with 1, 2 and 7 shards of every step', async () => {
    const results = [];
    for (const shards of [1, 2, 7]) {
      const output = temporaryFolder();
      const summary = await offlineSummary(args(output, '--shards', String(shards)));
      for (const step of summary.steps.filter(({ step }) => ['rate', 'score', 'transpose'].includes(step))) {
        expect(step.computed, step.step).toBe(shards);
      }
      // Iteration 0, and an item and a user half-sweep for each of the two sweeps.
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

/** Returns step → shards that are done, from the work area of the only run. */
function shardsDone(output: string): Map<string, number> {
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

/** Returns the number of whole iterations of the loop, where an iteration has one shard. */
function iterationsDone(done: ReadonlyMap<string, number>): number {
  const iterations = [...done].filter(([step, shards]) => step.startsWith('solve-') && shards > 0);
  return Math.max(0, ...iterations.map(([step]) => Number(step.slice('solve-'.length)) + 1));
}

describe('a run killed with SIGKILL', () => {
  /** Shards of each step in a whole run. The default plan has one shard for each step other than `format` and `merge`. */
  const TOTAL = { rate: 1, score: 1, transpose: 1, solve: 3, format: 2, merge: 4 };
  /** One sweep is enough: a kill can hit each of its parts. */
  const small = (output: string) => args(output, '--set', 'iterations=1');
  let undisturbed: Record<string, Uint8Array>;
  let writes: number;

  const killed = (output: string, after: number, counter: string) =>
    offline(small(output), { preload: KILLER, env: { KILL_AFTER: String(after), KILL_COUNTER: counter } });

  beforeAll(async () => {
    const output = temporaryFolder();
    const counter = join(output, 'counter');
    writeFileSync(counter, '');
    expect((await killed(output, Number.MAX_SAFE_INTEGER, counter)).status).toBe(0);
    writes = statSync(counter).size;
    undisturbed = published(output);
    expect(Object.keys(undisturbed)).toContain('_SUCCESS');
  });

  /** Starts the killed run again, and checks the bytes and which shards were computed. */
  async function resume(output: string, place: string): Promise<void> {
    const before = shardsDone(output);
    const summary = await offlineSummary(small(output));
    expectSameFiles(published(output), undisturbed, place);
    if (summary.alreadyDone) return;
    for (const [step, total] of Object.entries(TOTAL)) {
      const done = step === 'solve' ? iterationsDone(before) : (before.get(step) ?? 0);
      const computed = summary.steps.find((used) => used.step === step)?.computed ?? 0;
      expect(computed, `${step}, ${place}`).toBe(total - done);
    }
  }

  test('A run killed after any of its writes gives the same bytes, and computes only the missing shards', {
    timeout: 900_000,
  }, async () => {
    expect(writes).toBeGreaterThan(30);
    const all = Array.from({ length: writes }, (_, at) => at + 1);
    // Each kill costs two processes, so only `npm run test:long` tries every write.
    const left = process.env.TEST_LONG === '1' ? all : all.filter((after) => after % 4 === 1);
    const lane = async () => {
      for (let after = left.shift(); after !== undefined; after = left.shift()) {
        const output = temporaryFolder();
        const counter = `${output}.counter`;
        writeFileSync(counter, '');
        const ended = await killed(output, after, counter);
        rmSync(counter);
        expect(ended.signal, `write ${after}: ${ended.stderr}`).toBe('SIGKILL');
        await resume(output, `killed after write ${after} of ${writes}`);
        rmSync(output, { recursive: true });
      }
    };
    await Promise.all([lane(), lane()]);
  });

  test('A run killed at 20 random times gives the same bytes', { timeout: 600_000 }, async () => {
    const output = temporaryFolder();
    const started = performance.now();
    await offlineSummary(small(output));
    const whole = performance.now() - started;
    let fired = 0;
    for (let time = 0; time < 20; time++) {
      const folder = temporaryFolder();
      let timer: NodeJS.Timeout | undefined;
      const ended = await offline(small(folder), {
        onStart: (pid) => {
          timer = setTimeout(() => process.kill(pid, 'SIGKILL'), Math.random() * whole);
        },
      });
      clearTimeout(timer);
      if (ended.signal === 'SIGKILL') fired++;
      await resume(folder, `time ${time}`);
    }
    expect(fired).toBeGreaterThan(5);
  });
});

describe('input', () => {
  /** Writes a copy of the input with some lines replaced. @param replaced the new text of a line */
  function inputWith(replaced: (line: string, number: number) => string): string {
    const folder = temporaryFolder();
    writeActions(folder, 'shop', DAY, ACTIONS);
    const day = join(folder, 'shop', 'actions', String(DAY));
    let number = 0;
    for (const name of readdirSync(day).sort()) {
      const lines = readFileSync(join(day, name), 'utf8').split('\n');
      const changed = lines.map((line) => (line === '' ? line : replaced(line, number++)));
      writeFileSync(join(day, name), changed.join('\n'));
    }
    return folder;
  }
  const malformed = (line: string) => line.slice(0, 40);
  const argsOf = (from: string, output: string, ...more: string[]) => {
    const all = args(output, ...more);
    all[all.indexOf('--input-path') + 1] = from;
    return all;
  };

  test('An input with 1 % malformed lines gives a model, and the lines are counted and sampled', async () => {
    const output = temporaryFolder();
    const from = inputWith((line, number) => (number % 100 === 0 ? malformed(line) : line));
    const summary = await offlineSummary(argsOf(from, output));
    expect(summary.manifest.counts).toMatchObject({ lines: 8000, rejected: 80 });
    const sample = readFileSync(join(output, 'shop/matrix-factorization', String(DAY), '_rejected'), 'utf8');
    const first = JSON.parse(sample.split('\n')[0]!);
    expect(first).toMatchObject({ object: `shop/actions/${DAY}/part-00000`, line: 1, reason: 'not JSON' });
    expect(sample.trimEnd().split('\n')).toHaveLength(80);
  });

  test('An input with 20 % malformed lines is refused: nothing is published, and the old activation stays', async () => {
    const output = temporaryFolder();
    const config = temporaryFolder();
    mkdirSync(join(config, 'all_clients/shop'), { recursive: true });
    writeFileSync(join(config, 'all_clients/shop/mf'), '/the/old/model');
    const from = inputWith((line, number) => (number % 5 === 0 ? malformed(line) : line));
    const ended = await offline(argsOf(from, output, '--config-root', config, '--set', 'activate=true'));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('1600 of 8000 lines were rejected (20.0 %)');
    expect(ended.stderr).toContain('client shop, day 2011-12-01 (15309)');
    expect(ended.stderr).not.toContain('    at ');
    expect(published(output)).toEqual({});
    expect(readFileSync(join(config, 'all_clients/shop/mf'), 'utf8')).toBe('/the/old/model');
  });

  test('An input that is replaced during the run ends it with InputChangedError, and nothing is published', async () => {
    const output = temporaryFolder();
    const from = inputWith((line) => line);
    const replaced = join(from, 'shop/actions', String(DAY), 'part-00006');
    // The file is replaced after the first write of the run, which fixes the plan. No input has been read by then.
    const preload = fileURLToPath(new URL('../helpers/replace-after-plan.mjs', import.meta.url));
    const ended = await offline(argsOf(from, output), { preload, env: { REPLACED_FILE: replaced } });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('InputChangedError');
    expect(ended.stderr).toContain('part-00006');
    expect(published(output)).toEqual({});
  });

  test('An input without a positive score gives no model', async () => {
    const output = temporaryFolder();
    const weightings = '[{"actionType":9,"valuePerAction":1,"maxSum":1}]';
    const ended = await offline(args(output, '--set', `actionWeightings=${weightings}`));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('EmptyModelError');
    expect(published(output)).toEqual({});
  });
});

describe('activation', () => {
  test('A second run with activate sets the runtime node and registers the client, and computes nothing', async () => {
    const output = temporaryFolder();
    const config = temporaryFolder();
    mkdirSync(join(config, 'all_clients/shop/offline'), { recursive: true });
    const node = JSON.stringify({
      activate: 'false',
      rank: '6',
      alpha: 3,
      iterations: 2,
      inputPath: input,
      outputPath: output,
    });
    writeFileSync(join(config, 'all_clients/shop/offline/matrix-factorization'), node);
    const run = [
      'run',
      'matrix-factorization',
      '--client',
      'shop',
      '--start-day',
      String(DAY),
      '--config-root',
      config,
    ];
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

describe('objects that a disk has damaged', () => {
  const emptied = (bytes: Buffer) => bytes.subarray(0, 0);
  const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const flipped = (bytes: Buffer) => bytes.map((byte, at) => (at === Math.floor(bytes.length / 2) ? byte ^ 8 : byte));
  const small = (output: string) => args(output, '--set', 'iterations=1');

  /** Puts other bytes under a name. Other links to the old file keep the old bytes. */
  function replace(path: string, damage: (bytes: Buffer) => Uint8Array): void {
    const bytes = damage(readFileSync(path));
    rmSync(path);
    writeFileSync(path, bytes);
  }

  /** Returns the files of the run's work area whose paths match the pattern. */
  function staged(output: string, pattern: RegExp): string[] {
    const area = join(output, '.work', 'matrix-factorization', 'shop');
    const files = readdirSync(area, { recursive: true }).map((name) => join(area, String(name)));
    const found = files.filter((path) => pattern.test(path) && statSync(path).isFile());
    expect(found.length, `${pattern}`).toBeGreaterThan(0);
    return found;
  }

  test('The same command computes damaged objects anew, or publishes them again, with the same bytes', async () => {
    const output = temporaryFolder();
    const folder = join(output, 'shop', 'matrix-factorization', String(DAY));
    const { run } = await offlineSummary(small(output));
    const undisturbed = published(output);
    const version = join(output, 'shop', 'models', 'mf', `${DAY}-${run}`);
    const writable = [folder, version].flatMap((place) =>
      readdirSync(place).filter((name) => (statSync(join(place, name)).mode & 0o222) !== 0),
    );
    expect(new Set(writable)).toEqual(new Set(['_BEGUN']));

    // Objects of the work area are damaged, and the output is gone.
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
      expect(summary.warnings.join()).toMatch(/is damaged: .*This run goes once more from the start/);
    }

    // A file of the output is damaged, and the same command runs again.
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
