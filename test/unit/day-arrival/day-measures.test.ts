import { describe, expect, test } from 'vitest';
import { measureDay } from '../../../functions/day-arrival/day-measures.ts';
import type { ClientOutcome } from '../../../functions/day-arrival/day-records.ts';
import { failedAsideOf, kindOf, writeOutcome } from '../../../functions/day-arrival/outcomes.ts';
import { JOBS } from '../../../functions/index.ts';
import type { JobOutcome } from '../../../shared/job/day-outcome.ts';
import { completeHistory, historyKey } from '../../../shared/live/history.ts';
import type { LiveRecord } from '../../../shared/live/record.ts';
import { MS_PER_DAY } from '../../../shared/model/time.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { addVerdict } from '../../../shared/verdict/verdict-history.ts';

const DAY = { day: 15_317, run: '0123456789abcdef', attempt: 1 };
const MF = 'matrix-factorization';
const NOW = new Date('2011-12-10T00:30:00Z');
const STALE_DAYS = 3;
const daysAgo = (days: number): string => new Date(NOW.getTime() - days * MS_PER_DAY).toISOString();

const failed: JobOutcome = { outcome: 'failed', error: { name: 'StoreTimeoutError', message: 'late' } };
const blocked: JobOutcome = { outcome: 'blocked', error: { name: 'BlockedModelError', message: 'too small' } };
const kept: JobOutcome = { outcome: 'notActivated', run: 'r', why: 'the node is held' };
const done: JobOutcome = { outcome: 'done', run: 'r' };

/** Measures a day with these outcomes. `was` writes the histories of models. */
async function measured(
  outcomes: Readonly<Record<string, ClientOutcome['jobs']>>,
  was: (output: MemoryStore) => Promise<unknown> = async () => undefined,
) {
  const output = new MemoryStore('s3://models/out');
  await was(output);
  const counts = { clients: 0, failed: 0, kept: 0, failedAside: 0 };
  for (const [client, jobs] of Object.entries(outcomes)) {
    const kind = kindOf({ client, jobs });
    counts.clients++;
    if (kind === 'failed') counts.failed++;
    counts.failedAside += failedAsideOf({ client, jobs }).length;
    counts.kept += Object.values(jobs).filter(({ outcome }) => ['blocked', 'notActivated'].includes(outcome)).length;
    await writeOutcome(output, DAY, { client, jobs });
  }
  const metrics: unknown[] = [];
  const lines: string[] = [];
  await measureDay(DAY, counts, {
    output,
    jobs: JOBS,
    staleDays: STALE_DAYS,
    now: () => NOW,
    log: (_level, line) => void lines.push(line),
    measure: (...metric) => void metrics.push(metric),
  });
  return { metrics, lines };
}

/** Adds a change to the history of the client's factors. */
const changed = (output: MemoryStore, seq: number, when: string, isHeld: boolean) => {
  const record: LiveRecord = {
    seq,
    root: '0123456789abcdef',
    live: { day: 15_300, run: null, requestedAt: null, location: 's3://models/out/a/models/mf/15300' },
    before: null,
    settled: true,
    hold: isHeld ? { since: when, because: 'a test' } : null,
    change: { when, by: isHeld ? 'hold' : 'run', because: null },
  };
  return completeHistory(output, 'a', 'mf', record);
};

describe('the metrics of a day', () => {
  test('A day without trouble has one metric', async () => {
    expect(await measured({ a: { [MF]: done }, b: { [MF]: { outcome: 'off' } } })).toEqual({
      metrics: [['clientDaysDone', 2]],
      lines: [],
    });
  });

  test('Failures are counted for each job, and models that were kept for all jobs', async () => {
    const { metrics } = await measured({
      a: { [MF]: failed, word2vec: done },
      b: { [MF]: failed, word2vec: failed, fpgrowth: blocked },
      c: { [MF]: blocked },
      d: { [MF]: done },
    });
    expect(metrics).toEqual([
      ['clientDaysDone', 2],
      ['jobsFailed', 2, MF],
      ['jobsFailed', 1, 'word2vec'],
      ['modelsKept', 2],
    ]);
  });

  test('A job that failed aside is counted as failed, and its client as done', async () => {
    const { metrics } = await measured({
      a: { evaluate: { ...failed, isAside: true }, [MF]: done },
      b: { [MF]: done },
    });
    expect(metrics).toEqual([
      ['clientDaysDone', 2],
      ['jobsFailed', 1, 'evaluate'],
    ]);
  });
});

describe('stale models', () => {
  const stale = {
    metrics: [
      ['clientDaysDone', 1],
      ['modelsKept', 1],
      ['modelsStale', 1],
    ],
  };
  const fresh = {
    metrics: [
      ['clientDaysDone', 1],
      ['modelsKept', 1],
    ],
    lines: [],
  };

  test.each([
    [3, 2.9, stale],
    [2.9, 0, fresh],
  ])('A model that was held %d days ago, and again %d days ago', async (first, again, expected) => {
    const found = await measured({ a: { [MF]: kept } }, async (output) => {
      await changed(output, 1, daysAgo(9), false);
      await changed(output, 2, daysAgo(first), true);
      await changed(output, 3, daysAgo(again), true);
    });
    expect(found).toMatchObject(expected);
    if (expected === stale) expect(found.lines).toEqual([expect.stringContaining(`held since ${daysAgo(first)}`)]);
  });

  test('A model that is not activated because a newer one is live is not stale', async () => {
    expect(await measured({ a: { [MF]: kept } }, (output) => changed(output, 1, daysAgo(9), false))).toEqual(fresh);
  });

  test.each([
    [3, stale],
    [2.9, fresh],
  ])('A model that is blocked while the live one is unchanged for %d days', async (days, expected) => {
    const found = await measured({ a: { [MF]: blocked } }, (output) => changed(output, 1, daysAgo(days), false));
    expect(found).toMatchObject(expected);
  });

  test.each([
    [[14, 15, 16, 17], stale],
    [[15, 16, 17], fresh],
    [[], fresh],
  ])('A model of which none was ever live, blocked on the days %j of December', async (days, expected) => {
    const found = await measured({ a: { [MF]: blocked } }, async (output) => {
      for (const day of [13, ...days]) {
        const verdict = day === 13 ? 'passed' : 'blocked';
        const entry = {
          run: `run-${day}`,
          day: 15_300 + day,
          gate: 'enforce',
          activate: true,
          live: null,
          verdict,
          checks: [],
        } as const;
        await addVerdict(output, 'a', 'mf', entry);
      }
    });
    expect(found).toMatchObject(expected);
  });

  test('A damaged history is named and hides no other metric', async () => {
    const { metrics, lines } = await measured({ a: { [MF]: blocked } }, (output) =>
      output.put(historyKey('a', 'mf'), '{"changes":'),
    );
    expect(metrics).toEqual(fresh.metrics);
    expect(lines.join()).toContain('_history.json is damaged');
  });
});
