import { afterEach, describe, expect, test, vi } from 'vitest';
import { evaluationReport, whereItLies } from '../../../cli/report-evaluation.ts';
import { type MetricsDocument, parseMetrics, type ScorerMetrics } from '../../../shared/evaluation/metrics-document.ts';

const estimate = (mean: number | null, low = mean, high = mean) => ({ mean, low, high });
const same = (value: ReturnType<typeof estimate>) => ({ recall: value, ndcg: value, mrr: value, hitRate: value });

function scorer(name: string, recall: ReturnType<typeof estimate>, against: ScorerMetrics['against']): ScorerMetrics {
  const users = { users: 10, ...same(recall) };
  return {
    name,
    job: null,
    run: null,
    settings: {},
    ...same(recall),
    served: users,
    leftOut: { noVector: name === 'popularity' ? 0 : 0.25 },
    catalogue: 0.5,
    meanPopularityRank: 0.1,
    against,
    slices: { new: users, light: users, heavy: users },
  };
}

const difference = (mean: number, low: number | null, high: number | null) => same({ mean, low, high });
const document: MetricsDocument = parseMetrics(
  JSON.stringify({
    client: 'shop',
    day: 15317,
    train: { from: 15280, to: 15309 },
    test: { from: 15310, to: 15317 },
    cutoff: 20,
    users: 1000,
    leftOut: { unknownItem: 0.004, repeat: 0.123 },
    scorers: [
      scorer('popularity', estimate(0.1, 0.09, 0.11), { 'recent-popularity': difference(-0.01, -0.02, -0.001) }),
      scorer('matrix-factorization', estimate(0.1234, 0.11, 0.1368), {
        popularity: difference(0.0234, 0.01, 0.035),
        'recent-popularity': difference(0.0034, -0.01, 0.015),
      }),
      scorer('a-name-of-20-letters', estimate(0.2), {
        'matrix-factorization': difference(0.0766, 0.05, 0.1),
        popularity: difference(0.1, 0.08, 0.12),
        'recent-popularity': difference(-0.0034, -0.01, -0.0001),
      }),
    ],
  } satisfies MetricsDocument),
  'the test',
);
const withVariants = (mean: number, low: number | null, high: number | null): MetricsDocument => ({
  ...document,
  scorers: [
    ...document.scorers.slice(0, 2),
    scorer('wide', estimate(0.2), { 'matrix-factorization': difference(mean, low, high) }),
  ],
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the report of an evaluation', () => {
  test('has the days, the measures with intervals and the paired differences', () => {
    expect(evaluationReport(document)).toMatchInlineSnapshot(`
      "Evaluation of shop
        trained on  2011-11-02 (15280) to 2011-12-01 (15309)
        tested on   2011-12-02 (15310) to 2011-12-09 (15317)
        users       1,000 who chose items that they had not met before
        left out    12.3 % of the choices on these days: items met before
                    0.4 %: items that nobody met before

      scorer                users  recall@20  95 % interval     ndcg@20  served
      popularity            1,000     0.1000  0.0900 to 0.1100   0.1000  0.1000
      matrix-factorization    750     0.1234  0.1100 to 0.1368   0.1234  0.1234
      a-name-of-20-letters    750     0.2000  0.2000 to 0.2000   0.2000  0.2000
      A user without a list counts 0. served: recall@20 of the 10 users for whom every
      scorer has a list.

      Differences in recall@20, user by user:
      scorer                against               mean     95 % interval
      matrix-factorization  popularity            +0.0234  +0.0100 to +0.0350  better
                            recent-popularity     +0.0034  -0.0100 to +0.0150  chance
      a-name-of-20-letters  popularity            +0.1000  +0.0800 to +0.1200  better
                            recent-popularity     -0.0034  -0.0100 to -0.0001  worse
                            matrix-factorization  +0.0766  +0.0500 to +0.1000  better

      a-name-of-20-letters finds more than matrix-factorization, beyond chance.
      "
    `);
  });

  test('fits into 80 columns', () => {
    for (const line of evaluationReport(document).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('fits into 60 columns, where every block names its scorer', () => {
    vi.stubEnv('COLUMNS', '60');
    const text = evaluationReport(document);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    const blocks = text.slice(text.indexOf('Differences')).split('\n\n').slice(0, -1);
    expect(blocks).toHaveLength(5);
    for (const block of blocks) expect(block).toMatch(/^scorer +[a-z]/m);
  });

  test('says of each variant whether its difference to the client’s settings is beyond chance', () => {
    expect(evaluationReport(withVariants(0.1, 0.05, 0.15))).toContain(
      'wide finds more than matrix-factorization, beyond chance.',
    );
    expect(evaluationReport(withVariants(-0.1, -0.15, -0.05))).toContain(
      'wide finds less than matrix-factorization, beyond chance.',
    );
    expect(evaluationReport(withVariants(0.1, 0, 0.2))).toContain(
      'wide and matrix-factorization may differ by chance alone.',
    );
    expect(evaluationReport(withVariants(0.1, null, null))).toContain(
      'users are too few to say if they differ: 50 are needed.',
    );
  });

  test('says of each model without variants whether its difference to popularity is beyond chance', () => {
    const text = evaluationReport({ ...document, scorers: document.scorers.slice(0, 2) });
    expect(text).toContain('matrix-factorization finds more than popularity, beyond chance.');
  });

  test('gives the reason when there is no scorer', () => {
    const text = evaluationReport({ ...document, users: 0, scorers: [], reason: 'there is no test user' });
    expect(text).toMatch(/Nothing can be compared: there is no test user\n$/);
  });
});

describe('the place of an evaluation', () => {
  test('can be pasted into a shell', () => {
    expect(whereItLies('/data/.work/evaluate/shop')).toMatch(/\n {2}rm -r \/data\/\.work\/evaluate\/shop\n$/);
    expect(whereItLies("/my data/it's/.work/evaluate/shop")).toMatch(
      /rm -r '\/my data\/it'\\''s\/\.work\/evaluate\/shop'\n$/,
    );
    expect(whereItLies('s3://bucket/p/.work/evaluate/shop')).toContain(
      'aws s3 rm --recursive s3://bucket/p/.work/evaluate/shop\n',
    );
  });
});
