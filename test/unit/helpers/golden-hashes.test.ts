/** Tests the golden hashes of outputs: what a failure shows, and that no existing golden file is overwritten. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { BEGINNING_BYTES, compareWithHashes, expectGoldenHashes } from '../../helpers/golden-hashes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const NAME = 'test-of-golden';
const forget = () => rmSync(join(project, '.build/golden-outputs', NAME), { recursive: true, force: true });
afterAll(forget);
afterEach(() => void vi.unstubAllEnvs());

const CURE = "If this change is wanted, raise the job's version.";
const FILE = 'a/part-0';
const goldenIn = (folder: string) => ({
  name: NAME,
  path: relative(project, join(folder, 'version-1.json')),
  cure: CURE,
});
const output = (text: string) => new Map([[FILE, Buffer.from(text)]]);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Writes the golden files of a text, and forgets its bytes, as in a fresh clone. */
function committed(text: string, beginning: string | undefined = text.slice(0, BEGINNING_BYTES)) {
  forget();
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'version-1.json'), `${JSON.stringify({ [FILE]: sha256(text) }, null, 2)}\n`);
  mkdirSync(dirname(join(folder, 'version-1', FILE)), { recursive: true });
  writeFileSync(join(folder, 'version-1', FILE), beginning);
  return goldenIn(folder);
}

/** A text whose beginning is committed, and a line beyond it. */
const LONG = `${'0123456\n'.repeat(BEGINNING_BYTES / 8)}two\n`;

test('A fresh clone shows the line that differs, when it lies in the committed beginning', () => {
  const golden = committed(LONG);
  expect(() => compareWithHashes(output(LONG.replace('0123456\n0', '0123456\nx')), golden)).toThrow(
    `${FILE}, its first 2048 bytes: line 2 differs, from byte 0 of the line on (byte 8 of the file).\n` +
      `expected: "0123456\\n"\nfound:    "x123456\\n"\n${CURE}`,
  );
});

test('The error for a difference beyond the beginning names the file and says how to see the line', () => {
  const golden = committed(LONG);
  expect(() => compareWithHashes(output(LONG.replace('two', 'ten')), golden)).toThrow(
    new RegExp(
      `${FILE}: the hash of its bytes is [0-9a-f]{64}, but ${sha256(LONG)} is expected\\. To see the first line`,
    ),
  );
});

test('The bytes that agreed last on this machine show every line that differs', () => {
  const golden = committed(LONG);
  compareWithHashes(output(LONG), golden);
  expect(() => compareWithHashes(output(LONG.replace('two', 'ten')), golden)).toThrow(
    `${FILE}: line 257 differs, from byte 1 of the line on (byte 2049 of the file).\n` +
      `expected: "two\\n"\nfound:    "ten\\n"\n${CURE}`,
  );
});

test('The error names files that only the output has', () => {
  const more = new Map([...output('one\n'), ['b/part-0', Buffer.from('x')] as const]);
  expect(() => compareWithHashes(more, committed('one\n'))).toThrow(`b/part-0: found, but not expected\n${CURE}`);
});

test('A committed beginning that is not the beginning of the output is refused', () => {
  const golden = committed('one\n', 'ten\n');
  expect(() => compareWithHashes(output('one\n'), golden)).toThrow(/version-1\/a\/part-0: line 1 differs/);
});

/** Runs a test that compares a text with the golden files in the folder, as on a developer's machine. */
function compared(folder: string, text: string, ...args: string[]): Promise<string> {
  const golden = JSON.stringify(goldenIn(folder));
  writeFileSync(
    join(folder, 'compare.test.ts'),
    `import { expectGoldenHashes } from '${join(project, 'test/helpers/golden-hashes.ts')}';\n` +
      `const output = new Map([['${FILE}', Buffer.from(${JSON.stringify(text)})]]);\n` +
      `test('compare', () => expectGoldenHashes(output, ${golden}));\n`,
  );
  const program = [join(project, 'node_modules/vitest/vitest.mjs'), 'run', '--globals', '--root', folder, ...args];
  const options = { cwd: folder, env: { ...process.env, CI: '' } };
  return new Promise((resolve) => {
    execFile(process.execPath, program, options, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

test('--update writes missing golden files and never overwrites existing ones', async () => {
  const folder = temporaryFolder();
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  expect(await compared(folder, 'one\n', '--update')).toMatch(/1 passed/);
  expect(JSON.parse(read('version-1.json'))).toEqual({ [FILE]: sha256('one\n') });
  expect(read(`version-1/${FILE}`)).toBe('one\n');

  const refused = await compared(folder, 'two\n', '--update');
  expect(refused).toMatch(/1 failed/);
  expect(refused).toContain(CURE);
  expect(JSON.parse(read('version-1.json'))).toEqual({ [FILE]: sha256('one\n') });
  expect(read(`version-1/${FILE}`)).toBe('one\n');
});

test('The beginning of a gzip file is its text, and a binary file has none', () => {
  vi.stubEnv('CI', '');
  const folder = temporaryFolder();
  const outputs = new Map([
    ['a/text.gz', gzipSync('one\n')],
    ['a/binary', Buffer.of(0, 1, 255)],
  ]);
  expectGoldenHashes(outputs, goldenIn(folder));
  expect(readdirSync(join(folder, 'version-1/a'))).toEqual(['text']);
  expect(readFileSync(join(folder, 'version-1/a/text'), 'utf8')).toBe('one\n');
});

test('A build server writes nothing', () => {
  vi.stubEnv('CI', 'true');
  const folder = temporaryFolder();
  const golden = goldenIn(folder);
  expect(() => expectGoldenHashes(output('one\n'), golden)).toThrow(`${golden.path} is missing.\n${CURE}`);
  expect(readdirSync(folder)).toEqual([]);
});
