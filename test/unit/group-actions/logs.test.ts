import { describe, expect, test } from 'vitest';
import { logs } from '../../../functions/group-actions/logs.ts';
import { NoInputError, UsageError } from '../../../shared/errors.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { DAY } from './hostile-logs.ts';

async function listed(files: Readonly<Record<string, string>>, pattern: string, singleClient?: string) {
  const opened: string[] = [];
  const openStore = async (location: string) => {
    opened.push(location);
    const store = new MemoryStore(location);
    for (const [key, content] of Object.entries(files)) await store.put(key, content);
    return store;
  };
  const settings = { inputPathPattern: pattern, ...(singleClient !== undefined && { singleClient }) };
  const { root, objects } = await logs({ client: undefined, day: DAY, settings, openStore });
  expect(opened).toEqual([root]);
  return { root, keys: objects.map(({ key }) => key), sizes: objects.map(({ size }) => size) };
}

describe('the logs of a day', () => {
  const PATTERN = 's3://logs/actions.%y/%m%d/*/*';

  test('are what the pattern matches below its folder', async () => {
    const files = { 'b/y.gz': 'yy', 'a/x': 'x', 'a/_x': '', x: '', 'a/deep/x': '', 'a/too/deep/x': '', '_a/x': '' };
    expect(await listed(files, PATTERN)).toEqual({
      root: 's3://logs/actions.2011/1209',
      keys: ['a/deep/x', 'a/x', 'b/y.gz'],
      sizes: [0, 1, 2],
    });
  });

  test.each([
    [{}, 'matches no file'],
    [{ 'a/_x': 'hidden' }, 'matches no file'],
    [{ 'a/x': '' }, 'matches empty files only'],
  ])('%j is no log: an error that says where it was looked for', async (files, message) => {
    await expect(listed(files, PATTERN)).rejects.toThrow(NoInputError);
    await expect(listed(files, PATTERN)).rejects.toThrow(
      `no log of day 15317: s3://logs/actions.2011/1209/*/* ${message}`,
    );
  });

  test.each(['', '.', '../x', '_all', 'a/b', 'x\n', 'x'.repeat(256)])('%j is no single client', async (client) => {
    await expect(listed({ 'a/x': 'x' }, PATTERN, client)).rejects.toThrow(UsageError);
  });
});
