/**
 * A new job is a folder and one line. In a copy of the project, `test/new-job/` becomes `functions/item-counts/`, a line is
 * added to `functions/registry.ts`, and all tests that look at all jobs must pass. A job that needed more edits would fail
 * here.
 */
import { execFile } from 'node:child_process';
import { cpSync, globSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../helpers/documents.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const JOB = 'item-counts';
const LINE = `  '${JOB}': async () => (await import('./${JOB}/job.ts')).itemCounts,\n`;
const PARTLY_RUN = ['test/unit/infra/bundle.test.ts', 'test/unit/infra/pipeline-stack.test.ts'];
/** The timeout of a test, which takes a minute on an idle machine of two cores. All tests share the machine. */
const WITHIN_MS = 600_000;

const copy = join(temporaryFolder(), 'project');
const ignored = [
  '.git',
  ...readFileSync(`${PROJECT}.gitignore`, 'utf8')
    .match(/^[^#\n]+/gm)!
    .map((name) => basename(name)),
];

interface Ended {
  readonly status: number;
  readonly output: string;
}

/** Runs a program of the copy on this Node, as on a developer's machine and not on a build server. */
const run = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: copy, env: { ...process.env, CI: '' }, maxBuffer: 1 << 26 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, output: stdout + stderr });
    });
  });

const runTests = (...args: string[]): Promise<Ended> =>
  run('node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', '--update=new', ...args);

/** Returns the unit tests that import the list of all jobs, without two large ones, of which other tests run a part. */
function testsOfAllJobs(): string[] {
  const tests = globSync('test/unit/**/*.test.ts', { cwd: copy });
  const found = tests.filter((path) =>
    /functions\/(index|registry|examples)\.ts/.test(readFileSync(join(copy, path), 'utf8')),
  );
  expect(found.length).toBeGreaterThan(10);
  return found.filter((path) => !PARTLY_RUN.includes(path));
}

/** Returns path → text of the files of the copy that belong to the project. */
const filesOfCopy = (): Map<string, string> =>
  new Map(
    readdirSync(copy, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(copy.length + 1))
      .filter((path) => !ignored.includes(path.split('/')[0]!))
      .map((path) => [path, readFileSync(join(copy, path), 'latin1')]),
  );

let before: Map<string, string>;

beforeAll(() => {
  cpSync(PROJECT, copy, { recursive: true, filter: (source) => !ignored.includes(basename(source)) });
  symlinkSync(`${PROJECT}node_modules`, join(copy, 'node_modules'));
  const kernels = readdirSync(`${PROJECT}.build`).filter((name) => name.endsWith('.wasm'));
  for (const name of kernels) cpSync(`${PROJECT}.build/${name}`, join(copy, '.build', name));
  before = filesOfCopy();
  cpSync(`${PROJECT}test/new-job`, join(copy, 'functions', JOB), { recursive: true });
  const registry = join(copy, 'functions/registry.ts');
  writeFileSync(registry, readFileSync(registry, 'utf8').replace('\n};\n', `\n${LINE}};\n`));
});

test('Types and lint hold', { timeout: WITHIN_MS }, async () => {
  for (const args of [
    ['node_modules/typescript/bin/tsc', '--noEmit'],
    ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ]) {
    const { status, output } = await run(...args);
    expect(status, output).toBe(0);
  }
});

test('The job passes the contract with the example of its folder, and its bundle is a Lambda function', {
  timeout: WITHIN_MS,
}, async () => {
  const { status, output } = await runTests('test/contract/job.test.ts', 'test/unit/infra/bundle.test.ts', '-t', JOB);
  expect(status, output).toBe(0);
  expect(Number(/^(\d+) passed, 0 failed/m.exec(output)?.[1]), output).toBeGreaterThan(20);
});

test('Every unit test that looks at all jobs holds', { timeout: WITHIN_MS }, async () => {
  const { status, output } = await runTests(...testsOfAllJobs(), 'test/unit/structure.test.ts');
  expect(status, output).toBe(0);
});

test('The stack is synthesized, and links and blocks of all pages hold', { timeout: WITHIN_MS }, async () => {
  const tests = ['pipeline-stack', 'former-functions'].map((name) => `test/unit/infra/${name}.test.ts`);
  const { status, output } = await runTests(
    ...tests,
    'test/integration/documents.test.ts',
    '-t',
    'environment dev|links|every block|what watching costs|list of deployed functions',
  );
  expect(status, output).toBe(0);
});

test('Its cost is unknown until the benchmark measures it', { timeout: WITHIN_MS }, async () => {
  const plan = ['cli/main.mjs', 'plan', JOB, '--client', 'shop', '--output-path', copy, '--bytes', '1048576'];
  expect(await run(...plan)).toEqual({
    status: 0,
    output:
      `${JOB}: 1.0 MiB of text in 1 files\n\n` +
      `Time and cost are unknown: no run of ${JOB} was measured; npm run bench -- --only cost --job ${JOB} measures it.\n`,
  });
  const { status, output } = await run(...plan, '--json');
  expect(status, output).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ input: { bytes: 1_048_576, objects: 1 }, dollars: null });
});

test('All else that changed was written by the tests themselves: golden files, and the page of the settings', () => {
  const changed = [...filesOfCopy()].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);
  expect(changed.filter((path) => !path.startsWith(`functions/${JOB}/`)).sort()).toEqual([
    'docs/jobs.md',
    'functions/registry.ts',
    'infra/deployed-functions.json',
    `test/golden/outputs/${JOB}/version-1.json`,
    `test/golden/outputs/${JOB}/version-1/shop/item-counts/15317/part-00000`,
    'test/golden/state-machines/daily.asl.json',
    `test/golden/state-machines/${JOB}.asl.json`,
    `test/golden/work-areas/${JOB}.json`,
  ]);
});
