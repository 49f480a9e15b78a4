import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, LimitError } from '../../../shared/errors.ts';
import * as keys from '../../../shared/store/keys.ts';
import { checkKey, compareKeys } from '../../../shared/store/object-key.ts';

test('Output folders have the names that the serving reader expects', () => {
  expect(keys.dayFolder('acme', 'matrix-factorization', 16491)).toBe('acme/matrix-factorization/16491/');
  expect([keys.partName(0), keys.partName(7, true), keys.SUCCESS]).toEqual(['part-00000', 'part-00007.gz', '_SUCCESS']);
  expect(keys.logsFolder(16491)).toBe('_rejected/16491/');
  expect(keys.modelsFolder('acme', 'mf')).toBe('acme/models/mf/');
  expect(keys.versionFolder('acme', 'mf', 16491, '0123456789abcdef')).toBe('acme/models/mf/16491-0123456789abcdef/');
  expect([keys.BEGUN, keys.VERDICT, keys.SKETCH]).toEqual(['_BEGUN', '_verdict.json', '_sketch']);
});

test('Objects of a work area have fixed keys', () => {
  const run = keys.runFolder('jobname', 'acme', '0123456789abcdef');
  expect(run).toBe('.work/jobname/acme/0123456789abcdef/');
  expect(run.startsWith(keys.jobWorkFolder('jobname', 'acme'))).toBe(true);
  expect(keys.runFolder('jobname', null, '01')).toBe('.work/jobname/_all/01/');
  expect(keys.publishedKey('jobname', 'acme', 16491)).toBe('.work/jobname/acme/published/16491.json');
  expect([keys.USAGE_KEY, keys.planKey('planned')]).toEqual(['usage.json', 'plans/planned.json']);
  expect(keys.shardKey('planned', 'sweep', 7)).toBe('planned/sweep/00007');
  expect(keys.shardKey('planned', 'sweep', 7, 12)).toBe('planned/sweep-12/00007');
  expect(keys.shardListKey('planned', 'sweep')).toBe('planned/sweep/shards.json');
  expect(keys.shardListKey('planned', 'sweep', 0)).toBe('planned/sweep-0/shards.json');
});

test('The key of an object and of its hash tells which step wrote it', () => {
  const run = keys.runFolder('jobname', 'acme', '0123456789abcdef');
  const shard = run + keys.shardKey('planned', 'order', 7);
  expect(keys.hashKey(shard)).toBe(`${shard}.sha256`);
  for (const key of [shard, keys.hashKey(shard)]) expect(keys.stepOfShard(key)).toBe('order');
  expect(keys.stepOfShard(run + keys.shardKey('planned', 'sweep', 7, 12))).toBe('sweep');
  for (const key of [keys.shardListKey('planned', 'order'), keys.USAGE_KEY, 'plans/planned.json']) {
    expect(keys.stepOfShard(run + key)).toBeUndefined();
  }
  expect(keys.stepOfShard(shard.replace('.work', 'work'))).toBeUndefined();
});

test('Numbers in keys have exactly five digits', () => {
  expect(keys.partName(99_999)).toBe('part-99999');
  expect(() => keys.partName(100_000)).toThrow(LimitError);
  expect(() => keys.shardKey('plan', 'step', -1)).toThrow(RangeError);
});

test.each(['', '.', '..', '../x', '.work', '_all', '_rejected', 'a/b', 'a\\b', 'a\nb', 'a\ud800', 'é'.repeat(128)])(
  'A client called %j is refused in every key',
  (client) => {
    expect(() => keys.dayFolder(client, 'job', 1)).toThrow(ConfigError);
    expect(() => keys.versionFolder(client, 'mf', 1, 'run')).toThrow(ConfigError);
    expect(() => keys.runFolder('job', client, 'run')).toThrow(ConfigError);
  },
);

test.each(['%2e%2e', '\u2025', 'a..', 'ａcme', 'acme '])('The client %j has a folder of its own', (client) => {
  checkKey(`${keys.dayFolder(client, 'job', 1)}x`);
  expect(keys.dayFolder(client, 'job', 1).startsWith(`${client}/`)).toBe(true);
});

describe('compareKeys', () => {
  test('Keys are ordered by their bytes in UTF-8', () => {
    const text = fc.string({ unit: 'binary', maxLength: 5 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b))).toBe(expected);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('Surrogates come after U+E000 to U+FFFF', () => {
    expect(compareKeys('\u{10000}', '\uffff')).toBeGreaterThan(0);
    expect(compareKeys('\ue000', '\u{10ffff}')).toBeLessThan(0);
    expect(compareKeys('\ud7ff', '\ue000')).toBeLessThan(0);
  });
});
