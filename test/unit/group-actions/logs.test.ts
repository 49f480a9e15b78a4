import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logs } from '../../../functions/group-actions/logs.ts';
import { defined } from '../../../shared/defined.ts';
import { NoInputError, UsageError } from '../../../shared/errors.ts';
import { FileStore } from '../../../shared/store/file-store.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { DAY } from './hostile-logs.ts';

async function listed(files: Readonly<Record<string, string>>, pattern: string, singleClient?: string) {
  const opened: string[] = [];
  const openStore = async (location: string) => {
    opened.push(location);
    const store = new MemoryStore(location);
    for (const [key, content] of Object.entries(files)) await store.put(key, content);
    return store;
  };
  const settings: Parameters<typeof logs>[0]['settings'] = defined({ inputPathPattern: pattern, singleClient });
  const { root, objects } = await logs({ client: undefined, day: DAY, settings, openStore });
  expect(opened).toEqual([root]);
  return { root, keys: objects.map(({ key }) => key), sizes: objects.map(({ size }) => size) };
}

describe('logs of a day', () => {
  const PATTERN = 's3://logs/actions.%y/%m%d/*/*';

  test('The logs are the files below the folder that the pattern matches', async () => {
    const files = { 'b/y.gz': 'yy', 'a/x': 'x', 'a/_x': '', x: '', 'a/deep/x': '', 'a/too/deep/x': '', '_a/x': '' };
    expect(await listed(files, PATTERN)).toEqual({
      root: 's3://logs/actions.2011/1209',
      keys: ['a/deep/x', 'a/x', 'b/y.gz'],
      sizes: [0, 1, 2],
    });
  });

  test('The pattern that the original’s image writes, with a folder for each month, is read too', async () => {
    expect(await listed({ 'a/x': 'x' }, '/logs/actions.%y/%m/%d/*/*')).toEqual({
      root: '/logs/actions.2011/12/09',
      keys: ['a/x'],
      sizes: [1],
    });
  });

  test.each([
    [{}, 'matches no file'],
    [{ 'a/_x': 'hidden' }, 'matches no file'],
    [{ 'a/x': '' }, 'matches empty files only'],
  ])('The files %j contain no log, and the error says where logs were sought', async (files, message) => {
    await expect(listed(files, PATTERN)).rejects.toThrow(NoInputError);
    await expect(listed(files, PATTERN)).rejects.toThrow(
      `no log of day 2011-12-09 (15317): s3://logs/actions.2011/1209/*/* ${message}`,
    );
  });

  test('The error for a pattern with wildcards of other tools explains their meaning', async () => {
    await expect(listed({ 'a/x': 'x' }, 's3://logs/actions.%y/%m%d/{a,b}/?')).rejects.toThrow(
      'Check the pattern and the day. Only * stands for a part of a name: ? and { stand for themselves',
    );
  });

  test.each([
    ['x/a.log', true],
    ['x', true],
    ['x/deep/a.log', true],
    ['x/_a.log', false],
    ['_x', false],
    ['x/very/deep/a.log', false],
  ])('A link %s that leads nowhere ends the run when the pattern matches it: %s', async (name, ends) => {
    const root = temporaryFolder();
    const day = join(root, 'actions.2011/1209');
    mkdirSync(join(day, dirname(name)), { recursive: true });
    mkdirSync(join(day, 'y'));
    writeFileSync(join(day, 'y/b.log'), 'line');
    symlinkSync('/no/such/place', join(day, name));
    const settings = { inputPathPattern: join(root, 'actions.%y/%m%d/*/*') };
    const openStore = async (location: string) => new FileStore(location);
    const listing = logs({ client: undefined, day: DAY, settings, openStore });
    if (!ends) expect((await listing).objects).toMatchObject([{ key: 'y/b.log' }]);
    else await expect(listing).rejects.toThrow(`${join(day, name)} is a link that leads nowhere`);
  });

  test.each([
    ['/data/*', '/data/out', true],
    ['/data/*/*', '/data/out', true],
    ['/data/*/*/*/*', '/data/out', true],
    ['/data/logs/*', '/data/logs', true],
    ['/data/logs', '/data/logs', true],
    ['/data/l*/%y/%m%d/*', '/data/logs/2011/1209/models', true],
    ['s3n://bucket/*/x', 's3://bucket/models', true],
    ['file:///data/*', '/data/out/', true],
    ['/*', '/', true],
    ['/data/*', '/data/out/deep', false],
    ['/data/logs', '/data/logs/out', false],
    ['/data/*.log', '/data/out', false],
    ['/data/*', '/data/.out', false],
    ['/data/*', '/data/_models/x', false],
    ['/data/logs/*', '/data/out', false],
    ['/data/l*/*', '/data/models', false],
    ['/data/logs/%y/%m%d/*', '/data/logs/2011/1210', false],
    ['s3://bucket/*', 's3://other/x', false],
    ['s3://bucket/*', '/bucket/x', false],
  ])(
    'The pattern %s is checked against the output %s, and is refused: %j',
    async (inputPathPattern, outputPath, refused) => {
      const openStore = async () => {
        const store = new MemoryStore();
        for (const key of ['a', 'a/b', 'a/b/c', 'logs', 'logs/x', 'x.log']) await store.put(key, 'x');
        return store;
      };
      const listing = logs({ client: undefined, day: DAY, settings: { inputPathPattern, outputPath }, openStore });
      if (refused) await expect(listing).rejects.toThrow(/could match files below the output/);
      else await listing;
    },
  );

  test.each([
    ['/logs/%Y/%m%d/*', "'%Y'"],
    ['/logs/%y/%M%d/*', "'%M'"],
    ['/logs/%y-%j', "'%j'"],
    ['s3://logs/%y/**', "'**'"],
    ['/logs/%y/**/x.gz', "'**'"],
  ])('The pattern %s is refused, and the error names %s', async (pattern, named) => {
    await expect(listed({ 'a/x': 'x' }, pattern)).rejects.toThrow(UsageError);
    await expect(listed({ 'a/x': 'x' }, pattern)).rejects.toThrow(named);
  });

  test.each(['', '.', '../x', '_all', 'a/b', 'x\n', 'x'.repeat(256)])(
    'The text %j is refused as a single client',
    async (client) => {
      await expect(listed({ 'a/x': 'x' }, PATTERN, client)).rejects.toThrow(UsageError);
    },
  );
});
