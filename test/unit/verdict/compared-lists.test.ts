/** The lists that the check `change` compares, beside their obvious computation. */
import { describe, expect, test } from 'vitest';
import { comparedLists as factorLists } from '../../../functions/matrix-factorization/compared-lists.ts';
import { comparedLists as similarityLists } from '../../../functions/similar-items/compared-lists.ts';
import { CorruptInputError } from '../../../shared/errors.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { sketchHash } from '../../../shared/model/stable-hash.ts';
import { meanOverlap, Sample } from '../../../shared/verdict/compared-lists.ts';
import { commonHashes, SKETCH_SIZE, SketchBuilder } from '../../../shared/verdict/sketch.ts';
import { filesOf } from './helpers.ts';

const RANK = 4;
/** The two functions read no other setting. */
const SETTINGS = { rank: RANK } as never;

const sampleOf = (ids: readonly number[]) => {
  const byHash = ids.toSorted((a, b) => sketchHash(a) - sketchHash(b));
  return { sample: new Sample(Float64Array.from(byHash, sketchHash)), byHash };
};

describe('The best items by factors', () => {
  const random = uniform(7);
  /** Small whole numbers, so that many scores are equal. */
  const vector = () => Array.from({ length: RANK }, () => Math.floor(5 * random()) - 2);
  const vectorsOf = (ids: readonly number[]) => new Map(ids.map((id) => [id, vector()]));
  const users = vectorsOf(Array.from({ length: 40 }, (_, at) => 3 * at + 1));
  const items = vectorsOf(Array.from({ length: 60 }, (_, at) => 7 * at + 2));
  const textOf = (vectors: ReadonlyMap<number, readonly number[]>) =>
    [...vectors].map(([id, values]) => `${id}|${values.join(',')}\n`).join('');
  const files = filesOf({ 'userFeatures.txt': textOf(users), 'productFeatures.txt': textOf(items) });

  /** Scores every item and sorts: equal scores by the smaller id. */
  const plainly = (user: number): number[] =>
    [...items]
      .map(([id, values]) => ({ id, score: values.reduce((sum, value, k) => sum + value * users.get(user)![k]!, 0) }))
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, 10)
      .map(({ id }) => id);

  test('are those of the obvious computation, and a user whom the model lacks has none', async () => {
    const { sample, byHash } = sampleOf([1, 4, 61, 118, 999]);
    const lists = await factorLists.read(await files, SETTINGS, sample);
    expect(lists).toEqual(byHash.map((user) => (users.has(user) ? plainly(user) : [])));
  });

  test('of a file with a line that is no vector are an error that names the line', async () => {
    const broken = await filesOf({
      'userFeatures.txt': textOf(users),
      'productFeatures.txt': '2|1,2,3,4\n5|1,2,x,4\n',
    });
    const read = factorLists.read(broken, SETTINGS, sampleOf([1]).sample);
    await expect(read).rejects.toThrow(CorruptInputError);
    await expect(read).rejects.toThrow('productFeatures.txt, line 2: ');
  });
});

test('The most similar items are found in both directions and all parts, equal similarities by the smaller id', async () => {
  const random = uniform(8);
  const pairs = Array.from({ length: 20 }, (_, a) => Array.from({ length: 20 }, (_, b) => ({ a: a + 1, b: b + 1 })))
    .flat()
    .filter(({ a, b }) => a < b)
    .map((pair) => ({ ...pair, sim: (1 + Math.floor(4 * random())) / 10 }));
  const line = ({ a, b, sim }: (typeof pairs)[number]) => `{"item1":${a},"item2":${b},"sim":${sim}}\n`;
  const files = await filesOf({
    'part-00000': pairs.slice(0, 90).map(line).join(''),
    'part-00001': pairs.slice(90).map(line).join(''),
    'rejected-sample': 'no line of the model\n',
  });
  const { sample, byHash } = sampleOf([2, 11, 20, 77]);
  const plainly = (item: number) =>
    pairs
      .flatMap(({ a, b, sim }) => (a === item ? [{ id: b, sim }] : b === item ? [{ id: a, sim }] : []))
      .sort((x, y) => y.sim - x.sim || x.id - y.id)
      .slice(0, 10)
      .map(({ id }) => id);
  expect(await similarityLists.read(files, SETTINGS, sample)).toEqual(byHash.map(plainly));
});

test('The overlap is the mean share of the longer list, without ids that have no list in either model', () => {
  expect(meanOverlap([[1, 2, 3, 4], [5], [], [9]], [[4, 3, 7, 8], [5, 6], [], []])).toBe((0.5 + 0.5 + 0) / 3);
  expect(meanOverlap([[1, 2]], [[2, 1]])).toBe(1);
  expect(meanOverlap([[], []], [[], []])).toBeUndefined();
});

test('The sample is the ids with the smallest hashes that both models have, also of models larger than their sketch', () => {
  const a = Array.from({ length: SKETCH_SIZE + 9_000 }, (_, at) => at + 1);
  const b = a.filter((id) => id % 3 !== 0).concat(Array.from({ length: 9_000 }, (_, at) => 1e6 + at));
  const sketchOf = (ids: readonly number[]) => {
    const builder = new SketchBuilder();
    builder.add(Float64Array.from(ids));
    return builder.finish();
  };
  const expected = b
    .filter((id) => id < 1e6)
    .map(sketchHash)
    .sort((x, y) => x - y)
    .slice(0, 1_000);
  expect([...commonHashes(sketchOf(a), sketchOf(b), 1_000)]).toEqual(expected);
  expect(new Sample(Float64Array.from(expected)).placeOf(3)).toBe(-1);
});
