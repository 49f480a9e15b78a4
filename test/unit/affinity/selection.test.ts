import { expect, test } from 'vitest';
import { readSizes, Selection, selectionLines } from '../../../shared/affinity/selection.ts';
import { textOf } from '../../helpers/chunks.ts';
import { openInMemory } from '../../helpers/segment-file.ts';

/** Opens the selection of each shard. Its users ascend, and each has one or more features. */
async function files(shards: readonly (readonly (readonly [user: number, feature: number])[])[], features: number) {
  return Promise.all(
    shards.map((rows) => {
      const selection = new Selection(features);
      for (const [user, feature] of rows) selection.add(user, feature, 1 / (1 + feature));
      return openInMemory(selection.finish(null));
    }),
  );
}

test("Lines of all shards are merged by user, and each user's lines keep their order", async () => {
  const shards = [
    [
      [2, 1],
      [2, 0],
      [2 ** 40, 0],
    ],
    [],
    [
      [1, 0],
      [3, 1],
    ],
  ] as const;
  const opened = await files(shards, 3);
  expect(await readSizes(opened, 3)).toEqual(Float64Array.of(3, 2, 0));
  const lines = selectionLines(opened, (user, feature, weight) => `${user} ${feature} ${weight}`);
  expect(await textOf(lines)).toBe('1 0 1\n2 1 0.5\n2 0 1\n3 1 0.5\n1099511627776 0 1\n');
});

test('More users than are read at once are merged, and lines can be left out', async () => {
  const users = Array.from({ length: 70_000 }, (_, user) => user);
  const shards = [0, 1].map((shard) =>
    users.filter((user) => user % 2 === shard).map((user) => [user, user % 3] as const),
  );
  const lines = selectionLines(await files(shards, 3), (user, feature) => (feature === 2 ? undefined : `${user}`));
  const expected = users.filter((user) => user % 3 !== 2).map((user) => `${user}\n`);
  expect((await textOf(lines)) === expected.join('')).toBe(true);
});
