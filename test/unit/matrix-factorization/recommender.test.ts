/** What is recommended to one user is what the kernel and the scorer of evaluate give, bit for bit. */
import { describe, expect, test } from 'vitest';
import { neighbours } from '../../../functions/matrix-factorization/neighbours.ts';
import { recommender } from '../../../functions/matrix-factorization/recommender.ts';
import { scorer } from '../../../functions/matrix-factorization/scorer.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { FactorTextWriter, parseFactors } from '../../../shared/model/factor-text.ts';
import { publishedModel } from '../../helpers/published-model.ts';
import { referenceBestItems } from '../../reference/best-items.ts';

const RANK = 3;
const COUNT = 6;
/** Ids above 2^32, so that no part of the way may cut them. */
const USERS = [5, 8, 2 ** 33 + 1];
const ITEMS = Array.from({ length: 60 }, (_, at) => (at < 40 ? 3 * at + 1 : 2 ** 33 + at));

/** Returns the text of rows with factors of few values, so that many scores are equal. */
function factorText(ids: readonly number[], seed: number): string {
  const random = uniform(seed);
  const writer = new FactorTextWriter();
  for (const id of ids) {
    writer.row(
      id,
      Float32Array.from({ length: RANK }, () => Math.floor(4 * random()) / 3 - 0.5),
      0,
      RANK,
    );
  }
  return new TextDecoder().decode(writer.take());
}

const files = { 'userFeatures.txt': factorText(USERS, 1), 'productFeatures.txt': factorText(ITEMS, 2) };
const [users, items] = Object.values(files).map((text) => parseFactors(new TextEncoder().encode(text))) as [
  ReturnType<typeof parseFactors>,
  ReturnType<typeof parseFactors>,
];
const open = () => publishedModel(files, { rank: RANK });

describe('the recommender of matrix factorization', () => {
  test.each(USERS.map((user, row) => ({ user, row })))(
    'gives user $user the items and scores of the slow reference, without those that are left out',
    async ({ user, row }) => {
      const met = [0, 7, 41];
      const reference = referenceBestItems(
        items,
        users.factors.subarray(row * RANK, (row + 1) * RANK),
        { starts: Uint32Array.of(0, met.length), items: Uint32Array.from(met) },
        COUNT,
      );
      const except = new Set(met.map((item) => ITEMS[item]!));
      const ranking = await recommender.recommend(await open(), user, except, COUNT);
      expect(ranking).toEqual({
        isKnown: true,
        best: Array.from(reference.items, (item, at) => ({ key: ITEMS[item], score: reference.scores[at] })),
      });
    },
  );

  test('gives the lists of the scorer', async () => {
    const block = {
      items: Float64Array.from(ITEMS),
      users: Float64Array.from(USERS),
      met: { starts: Uint32Array.of(0, 0, 0, 0), items: new Uint32Array() },
      inOrder: new Uint32Array(),
      cutoff: COUNT,
    };
    const lists = await scorer.rank(await open(), block);
    for (const [at, user] of USERS.entries()) {
      const ranking = await recommender.recommend(await open(), user, new Set(), COUNT);
      const ids = ranking.isKnown ? ranking.best.map(({ key }) => key) : [];
      expect(ids).toEqual(Array.from(lists.items.subarray(at * COUNT, (at + 1) * COUNT), (item) => ITEMS[item]));
    }
  });

  test('names the nearest users when it does not know the user', async () => {
    expect(await recommender.recommend(await open(), 7, new Set(), 5)).toEqual({
      isKnown: false,
      nearest: [8, 5, 2 ** 33 + 1],
    });
  });

  test('says which actions give a user a vector', () => {
    const actionWeightings = [
      { actionType: 1, valuePerAction: 1 },
      { actionType: 3, valuePerAction: -1 },
      { actionType: 4, valuePerAction: 2 },
    ];
    expect(recommender.needs({ actionWeightings })).toBe(
      'a user needs a score above zero, which actions of type 1 or 4 give (actionWeightings)',
    );
    expect(neighbours.needs({ actionWeightings: [] })).toContain('no type of action has a positive value');
  });
});

describe('the neighbours of matrix factorization', () => {
  test('have the largest cosines, equal ones by id, without the item itself', async () => {
    const vector = (row: number) => items.factors.subarray(row * RANK, (row + 1) * RANK);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
    const cosine = (a: Float32Array, b: Float32Array) => dot(a, b) / (Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b)));
    const expected = ITEMS.map((id, row) => ({ key: id, score: cosine(vector(4), vector(row)) }))
      .filter(({ key, score }) => key !== ITEMS[4] && !Number.isNaN(score))
      .sort((a, b) => b.score - a.score || a.key - b.key)
      .slice(0, COUNT);
    expect(await neighbours.similar(await open(), ITEMS[4]!, COUNT)).toEqual({ isKnown: true, best: expected });
  });
});
