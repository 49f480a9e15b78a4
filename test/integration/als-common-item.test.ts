/** Matrix factorization at its default settings when every user has the same item, which float32 alone cannot solve. */
import { describe, expect, test } from 'vitest';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { actionLine, writeActionLines } from '../../shared/example/actions.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { expectSameFiles } from '../helpers/same-bytes.ts';
import { textAt } from '../helpers/store-texts.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { dot } from '../reference/als.ts';
import { factorsOfGroups, type UserGroup } from '../reference/als-groups.ts';

const DAY = 15_317;
const DEFAULTS = { rank: 30, iterations: 5, lambda: 0.01, alpha: 1, seed: 1 };
const OTHERS = 400;

const usersFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

/** Inputs as groups of users with the same items. Each user has one action on each item of the group. */
const INPUTS: readonly (readonly [users: string, groups: readonly UserGroup[]])[] = [
  ['300,000 users with one item', [{ users: usersFrom(1, 300_000), items: [1] }]],
  [
    '100,000 users with item 1 and one other',
    Array.from({ length: OTHERS }, (_, other) => ({
      users: usersFrom(1 + other * (100_000 / OTHERS), 100_000 / OTHERS),
      items: [1, 2 + other],
    })),
  ],
];

function inputOf(groups: readonly UserGroup[]): string {
  const root = temporaryFolder();
  const lines = groups.flatMap(({ users, items }) =>
    users.flatMap((user) => items.map((item) => actionLine(user, item, 1))),
  );
  writeActionLines(root, 'shop', DAY, lines);
  return root;
}

async function factorsFrom(inputPath: string) {
  const cloud = new JobCloud({ job: matrixFactorization, client: 'shop', day: DAY, settings: { inputPath } });
  await cloud.run();
  const read = async (name: string) => {
    const text = await textAt(cloud.output, `shop/matrix-factorization/${DAY}/${name}`);
    const lines = text.trimEnd().split('\n');
    return new Map(
      lines.map((line) => {
        const [id, factors] = line.split('|') as [string, string];
        return [Number(id), factors.split(',').map(Number)] as const;
      }),
    );
  };
  return { users: await read('userFeatures.txt'), items: await read('productFeatures.txt') };
}

function relativeError(x: readonly number[], expected: readonly number[]): number {
  const error = x.map((value, f) => value - expected[f]!);
  return Math.sqrt(dot(error, error) / dot([...expected], [...expected]));
}

describe.each(INPUTS)('%s', (_users, groups) => {
  test('get the vectors that float64 gives', async () => {
    const { users, items } = await factorsFrom(inputOf(groups));
    const expected = factorsOfGroups(groups, DEFAULTS);
    expect(users.size).toBe(groups.reduce((sum, group) => sum + group.users.length, 0));
    for (const [item, factors] of expected.items) {
      // The file has five digits, and each of ten half-sweeps in float32 rounded the factors.
      expect(relativeError(items.get(item)!, factors), `item ${item}`).toBeLessThan(1e-3);
    }
    for (const [index, group] of groups.entries()) {
      for (const user of [group.users[0]!, group.users.at(-1)!]) {
        expect(relativeError(users.get(user)!, expected.users[index]!), `user ${user}`).toBeLessThan(1e-3);
      }
    }
  });
});

describe('20,000 users with item 1 and one other', () => {
  const groups = INPUTS[1]![1].map(({ users, items }) => ({ users: users.slice(0, 50), items }));

  test.each(['exact', 'pcg'])('give the same bytes in 1 and 7 shards with the solver %s', async (solver) => {
    const settings = { inputPath: inputOf(groups), solver, iterations: 2 };
    const published = [];
    for (const shards of [1, 7]) {
      const cloud = new JobCloud({ job: matrixFactorization, client: 'shop', day: DAY, settings });
      await cloud.run({ shards });
      expect(cloud.computed().score).toBe(shards);
      published.push(await cloud.published());
    }
    expectSameFiles(published[1]!, published[0]!, '7 shards beside 1');
    expect(Object.keys(published[0]!)).toContain(`shop/matrix-factorization/${DAY}/userFeatures.txt`);
  });
});

describe('A row without a solution ends the run with an error that names the id and the cure', () => {
  test.each([
    ['its matrix is singular without regularisation', { lambda: 0 }, /increase lambda \(now 0\)/],
    [
      'its score is beyond single precision',
      { actionWeightings: [{ actionType: 1, valuePerAction: 1e300, maxSum: 1e300 }] },
      /lower alpha \(now 1\) or valuePerAction/,
    ],
  ])('when %s', async (_case, settings, cure) => {
    const inputPath = inputOf([{ users: [7], items: [12] }]);
    const cloud = new JobCloud({
      job: matrixFactorization,
      client: 'shop',
      day: DAY,
      settings: { inputPath, ...settings },
    });
    const run = cloud.run();
    await expect(run).rejects.toMatchObject({ name: 'NumericalError', message: expect.stringMatching(/ALS: id 12 /) });
    await expect(run).rejects.toThrow(cure);
    expect(await cloud.published()).toEqual({});
  });
});
