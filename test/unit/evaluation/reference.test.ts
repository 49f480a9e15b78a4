/** Tests the reference of the evaluation by hand-made numbers, and the fast bootstrap beside it and beside a plain one. */
import { describe, expect, test } from 'vitest';
import { estimateOf } from '../../../shared/evaluation/intervals.ts';
import { drawWeights, userHash } from '../../../shared/evaluation/resampling.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { evaluatePlainly } from '../../reference/evaluation.ts';
import { choiceHash, percentilePlainly, weightsOf } from '../../reference/evaluation-bootstrap.ts';
import { ADVERSARIAL } from '../../reference/evaluation-inputs.ts';

const inputOf = (words: string) => ADVERSARIAL.find(([name]) => name.includes(words))![1];
const scorerOf = (words: string, name: string) =>
  evaluatePlainly(inputOf(words)).scorers.find((scorer) => scorer.name === name)!;

describe('the reference, on inputs whose answer can be seen', () => {
  test('ties: items 1 to 5 are recommended to everybody, and one of three users bought one of them, the second', () => {
    for (const name of ['matrix-factorization', 'popularity', 'recent-popularity']) {
      const scorer = scorerOf('ties', name);
      expect(scorer.recall.mean).toBeCloseTo(1 / 3, 12);
      expect(scorer.mrr.mean).toBeCloseTo(1 / 2 / 3, 12);
      expect(scorer.ndcg.mean).toBeCloseTo(1 / Math.log2(3) / 3, 12);
      expect(scorer.catalogue).toBe(0.5);
      // The ranks 0, 1, 2, 3 and 4 of 9.
      expect(scorer.meanPopularityRank).toBeCloseTo(2 / 9, 12);
    }
    // Nobody has met an item with a vector, so nobody is served by word2vec, nor by all.
    const vectors = scorerOf('ties', 'word2vec');
    expect([vectors.recall.mean, vectors.leftOut.noVector, vectors.served.users]).toEqual([0, 1, 0]);
  });

  test('what is left out', () => {
    const none = evaluatePlainly(inputOf('no test user'));
    expect(none).toMatchObject({ users: 0, scorers: [], leftOut: { unknownItem: 1 / 2, repeat: 1 / 2 } });
    const one = evaluatePlainly(inputOf('one test user'));
    expect(one.users).toBe(1);
    expect(one.scorers.map(({ name, leftOut }) => [name, leftOut.noVector])).toEqual([
      ['fpgrowth', 1],
      ['matrix-factorization', 1],
      ['popularity', 0],
      ['recent-popularity', 0],
      ['word2vec', 1],
    ]);
  });

  test('an action without value makes an item known and met', () => {
    const metrics = evaluatePlainly(inputOf('an action without value'));
    // Tests: user 1 on item 4; user 2 on the items 1 and 2; user 3 on item 2. User 1 had met item 1.
    expect(metrics).toMatchObject({ users: 3, leftOut: { unknownItem: 0, repeat: 1 / 5 } });
    // Item 4 is the only popular one; then 1, 2 and 3, by id. User 1 gets 4; user 2 gets 1, 2, 3; user 3 gets 1, 2, 3.
    const popularity = metrics.scorers.find(({ name }) => name === 'popularity')!;
    expect(popularity.recall.mean).toBe(1);
    expect(popularity.mrr.mean).toBeCloseTo((1 + 1 + 1 / 2) / 3, 12);
  });

  test('a short list: two similar items for a user who met item 1', () => {
    const scorer = scorerOf('shorter than the cutoff', 'similar-items');
    // User 3 gets 3 and 2, and bought 2. User 2 met nothing.
    expect([scorer.recall.mean, scorer.mrr.mean, scorer.hitRate.mean]).toEqual([0.5, 0.25, 0.5]);
    expect(scorer.served.users).toBe(1);
    // User 2 bought all ten items, so the best of 4 items count, and a list of 4 is perfect.
    expect(scorerOf('shorter than the cutoff', 'matrix-factorization').ndcg.mean).toBeGreaterThan(0.5);
  });

  test('opposite and zero vectors have no direction; a negative cosine is a score', () => {
    const scorer = scorerOf('opposite vectors', 'word2vec');
    // User 2 met two opposite items, user 4 one of length zero. User 3 gets 6, 5 and 2, and bought 5 and 6.
    expect(scorer.leftOut.noVector).toBeCloseTo(2 / 3, 12);
    expect([scorer.recall.mean, scorer.ndcg.mean]).toEqual([1 / 3, 1 / 3]);
  });

  test('the shop with everything has users of each kind', () => {
    const metrics = evaluatePlainly(inputOf('everything'));
    expect(metrics.users).toBeGreaterThan(80);
    expect(metrics.leftOut.unknownItem).toBeGreaterThan(0);
    expect(metrics.leftOut.repeat).toBeGreaterThan(0);
    const [rules, factors] = metrics.scorers;
    expect(rules?.served.users).toBeGreaterThan(50);
    expect(factors?.slices.heavy.users).toBeGreaterThan(0);
    expect(factors?.slices.new.users).toBeGreaterThan(0);
    expect(factors?.slices.new.users).toBeLessThan(metrics.users - 20);
    expect(factors?.slices.light.users).toBeGreaterThan(0);
    expect(factors?.recall.low).toBeGreaterThan(0);
  });
});

describe('the bootstrap', () => {
  const users = Array.from({ length: 3000 }, (_, at) => 2 ** 33 + 7 * at);

  test('hashes and weights are those of the reference', () => {
    for (const [seed, user] of [
      [1, 0],
      [1, 2 ** 53 - 1],
      [2 ** 40 + 5, 2 ** 32],
      [0, 17],
    ] as const) {
      const weights = new Float64Array(1001);
      drawWeights(weights, seed, user);
      expect([...weights.subarray(1)]).toEqual(weightsOf(seed, user));
      expect(userHash(seed, user)).toBe(choiceHash(seed, user));
    }
  });

  /** A user's recall, as shops have it: mostly 0, else a half or 1; and that of another scorer, which often agrees. */
  const random = uniform(11);
  const draw = (): number => [0, 0, 0, 0, 0, 0, 0, 0.5, 1, 1 / 3][Math.floor(10 * random())]!;
  const recalls = users.map(draw);
  const others = recalls.map((recall) => (random() < 0.7 ? recall : draw()));
  const rare = users.map(() => (random() < 0.01 ? 1 : 0));

  for (const [what, values] of [
    ['a recall', recalls],
    ['a difference of recalls', recalls.map((recall, at) => recall - others[at]!)],
    ['hits of one user in a hundred', rare],
    ['80 users', recalls.slice(0, 80)],
  ] as const) {
    test(`intervals agree with drawing users with replacement 10,000 times, within a tenth of their width: ${what}`, () => {
      const [low, high] = plainInterval(values);
      const tolerance = (high - low) / 10;
      const fast = poissonEstimate(values);
      expect(Math.abs(fast.low! - low)).toBeLessThan(tolerance);
      expect(Math.abs(fast.high! - high)).toBeLessThan(tolerance);
    });
  }

  function poissonEstimate(values: readonly number[]) {
    const [sums, totals] = [new Float64Array(1001), new Float64Array(1001)];
    const weights = new Float64Array(1001);
    for (const [at, value] of values.entries()) {
      drawWeights(weights, 1, users[at]!);
      for (const [resample, weight] of weights.entries()) {
        sums[resample]! += weight * value;
        totals[resample]! += weight;
      }
    }
    return estimateOf(
      values.length,
      sums.map((sum, resample) => sum / totals[resample]!),
    );
  }

  function plainInterval(values: readonly number[]): [low: number, high: number] {
    const drawn = uniform(99);
    const means = Array.from({ length: 10_000 }, () => {
      let sum = 0;
      for (let count = 0; count < values.length; count++) sum += values[Math.floor(values.length * drawn())]!;
      return sum / values.length;
    });
    means.sort((a, b) => a - b);
    return [percentilePlainly(means, 2.5), percentilePlainly(means, 97.5)];
  }
});
