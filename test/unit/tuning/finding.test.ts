import { describe, expect, test } from 'vitest';
import { tuneJson, tuneReport } from '../../../cli/report-tune.ts';
import { jobNamed } from '../../../functions/index.ts';
import type { MetricsDocument, ScorerMetrics } from '../../../shared/evaluation/metrics-document.ts';
import { findingOf } from '../../../shared/tuning/finding.ts';
import type { TuneResult } from '../../../shared/tuning/tune.ts';

const job = jobNamed('similar-items');
const estimate = (mean: number, low: number | null = mean - 0.01, high: number | null = mean + 0.01) => ({
  mean,
  low,
  high,
});

const measuresOf = (ndcg: ReturnType<typeof estimate>) => ({
  ndcg,
  recall: estimate(2 * ndcg.mean),
  mrr: estimate(0),
  hitRate: estimate(0),
});

function scorer(name: string, ndcg: number, difference?: ReturnType<typeof estimate>): ScorerMetrics {
  const measures = measuresOf(estimate(ndcg));
  const ofUsers = { users: 100, ...measures };
  return {
    name,
    job: 'similar-items',
    run: '0123456789abcdef',
    settings: {},
    ...measures,
    served: ofUsers,
    leftOut: { noVector: 0 },
    catalogue: 0.5,
    meanPopularityRank: 0.5,
    against: difference === undefined ? {} : { 'similar-items': measuresOf(difference) },
    slices: { new: ofUsers, light: ofUsers, heavy: ofUsers },
  };
}

const metrics = (...scorers: ScorerMetrics[]): MetricsDocument => ({
  client: 'shop',
  day: 12,
  train: { from: 1, to: 10 },
  test: { from: 11, to: 12 },
  cutoff: 100,
  users: 100,
  leftOut: { unknownItem: 0, repeat: 0 },
  scorers,
});

const client = { name: 'client', point: { limit: 7, unit: 'session' } };
const winner = { name: 'trial-004', point: { limit: 50, unit: null } };
const request = { client: 'shop', dimensions: job.space!.dimensions, settings: { ...client.point, itemType: 1 } };

const resultOf = (won: TuneResult['winner'], difference?: ReturnType<typeof estimate>): TuneResult => ({
  search: '0123456789abcdef',
  users: 20_000,
  rungs: [
    { share: 0.25, trials: 14 },
    { share: 1, trials: 2 },
  ],
  trials: [client, winner],
  ranked: [
    { trial: winner, outcome: { ndcg: 0.2, error: null, dollars: 0.01 } },
    { trial: client, outcome: { ndcg: 0.1, error: null, dollars: 0.01 } },
    {
      trial: { name: 'trial-009', point: { limit: 1, unit: null } },
      outcome: { ndcg: null, error: 'it is empty', dollars: null },
    },
  ],
  lastRung: metrics(scorer('similar-items', 0.1), scorer('trial-004', 0.2, estimate(0.1))),
  final: metrics(scorer('similar-items', 0.11), scorer('trial-004', 0.15, difference)),
  toDefaults: metrics(scorer('similar-items', 0.05), scorer('trial-004', 0.15, estimate(0.1))),
  winner: won,
  failures: new Map([['trial-009', 'it is empty']]),
  spent: { seconds: 12, cpuSeconds: 20, dollars: 0.02 },
});

const found = (won: TuneResult['winner'] = winner, difference?: ReturnType<typeof estimate>) =>
  findingOf(job, request, resultOf(won, difference), '{"limit":7,"unit":"session","itemType":1}');

describe('what a search has found', () => {
  test.each([
    { verdict: 'better', difference: estimate(0.04), says: 'trial-004 is better than the client’s settings' },
    { verdict: 'worse', difference: estimate(-0.04), says: 'trial-004 is worse than the client’s settings' },
    {
      verdict: 'notShown',
      difference: estimate(0.005),
      says: 'no difference between trial-004 and the client’s settings is shown',
    },
    { verdict: 'notShown', difference: estimate(0.04, null, null), says: 'too few test users for an interval' },
    { verdict: 'notShown', difference: undefined, says: 'too few test users' },
  ])('is $verdict by the paired interval of the second hold-out', ({ verdict, difference, says }) => {
    const finding = found(winner, difference);
    expect(finding.verdict).toBe(verdict);
    expect(finding.because).toContain(says);
  });

  test('is the same when the client’s settings win', () => {
    expect(found(client)).toMatchObject({
      verdict: 'same',
      because: 'no other settings were better than the client’s',
    });
  });

  test('as text names days, users, settings, failures and the JSON for the node', () => {
    const text = tuneReport(found(winner, estimate(0.04)), false);
    expect(tuneReport(found(winner, estimate(0.04)), false, 'prod')).toMatch(/ in prod, .*trials: /);
    expect(text).toContain('trials: 14 on 5,000 users, then 2 on 20,000 users');
    expect(text).toMatch(/winner \(trial-004\) +50 +none +0\.1500 +0\.1400 to 0\.1600 +0\.3000/);
    expect(text).toContain('winner against the client’s settings   +0.0400 (+0.0300 to +0.0500)');
    expect(text).toContain('winner against the defaults            +0.1000 (+0.0900 to +0.1100)');
    expect(text).toContain('trial-009 failed: it is empty');
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual({ limit: 50, itemType: 1 });
  });

  test('never shows a secret of the node, and says what stands in its place', () => {
    const node = '{"limit":7,"jdbc":"jdbc:mysql://h/d?user=u&password=canary"}';
    const finding = findingOf(job, request, resultOf(winner, estimate(0.04)), node);
    const text = tuneReport(finding, false);
    expect(text + JSON.stringify(tuneJson(finding))).not.toContain('canary');
    expect(tuneJson(finding).node).toEqual({ limit: 50, jdbc: '***' });
    expect(text).toContain('*** stands for a secret');
  });

  test('as JSON leaves out what the winner leaves out', () => {
    expect(tuneJson(found(winner, estimate(0.04)))).toMatchObject({
      job: 'similar-items',
      client: 'shop',
      winner: { name: 'trial-004', settings: { limit: 50 } },
      node: { limit: 50, itemType: 1 },
      failures: { 'trial-009': 'it is empty' },
      toClient: { mean: 0.04 },
    });
  });
});
