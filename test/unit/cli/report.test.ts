import { describe, expect, test } from 'vitest';
import type { RunSummary } from '../../../cli/local/run-job.ts';
import { seconds } from '../../../cli/progress.ts';
import { runReport } from '../../../cli/report.ts';
import { inBytes } from '../../../shared/in-words.ts';

const manifest = {
  run: '0123456789abcdef',
  job: 'matrix-factorization',
  version: 1,
  client: 'shop',
  day: 15_317,
  settings: {},
  counts: { lines: 8000, rejected: 80, others: ['not a number'] },
  files: [
    { name: 'userFeatures.txt', size: 1536, sha256: 'a' },
    { name: 'userFeatures.txt.gz', size: 999, sha256: 'b' },
  ],
};
const step = { step: 'solve', computed: 1200, found: 0, seconds: 1.234, cpuSeconds: 2.5, peakMemoryMb: 63.6 };
const summary: RunSummary = {
  job: 'matrix-factorization',
  client: 'shop',
  day: 15_317,
  run: manifest.run,
  alreadyDone: false,
  output: '/out/shop/matrix-factorization/15317',
  root: '/out',
  activated: null,
  notActivated: null,
  verdict: null,
  before: null,
  seconds: 3.21,
  warnings: [],
  manifest,
  steps: [
    { ...step, step: 'configure', computed: 0, seconds: 0.04, cpuSeconds: 0.01, peakMemoryMb: 9 },
    { ...step, found: 3 },
  ],
};

test('Sizes and times are rounded for readers', () => {
  expect([1023, 1024, 1536, 1 << 20, 5.25 * 2 ** 20].map(inBytes)).toEqual([
    ...['1023 B', '1.0 KiB', '1.5 KiB', '1.0 MiB', '5.3 MiB'],
  ]);
  expect([0.04, 9.94, 9.96, 61.7].map(seconds)).toEqual(['0.0 s', '9.9 s', '10 s', '62 s']);
});

describe('report of a run', () => {
  test('The report says what was read and written, where, and what each step took', () => {
    expect(runReport(summary).split('\n')).toEqual([
      'matrix-factorization of shop, day 2011-12-09 (15317): done in 3.2 s (run 0123456789abcdef)',
      '  counts  8,000 lines, 80 rejected',
      '  output  /out/shop/matrix-factorization/15317',
      '  files   userFeatures.txt (1.5 KiB), userFeatures.txt.gz (999 B)',
      '',
      '  step       shards  found  wall s  CPU s  memory MiB',
      '  configure                   0.04   0.01           9',
      '  solve       1,200      3    1.23   2.50          64',
      '',
    ]);
  });

  test('The report names the activated location, and no client for a run over all clients', () => {
    const text = runReport({ ...summary, client: null, activated: '/out/x' });
    expect(text).toContain('matrix-factorization, day 2011-12-09 (15317)');
    expect(text).toContain('\n  activated  /out/x\n');
  });

  test('The report of a repeated run says that nothing was to do and has no table', () => {
    const text = runReport({ ...summary, alreadyDone: true, steps: [] });
    expect(text).toContain('already there, made by run 0123456789abcdef; nothing to do');
    expect(text).not.toContain('wall s');
  });

  test.each([
    [['shop/actions/15317/'], 'shop/actions/15317/'],
    [['a/', 'b/', 'c/', 'd/', 'e/', 'f/', 'g/'], 'a/, b/, c/, d/, e/ and 2 more'],
    [[], 'none'],
  ])('The report over all clients names the folders %j', (folders, said) => {
    const text = runReport({ ...summary, client: null, manifest: { ...manifest, counts: { lines: 1, folders } } });
    expect(text).toContain(`\n  folders  ${said}\n  files `);
  });

  test('The report of an output without files says none', () => {
    expect(runReport({ ...summary, manifest: { ...manifest, files: [] } })).toContain('  files   none\n');
  });
});
