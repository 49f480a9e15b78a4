/** Tests the end of a test run whose filter matches something or nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs the tests of one small file whose names match the filter. */
function filtered(filter: string) {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/vitest.config.ts',
    'test/unit/at-most.test.ts',
  ];
  const options = { cwd: PROJECT, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, [...args, '-t', filter], options);
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('A run whose filter matches no test ends with 1 and says so', () => {
  const { status, lines } = filtered('no-such-job');
  expect(status).toBe(1);
  expect(lines.at(-2)).toBe("no test matches -t 'no-such-job': nothing was tested");
  expect(lines.at(-1)).toMatch(/^0 passed, 0 failed, [1-9]\d* skipped$/);
});

test('A run whose filter matches a test ends with 0', () => {
  const { status, lines } = filtered('');
  expect(status).toBe(0);
  expect(lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
});
