/** Tests that a failed golden test shows the line that differs and names the command that writes the golden file. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compareWithGolden, compareWithHashes, expectGolden, updateCure } from '../../helpers/golden.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const NAME = 'test-of-golden';
const KEPT = join(project, '.build/golden-outputs', NAME);
afterAll(() => rmSync(KEPT, { recursive: true, force: true }));

const CURE = "If this change is wanted, run 'npm test -- this.test.ts --update'.";
const goldenOf = (text: string) => {
  const file = join(temporaryFolder(), 'golden');
  writeFileSync(file, text);
  return { path: relative(project, file), cure: CURE };
};

test('A golden text that agrees passes and stays unchanged', async () => {
  const golden = goldenOf('one\ntwo\n');
  await expectGolden('one\ntwo\n', golden);
  expect(readFileSync(join(project, golden.path), 'utf8')).toBe('one\ntwo\n');
});

test('A golden text that differs shows the line and the command', () => {
  const golden = goldenOf('one\ntwo\n');
  expect(() => compareWithGolden('one\nten\n', golden)).toThrow(
    [
      `${golden.path}: line 2 differs, from byte 1 of the line on (byte 5 of the file).`,
      'expected: "two\\n"',
      'found:    "ten\\n"',
      CURE,
    ].join('\n'),
  );
});

test('A missing golden file is named with the command', () => {
  const golden = { path: 'test/golden/none', cure: CURE };
  expect(() => compareWithGolden('one\n', golden)).toThrow(`test/golden/none is missing.\n${CURE}`);
});

test('The command runs the test file that compares', () => {
  expect(updateCure('this change')).toBe(
    "If this change is wanted, review it and run 'npm test -- test/unit/helpers/golden.test.ts --update'.",
  );
});

describe('golden hashes', () => {
  const hash = createHash('sha256').update('one\ntwo\n').digest('hex');
  const { path } = goldenOf(`${JSON.stringify({ 'a/part-0': hash }, null, 2)}\n`);
  const golden = { name: NAME, path, cure: CURE };
  const output = (text: string) => new Map([['a/part-0', Buffer.from(text)]]);

  test('The error for a hash without stored bytes names the file and says how to see the line', () => {
    expect(() => compareWithHashes(output('one\nten\n'), golden)).toThrow(
      new RegExp(`a/part-0: the hash of its bytes is [0-9a-f]{64}, but ${hash} is expected\\. To see the first line`),
    );
  });

  test('The error shows the line that differs from the bytes that agreed last, and the command', () => {
    compareWithHashes(output('one\ntwo\n'), golden);
    expect(() => compareWithHashes(output('one\nten\n'), golden)).toThrow(
      `a/part-0: line 2 differs, from byte 1 of the line on (byte 5 of the file).\nexpected: "two\\n"\nfound:    "ten\\n"\n${CURE}`,
    );
  });

  test('The error names files that only the output has', () => {
    const more = new Map([...output('one\ntwo\n'), ['b/part-0', Buffer.from('x')] as const]);
    expect(() => compareWithHashes(more, golden)).toThrow(`b/part-0: found, but not expected\n${CURE}`);
  });
});
