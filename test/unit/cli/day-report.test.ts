import { expect, test } from 'vitest';
import type { Outcome } from '../../../cli/local/run-day.ts';
import type { RunSummary } from '../../../cli/local/run-job.ts';
import { type DayQuality, dayReport } from '../../../cli/report-day.ts';

const failed = (job: string, message: string, name = 'NoInputError'): Outcome => ({
  job,
  outcome: 'failed',
  error: { name, message: `${job}, client shop, step configure: ${message}` },
});
const nothing = (days: string) =>
  `there is nothing to read under /in in shop/actions/ for ${days}: shop/actions/ has 2011-12-07 (15315). Check`;

test('A day without input is reported once, whatever days the jobs read', () => {
  const text = dayReport([
    failed('matrix-factorization', nothing('days 2011-11-10 (15288) to 2011-12-09 (15317)')),
    failed('sessionitems', nothing('day 2011-12-09 (15317)')),
    failed('tagaffinity', 'itemsPath must be given', 'ConfigError'),
  ]);
  expect(text.match(/nothing to read/g)).toHaveLength(1);
  expect(text).toContain('matrix-factorization, sessionitems: failed\n');
  expect(text).toContain('tagaffinity: failed\n  ConfigError: ');
  // The overview names every job.
  expect(text).toMatch(/^sessionitems +failed$/m);
});

function published(job: string, counts: Record<string, number>, given: Partial<RunSummary> = {}): Outcome {
  const run = '0123456789abcdef';
  const manifest = { run, job, version: 1, client: 'shop', day: 15_317, settings: {}, counts, files: [] };
  const summary: RunSummary = {
    job,
    client: 'shop',
    day: 15_317,
    run,
    alreadyDone: false,
    output: `/out/shop/${job}/15317`,
    root: '/out',
    activated: null,
    notActivated: null,
    verdict: null,
    before: null,
    seconds: 1,
    steps: [],
    manifest,
    warnings: [],
    ...given,
  };
  return { job, outcome: summary.notActivated === null ? 'done' : 'notActivated', summary };
}

const DAY = [
  published(
    'matrix-factorization',
    { items: 300, lines: 9000, users: 1012 },
    {
      before: { day: 15_316, counts: { items: 300, users: 1000 } },
      warnings: ['one', 'two'],
      notActivated: 'the model is held',
    },
  ),
  published(
    'sessionitems',
    { sessions: 50, users: 20 },
    {
      alreadyDone: true,
      before: { day: 15_310, counts: { sessions: 100, users: 20 } },
    },
  ),
  failed('tagaffinity', 'itemsPath must be given', 'ConfigError'),
];
const LIVE = new Map([['matrix-factorization', 15_316]]);

test('The table shows of each job its outcome, main sizes, their change, the live day and the number of warnings', () => {
  const [head, ...rows] = dayReport(DAY, { liveDays: LIVE }).split('\n');
  expect(head).toMatch(/^job +outcome +counts +change since the last day +live day +warnings$/);
  expect(rows[0]).toMatch(
    /^matrix-factorization +not activated +1,012 users, 300 items +users \+1\.2 %, items ±0 % +2011-12-08 \(15316\) +2$/,
  );
  expect(rows[1]).toMatch(
    /^sessionitems +already there +20 users, 50 sessions +users ±0 %, sessions -50\.0 % \(since 2011-12-02\)$/,
  );
  expect(rows[2]).toMatch(/^tagaffinity +failed$/);
});

test('A column without any entry is left out, and --verbose shows each run, too', () => {
  expect(dayReport([published('sessionitems', { sessions: 50 })])).toMatch(
    /^job +outcome +counts\nsessionitems +done in 1\.0 s +50 sessions\n$/,
  );
  const text = dayReport(DAY, { isVerbose: true });
  expect(text).toContain('  output         /out/shop/matrix-factorization/15317\n');
  expect(text).toContain('sessionitems of shop, day 2011-12-09 (15317): already there');
});

test('Recall stands beside both popularities with its interval, and its change beside those of the sizes', () => {
  const estimate = (mean: number | null, low: number | null, high: number | null) => ({ mean, low, high });
  const baselines = { popularity: estimate(0.045, 0.04, 0.05), 'recent-popularity': estimate(0.0412, 0.03, 0.05) };
  const quality = (recall: ReturnType<typeof estimate>, change: DayQuality['change']): DayQuality => ({
    day: 15_317,
    cutoff: 20,
    recall,
    baselines,
    change,
  });
  const qualities = new Map([
    ['matrix-factorization', quality(estimate(0.1234, 0.11, 0.136), { since: 15_316, recall: 0.0042 })],
    ['sessionitems', quality(estimate(null, null, null), null)],
    ['tagaffinity', quality(estimate(0.1, null, null), { since: 15_310, recall: -0.02 })],
  ]);
  const text = dayReport(DAY, { qualities });
  expect(text).toMatch(/^job .* recall@20 +warnings$/m);
  expect(text).toMatch(
    /^matrix-factorization .*, items ±0 %, recall \+0\.004 +0\.123 \(0\.110 to 0\.136\), popularity 0\.045, recent 0\.041 +2$/m,
  );
  expect(text).toMatch(/^sessionitems .* \(since 2011-12-02\)$/m);
  expect(text).toMatch(
    /^tagaffinity +failed +recall -0\.020 \(since 2011-12-02\) +0\.100, popularity 0\.045, recent 0\.041$/m,
  );
});

test('A job that accompanies others shows no change, because its sizes change by chance', () => {
  const before = { day: 15_316, counts: { users: 100 } };
  const text = dayReport([
    published('evaluate', { users: 90 }, { before }),
    published('mf', { users: 90 }, { before }),
  ]);
  expect(text).toMatch(/^evaluate +done in 1\.0 s +90 users$/m);
  expect(text).toMatch(/^mf +done in 1\.0 s +90 users +users -10\.0 %$/m);
});
