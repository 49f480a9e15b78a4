import { existsSync, linkSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { oldWork, removeOldWork } from '../../../cli/local/old-work.ts';
import { MS_PER_DAY } from '../../../shared/model/time.ts';
import { offline } from '../../helpers/offline.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const NOW = new Date('2026-01-31T00:00:00Z');
const RUN = '0123456789abcdef';
const OLD = 15;
const YOUNG = 13;

const timeBefore = (days: number) => new Date(NOW.getTime() - days * MS_PER_DAY);

/** Writes files (path → their age in days) of ten bytes each. A folder is as old as its oldest file, so that only files count. */
function rootWith(files: Readonly<Record<string, number>>): string {
  const root = temporaryFolder();
  for (const path of Object.keys(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '0123456789');
  }
  for (const [path, days] of Object.entries(files)) {
    utimesSync(join(root, path), timeBefore(days), timeBefore(days));
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      utimesSync(join(root, folder), timeBefore(OLD), timeBefore(OLD));
    }
  }
  return root;
}

test('Work areas and records into which nobody has written for two weeks are removed, and all others stay', () => {
  const root = rootWith({
    [`.work/word2vec/shop/${RUN}/plans/planned-v2.json`]: OLD,
    [`.work/word2vec/shop/${RUN}/planned-v2/count/00000`]: OLD,
    '.work/word2vec/shop/published/15300.json': OLD,
    [`.work/word2vec/shop/folds/${RUN},10,gave-up`]: OLD,
    '.work/tune/shop/search-1/state.json': OLD,
    [`.work/evaluate/shop/.work/word2vec/shop/${RUN}/usage.json`]: OLD,
    // A run that goes on has written into an old work area.
    [`.work/word2vec/films/${RUN}/plans/planned-v2.json`]: OLD,
    [`.work/word2vec/films/${RUN}/planned-v2/count/00000`]: YOUNG,
    '.work/word2vec/shop/published/15301.json': YOUNG,
    '.work/daily/_all/local.json': YOUNG,
    '.work/tune/shop/search-2/state.json': YOUNG,
    'shop/word2vec/15300/_SUCCESS': OLD,
    'shop/models/word2vec/15300-0123456789abcdef/_SUCCESS': OLD,
  });
  const old = [
    `.work/evaluate/shop/.work/word2vec/shop/${RUN}`,
    '.work/tune/shop/search-1',
    `.work/word2vec/shop/${RUN}`,
    `.work/word2vec/shop/folds/${RUN},10,gave-up`,
    '.work/word2vec/shop/published/15300.json',
  ];
  expect(oldWork(root, NOW).map(({ path }) => path)).toEqual(old);
  expect(removeOldWork(root, NOW).map(({ path }) => path)).toEqual(old);
  for (const path of old) expect(existsSync(join(root, path)), path).toBe(false);
  expect(oldWork(root, NOW)).toEqual([]);
  const left = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.length).toBe(7);
});

test('Bytes that a published file shares are not freed', () => {
  const root = rootWith({ [`.work/word2vec/shop/${RUN}/a`]: OLD, [`.work/word2vec/shop/${RUN}/b`]: OLD });
  linkSync(join(root, `.work/word2vec/shop/${RUN}/a`), join(root, 'published'));
  expect(oldWork(root, NOW)).toEqual([
    { path: `.work/word2vec/shop/${RUN}`, bytes: 10, writtenMs: timeBefore(OLD).getTime() },
  ]);
});

test('A removal that was interrupted is completed', () => {
  const root = rootWith({ [`.work/_removed/.work,word2vec,shop,${RUN}/a`]: YOUNG });
  expect(removeOldWork(root, NOW)).toHaveLength(1);
  expect(readdirSync(join(root, '.work/_removed'))).toEqual([]);
});

test('There may be no work area yet, and those in S3 are left to the rule of the bucket', () => {
  expect(removeOldWork(join(temporaryFolder(), 'none'), NOW)).toEqual([]);
  expect(oldWork('s3://bucket/models', NOW)).toEqual([]);
});

test('Several commands that clean one root at once all end well, and each removal is told once', async () => {
  const areas = Array.from({ length: 400 }, (_, area) => area.toString(16).padStart(16, '0'));
  const root = rootWith({
    ...Object.fromEntries(areas.map((area) => [`.work/word2vec/shop/${area}/planned-v2/count/00000`, OLD])),
    ...Object.fromEntries(areas.map((area) => [`.work/evaluate/shop/.work/word2vec/shop/${area}/usage.json`, OLD])),
  });
  const clean = () => offline(['clean', '--output-path', root, '--apply', '--json']);
  const ended = await Promise.all([clean(), clean(), clean()]);
  expect(ended.map(({ status, stderr }) => [status, stderr])).toEqual(ended.map(() => [0, '']));
  const work = ended.flatMap(({ stdout }) => JSON.parse(stdout).work as { path: string }[]);
  const moved = work.map(({ path }) => path).filter((path) => path.startsWith('.work/word2vec/'));
  expect(new Set(moved).size).toBe(areas.length);
  expect(moved).toHaveLength(areas.length);
  expect(oldWork(root, NOW)).toEqual([]);
});
