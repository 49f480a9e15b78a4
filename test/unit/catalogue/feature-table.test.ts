import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeatureTable } from '../../../shared/catalogue/feature-table.ts';
import { catalogueSnapshot, readFeaturesOf, readLabels } from '../../../shared/catalogue/snapshot.ts';
import { IdIndex } from '../../../shared/columns/id-index.ts';
import { openInMemory } from '../../helpers/segment-file.ts';

const tableOf = <L extends string | number>(pairs: readonly (readonly [number, L])[]) => {
  const table = new FeatureTable<L>();
  for (const [item, label] of pairs) table.add(item, label);
  return table.finish();
};

test('The example of the docstring holds', () => {
  const found = tableOf([
    [9, 'comedy'],
    [4, 'drama'],
    [9, 'action'],
    [9, 'comedy'],
  ]);
  expect(found.labels).toEqual(['action', 'comedy', 'drama']);
  expect([...found.items]).toEqual([4, 9]);
  expect([...found.offsets]).toEqual([0, 1, 3]);
  expect([...found.features]).toEqual([2, 0, 1]);
});

const ids = fc.oneof(fc.nat(8), fc.constant(2 ** 31), fc.constant(Number.MAX_SAFE_INTEGER));
const words = fc.constantFrom('b', 'a', 'ä', '__proto__', 'constructor', '10', '9', 'Z');

const opened = (pairs: readonly (readonly [number, string])[]) =>
  openInMemory(catalogueSnapshot(tableOf(pairs), {}).catalogue!);

test('Numbers are ordered by value and not as text', () => {
  expect(
    tableOf([
      [1, 10],
      [1, 9],
      [1, 65_534],
    ]).labels,
  ).toEqual([9, 10, 65_534]);
});

test('A snapshot returns the features of the wanted items, and its bytes do not depend on their order', async () => {
  const somePairs = fc.array(fc.tuple(ids, words), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(somePairs, fc.array(ids), async (pairs, wanted) => {
      const catalogue = await opened(pairs);
      const index = new IdIndex();
      for (const item of wanted) index.add(item);
      const { starts, ends, features } = await readFeaturesOf(catalogue, index);
      const labels = await readLabels<string>(catalogue);
      for (const item of wanted) {
        const number = index.get(item);
        const found = [...features.subarray(starts[number], ends[number])].map((feature) => labels[feature]);
        expect(found).toEqual([...new Set(pairs.flatMap(([id, word]) => (id === item ? [word] : [])))].sort());
      }
      const turned = [...pairs].reverse();
      expect(catalogueSnapshot(tableOf(turned), {})).toEqual(catalogueSnapshot(tableOf(pairs), {}));
    }),
  );
});
