/** Inputs of rubbish that once killed a function of 1,769 MB or kept it busy for half a minute. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { offline } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Groups one file in a heap of 64 MB and returns the error of the run. */
async function failureOf(name: string, bytes: Buffer): Promise<{ name: string; message: string }> {
  const [logs, output] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(logs, 'a'));
  writeFileSync(join(logs, 'a', name), bytes);
  const ended = await offline(
    [
      ...['group-actions', '--input-path-pattern', join(logs, 'a', '*'), '--input-date-string', '20111209'],
      ...['--output-path-dir', output, '--workers', '1', '--json'],
    ],
    { env: { NODE_OPTIONS: '--max-old-space-size=64' } },
  );
  expect(ended.status, ended.stderr).toBe(1);
  return JSON.parse(ended.stdout).error;
}

test('98 kB of gzip with fifty million lines of rubbish are refused after a tenth of them was read', async () => {
  const { name, message } = await failureOf('x.gz', gzipSync(Buffer.alloc(100_000_000, 'x\n'), { level: 9 }));
  expect(name).toBe('TooManyRejectsError');

  const read = Number(/of the first (\d+) lines were rejected/.exec(message)?.[1]);
  expect(read).toBeGreaterThan(5_000_000);
  expect(read).toBeLessThan(6_500_000);
});

test('300 MB of blank lines, plain or as gzip, are an input without an action', async () => {
  const blank = Buffer.alloc(300_000_000, '\n');
  expect((await failureOf('log', blank)).name).toBe('NoInputError');
  expect((await failureOf('x.gz', gzipSync(blank, { level: 9 }))).name).toBe('NoInputError');
});
