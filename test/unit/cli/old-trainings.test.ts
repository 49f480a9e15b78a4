import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KEPT_DAYS, removeOldTrainings } from '../../../cli/local/old-trainings.ts';
import { MS_PER_DAY } from '../../../shared/model/time.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const NOW = new Date('2026-01-31T00:00:00Z');

test('Trainings and work areas that are old are removed, and everything else stays', () => {
  const root = temporaryFolder();
  const make = (path: string, days: number): void => {
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, '_SUCCESS'), '');
    const time = new Date(NOW.getTime() - days * MS_PER_DAY);
    utimesSync(join(root, path), time, time);
  };
  const old = [
    'shop/models/mf/15310-0123456789abcdef',
    'shop/matrix-factorization/15310',
    'shop/evaluation/15317',
    '.work/matrix-factorization/shop/0123456789abcdef',
  ];
  const young = old.map((path) => `${path}-young`);
  const others = ['shop/models/mf/_live', 'other/models/mf/15310-0123456789abcdef'];
  for (const path of [...old, ...others]) make(path, KEPT_DAYS + 1);
  for (const path of young) make(path, KEPT_DAYS - 1);
  expect(removeOldTrainings(root, 'shop', NOW).toSorted()).toEqual(old.toSorted());
  for (const path of old) expect(existsSync(join(root, path))).toBe(false);
  for (const path of [...young, ...others]) expect(readdirSync(join(root, path))).toEqual(['_SUCCESS']);
});

test('There may be no training yet, and trainings in S3 are left to its life cycle', () => {
  expect(removeOldTrainings(join(temporaryFolder(), 'none'), 'shop', NOW)).toEqual([]);
  expect(removeOldTrainings('s3://bucket/.work/evaluate/shop', 'shop', NOW)).toEqual([]);
});
