/** Tests that a failed golden test shows the line that differs and names the command that writes the golden file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compareWithGolden, expectGolden, updateCure } from '../../helpers/golden.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));

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
