import { expect, test } from 'vitest';
import { inUnits, MEASURES, type Measures, measuresOf } from '../../../shared/evaluation/measures.ts';
import { parseMetrics } from '../../../shared/evaluation/metrics-document.ts';
import { type EvaluationFacts, metricsOfSums, type ScorerFacts } from '../../../shared/evaluation/metrics-of-sums.ts';
import { ResampleSums, type UserBlock } from '../../../shared/evaluation/resample-sums.ts';
import { drawWeights } from '../../../shared/evaluation/resampling.ts';
import type { UserResults } from '../../../shared/evaluation/user-results.ts';

const SEED = 5;
const RESAMPLES = 60;
const SCORERS = ['als', 'als-tuned', 'popularity', 'recent-popularity'];

interface User {
  readonly id: number;
  readonly slices: number;
  /** Scorer → its measures of the user; undefined when it has no list. */
  readonly measures: Readonly<Record<string, Measures | undefined>>;
}

/** Users with hits at places that follow from their number. Every third user has no list of `als`. */
const users: User[] = Array.from({ length: 150 }, (_, at) => ({
  id: at * 3_000_000_019,
  slices: [0, 1, 3, 2, 4][at % 5]!,
  measures: Object.fromEntries(
    SCORERS.map((name, scorer) => {
      const ranks = [1 + ((at + scorer) % 7), 9 + (at % 5)].filter((rank) => (rank + at * scorer) % 4 !== 0);
      return [name, scorer < 2 && at % 3 === scorer ? undefined : measuresOf(ranks, 2 + (at % 4), 20)];
    }),
  ),
}));

function blockOf(some: readonly User[]): UserBlock {
  const ids = Float64Array.from(some, ({ id }) => id);
  const results = SCORERS.map((name): UserResults => {
    const column = (measure: keyof Measures) =>
      Float64Array.from(some, ({ measures }) => inUnits(measures[name]?.[measure] ?? 0));
    const served = Uint8Array.from(some, ({ measures }) => (measures[name] === undefined ? 0 : 1));
    const [recall, ndcg, mrr, hitRate] = [column('recall'), column('ndcg'), column('mrr'), column('hitRate')];
    return { users: ids, served, recall, ndcg, mrr, hitRate };
  });
  return { users: ids, slices: Uint8Array.from(some, ({ slices }) => slices), results };
}

const facts = (scorers: readonly ScorerFacts[]): EvaluationFacts => ({
  client: 'shop',
  train: { from: 10, to: 39 },
  test: { from: 40, to: 40 },
  cutoff: 20,
  knownItems: 11,
  pairs: { all: 400, unknownItem: 40, repeat: 60 },
  scorers,
});

const scorerFacts = (name: string): ScorerFacts => ({
  name,
  job: name.startsWith('als') ? 'als' : null,
  run: name.startsWith('als') ? '0123456789abcdef' : null,
  settings: {},
  itemsListed: 10,
  entries: 100,
  popularityRanks: 300,
});

const VARIANT = { ...scorerFacts('als-tuned'), clientsOwn: 'als' };
const ALL_FACTS = facts([VARIANT, scorerFacts('als'), scorerFacts('recent-popularity'), scorerFacts('popularity')]);

const sumsOf = (blocks: readonly (readonly User[])[]): ResampleSums => {
  const sums = new ResampleSums(SEED, SCORERS, RESAMPLES);
  for (const block of blocks) sums.add(blockOf(block));
  return sums;
};

const document = metricsOfSums(ALL_FACTS, sumsOf([users]));

/** The obvious estimate: for each resample, weights and values of the users in a list. */
function obvious(some: readonly User[], value: (user: User) => number) {
  const weights = some.map(({ id }) => {
    const row = new Float64Array(RESAMPLES + 1);
    drawWeights(row, SEED, id);
    return row;
  });
  const means = Array.from({ length: RESAMPLES + 1 }, (_, resample) => {
    const total = some.reduce((sum, _user, at) => sum + weights[at]![resample]!, 0);
    return some.reduce((sum, user, at) => sum + weights[at]![resample]! * value(user), 0) / total;
  });
  const sorted = means.slice(1).sort((a, b) => a - b);
  const at = (place: number) =>
    sorted[Math.floor(place)]! + (place % 1) * (sorted[Math.ceil(place)]! - sorted[Math.floor(place)]!);
  const isFew = some.length < 50;
  return {
    mean: means[0]!,
    low: isFew ? null : at(0.025 * (RESAMPLES - 1)),
    high: isFew ? null : at(0.975 * (RESAMPLES - 1)),
  };
}

/** Measures are rounded to 2^-32, so that much is what the two may differ by. */
const expectClose = (actual: unknown, expected: ReturnType<typeof obvious>) => {
  const numbers = actual as typeof expected;
  for (const key of ['mean', 'low', 'high'] as const) {
    if (expected[key] === null) expect(numbers[key]).toBeNull();
    else expect(Math.abs(numbers[key]! - expected[key])).toBeLessThan(1e-9);
  }
};

test('means, intervals, served users, slices and differences are those of the obvious computation', () => {
  const served = users.filter(({ measures }) => SCORERS.every((name) => measures[name] !== undefined));
  for (const scorer of document.scorers) {
    for (const measure of MEASURES) {
      const value = (name: string) => (user: User) => user.measures[name]?.[measure] ?? 0;
      expectClose(scorer[measure], obvious(users, value(scorer.name)));
      expectClose(scorer.served[measure], obvious(served, value(scorer.name)));
      for (const [slice, bit] of [
        ['new', 1],
        ['light', 2],
        ['heavy', 4],
      ] as const) {
        const some = users.filter(({ slices }) => (slices & bit) !== 0);
        expect(scorer.slices[slice].users).toBe(some.length);
        expectClose(scorer.slices[slice][measure], obvious(some, value(scorer.name)));
      }
      for (const [other, difference] of Object.entries(scorer.against)) {
        const both = (user: User) => value(scorer.name)(user) - value(other)(user);
        expectClose(difference[measure], obvious(users, both));
      }
    }
    expect(scorer.served.users).toBe(served.length);
  }
});

test('scorers are in the order of their names, and a variant is compared with the client’s own settings', () => {
  expect(document.scorers.map(({ name, against }) => [name, Object.keys(against)])).toEqual([
    ['als', ['popularity', 'recent-popularity']],
    ['als-tuned', ['popularity', 'recent-popularity', 'als']],
    ['popularity', ['recent-popularity']],
    ['recent-popularity', ['popularity']],
  ]);
});

test('shares, catalogue and the mean rank of popularity', () => {
  expect(document.leftOut).toEqual({ unknownItem: 0.1, repeat: 0.15 });
  const [als] = document.scorers;
  expect(als?.leftOut.noVector).toBe(50 / 150);
  expect(als?.catalogue).toBe(10 / 11);
  expect(als?.meanPopularityRank).toBe(0.3);
});

test('the order of users, blocks and shards changes no byte', () => {
  const parts = [users.slice(100).toReversed(), users.slice(0, 1), [], users.slice(1, 100)];
  const sums = new ResampleSums(SEED, SCORERS, RESAMPLES);
  for (const part of parts) sums.merge(sumsOf([part]).toColumns());
  expect(JSON.stringify(metricsOfSums(ALL_FACTS, sums))).toBe(JSON.stringify(document));
  expect(JSON.stringify(metricsOfSums(ALL_FACTS, sumsOf(parts)))).toBe(JSON.stringify(document));
});

test('one test user: means without intervals, and resamples in which the user has no weight are no problem', () => {
  const one = metricsOfSums(ALL_FACTS, sumsOf([users.slice(1, 2)]));
  expect(one.users).toBe(1);
  const [als, tuned] = one.scorers;
  expect(als?.recall).toEqual({ mean: inUnits(users[1]!.measures.als!.recall) / 2 ** 32, low: null, high: null });
  // `als-tuned` does not serve this user, so no user is served by all.
  expect(tuned?.served).toMatchObject({ users: 0, recall: { mean: null, low: null, high: null } });
  expect(tuned?.recall.mean).toBe(0);
});

test('without a test user there is no scorer, and the document says why', () => {
  const none = metricsOfSums(ALL_FACTS, sumsOf([]));
  expect(none).toMatchObject({ users: 0, scorers: [], reason: expect.stringMatching(/^no user did something new/) });
  expect(metricsOfSums({ ...facts([]), reason: 'no model' }, undefined)).toMatchObject({
    users: 0,
    reason: 'no model',
  });
});

test('a document is read as it was written, and a damaged one is named with its field', () => {
  expect(parseMetrics(JSON.stringify(document), 'x')).toEqual(document);
  const broken = JSON.stringify({ ...document, users: 'many' });
  expect(() => parseMetrics(broken, 's3://b/shop/evaluation/40/metrics.json')).toThrow(
    /^s3:\/\/b\/shop\/evaluation\/40\/metrics.json is damaged: users: .* evaluate the day again/,
  );
  expect(() => parseMetrics('{"client":', 'x')).toThrow(/x is damaged/);
});
