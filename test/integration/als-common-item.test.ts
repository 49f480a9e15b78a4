/** Matrix factorization with default settings when every user has the same item, which float32 alone cannot solve. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { dot } from '../reference/als.ts';
import { factorsOfGroups, type UserGroup } from '../reference/als-groups.ts';

const DAY = 15_317;
const DEFAULTS = { rank: 30, iterations: 5, lambda: 0.01, alpha: 1, seed: 1 };
const OTHERS = 400;

const usersFrom = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

/** Groups of users with the same items. Each user has one action with each item. */
const INPUTS: readonly (readonly [what: string, groups: readonly UserGroup[]])[] = [
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
  const folder = join(root, 'shop/actions', String(DAY));
  mkdirSync(folder, { recursive: true });
  const lines = groups.flatMap(({ users, items }) =>
    users.flatMap((user) =>
      items.map(
        (item) =>
          `{"timestamp_utc":"2011-12-09","client":"shop","userid":${user},"itemid":${item},"type":1,"value":1}\n`,
      ),
    ),
  );
  writeFileSync(join(folder, 'part-00000'), lines.join(''));
  return root;
}

async function factorsFrom(inputPath: string) {
  const cloud = new JobCloud({ job: matrixFactorization, client: 'shop', day: DAY, settings: { inputPath } });
  await cloud.run();
  const read = async (name: string) => {
    const { bytes } = await cloud.output.get(`shop/matrix-factorization/${DAY}/${name}`);
    const lines = new TextDecoder().decode(bytes).trimEnd().split('\n');
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

describe.each(INPUTS)('%s', (_what, groups) => {
  test('The factors are those of a solution in float64', async () => {
    const { users, items } = await factorsFrom(inputOf(groups));
    const expected = factorsOfGroups(groups, DEFAULTS);
    expect(users.size).toBe(groups.reduce((sum, group) => sum + group.users.length, 0));
    for (const [item, factors] of expected.items) {
      // Factors are written with five digits, and each of ten half-sweeps in float32 rounds them.
      expect(relativeError(items.get(item)!, factors), `item ${item}`).toBeLessThan(1e-3);
    }
    for (const [at, { users: own }] of groups.entries()) {
      for (const user of [own[0]!, own.at(-1)!]) {
        expect(relativeError(users.get(user)!, expected.users[at]!), `user ${user}`).toBeLessThan(1e-3);
      }
    }
  });
});

describe('20,000 users with item 1 and one other', () => {
  const groups = INPUTS[1]![1].map(({ users, items }) => ({ users: users.slice(0, 50), items }));

  test.each(['exact', 'pcg'])('The output has the same bytes with 1 and 7 shards, solver %s', async (solver) => {
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

describe('A row without a solution ends the run with an error that names its id and the cure', () => {
  test.each([
    ['The row is singular without regularisation', { lambda: 0 }, /increase lambda \(now 0\)/],
    [
      'The scores of the row exceed single precision',
      { actionWeightings: [{ actionType: 1, valuePerAction: 1e300, maxSum: 1e300 }] },
      /lower alpha \(now 1\) or valuePerAction/,
    ],
  ])('%s', async (_what, settings, cure) => {
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
