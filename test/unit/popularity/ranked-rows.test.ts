/** Rows that are ranked in shards and merged are those that are ranked as one list. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RANKED, ranked, rankedLines } from '../../../shared/popularity/ranked-rows.ts';
import { SegmentWriter } from '../../../shared/store/segments.ts';
import { openInMemory } from '../../helpers/segment-file.ts';

const GROUPS = 4;

interface Row {
  readonly group: number;
  readonly item: number;
  readonly count: number;
}

const columnsOf = (rows: readonly Row[]) => ({
  groups: Uint32Array.from(rows, ({ group }) => group),
  items: Float64Array.from(rows, ({ item }) => item),
  counts: Float64Array.from(rows, ({ count }) => count),
});

async function fileOf(rows: readonly Row[], limit: number) {
  const writer = new SegmentWriter();
  RANKED.write(writer, ranked(columnsOf(rows), GROUPS, limit));
  return openInMemory(writer.finish());
}

const textOf = ({ group, item, count }: Row): string => `${group} ${item} ${count}`;

/** Returns the first rows of each group, by one sort of all rows. */
function rankedPlainly(rows: readonly Row[], limit: number): string[] {
  const sorted = [...rows].sort((a, b) => a.group - b.group || b.count - a.count || a.item - b.item);
  return sorted
    .filter((row, at) => sorted.slice(0, at).filter(({ group }) => group === row.group).length < limit)
    .map(textOf);
}

test('The lines of shards are those of one list, for any limit and any size of the pieces that are read', async () => {
  const row = fc.record({
    group: fc.nat(GROUPS - 1),
    item: fc.oneof(fc.nat(30), fc.constantFrom(2 ** 33, Number.MAX_SAFE_INTEGER)),
    count: fc.oneof(fc.nat(3), fc.constantFrom(0.5, 2.25, 1e12)),
  });
  const rows = fc.uniqueArray(row, { maxLength: 60, selector: ({ group, item }) => `${group} ${item}` });
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 70 }),
      async (all, shards, limit, rowsAtOnce) => {
        // Every item is in one shard, as its hash decides.
        const files = await Promise.all(
          Array.from({ length: shards }, (_, shard) =>
            fileOf(
              all.filter(({ item }) => item % shards === shard),
              limit,
            ),
          ),
        );
        let text = '';
        const lineOf = (group: number, item: number, count: number) => textOf({ group, item, count });
        for await (const chunk of rankedLines(files, limit, lineOf, rowsAtOnce)) text += Buffer.from(chunk).toString();
        expect(text.split('\n').slice(0, -1)).toEqual(rankedPlainly(all, limit));
      },
    ),
  );
});

test('The example of the module', () => {
  const rows = [
    { group: 3, item: 9, count: 3 },
    { group: 3, item: 7, count: 5 },
    { group: 3, item: 2, count: 3 },
    { group: 1, item: 7, count: 5 },
  ];
  const { groups, items, counts } = ranked(columnsOf(rows), GROUPS, 10);
  expect([[...groups], [...items], [...counts]]).toEqual([
    [1, 3, 3, 3],
    [7, 7, 2, 9],
    [5, 5, 3, 3],
  ]);
});
