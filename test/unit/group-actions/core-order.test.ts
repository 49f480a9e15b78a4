import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderPart } from '../../../functions/group-actions/core-order.ts';
import { Records } from '../../../functions/group-actions/core-records.ts';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { readBack } from './in-shards.ts';

/** `name` is the text of the client's own user id. */
type Row = readonly [user: number, time: number, item: number, type: number, name: string];

const shuffled = (rows: readonly Row[]) => {
  const records = new Records(1);
  for (const [user, time, item, type, name] of rows) {
    // The fields are time, own user id, own item id, tag and value, without extra data.
    const bytes = viewOf(Buffer.from(`1970\n${JSON.stringify(name)}\nnull\nnull\n0\n\n`));
    records.add(0, user, time, item, type, bytes, 0, bytes.byteLength);
  }
  return readBack(records);
};

/** Returns the names in the lines of a part. Each element of `shards` holds the records of one shard. */
async function ordered(shards: readonly (readonly Row[])[], part = 0, parts = 1): Promise<string[]> {
  const chunks = [...orderPart('shop', await Promise.all(shards.map(shuffled)), part, parts)];
  const lines = Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).client_userid);
}

describe('the order of a part', () => {
  test('A part is ordered by user, time, item and type as numbers, then by the bytes of the line', async () => {
    const rows: Row[] = [
      [2, 0, 0, 0, 'user 2'],
      [10, 0, 0, 0, 'user 10'],
      [10, -5, 0, 0, 'before 1970'],
      [3, 100, 0, 0, 'time 100'],
      [3, 20, 0, 0, 'time 20'],
      [4, 0, 10, 0, 'item 10'],
      [4, 0, 9, 0, 'item 9'],
      [5, 0, 0, 2, 'type 2'],
      [5, 0, 0, -1, 'type -1'],
      // U+1F6D2 comes after U+FF5E in UTF-8 and before it in UTF-16.
      [6, 0, 0, 0, '\u{1f6d2}'],
      [6, 0, 0, 0, '\uff5e'],
      [6, 0, 0, 0, 'a'],
      [6, 0, 0, 0, 'Z'],
    ];
    expect(await ordered([rows])).toEqual([
      ...['user 2', 'time 20', 'time 100', 'item 9', 'item 10', 'type -1', 'type 2'],
      ...['Z', 'a', '\uff5e', '\u{1f6d2}', 'before 1970', 'user 10'],
    ]);
  });

  test('The order does not depend on the shards, and equal lines are kept', async () => {
    // The few values cause ties of every length, and users with more and with fewer records than insertion sort takes.
    const few = fc.nat({ max: 2 });
    const id = fc.oneof({ weight: 5, arbitrary: few }, fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
    const aRow: fc.Arbitrary<Row> = fc.tuple(
      id,
      fc.oneof(few, fc.integer()),
      few,
      few,
      fc.constantFrom('a', 'b', 'ab', 'ä', ''),
    );
    const someShards = fc.array(fc.array(aRow, { maxLength: 50 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(someShards, async (shards) => {
        const wanted = shards
          .flat()
          .sort(
            (a, b) =>
              a[0] - b[0] ||
              a[1] - b[1] ||
              a[2] - b[2] ||
              a[3] - b[3] ||
              Buffer.compare(Buffer.from(a[4]), Buffer.from(b[4])),
          );
        expect(await ordered(shards)).toEqual(wanted.map((row) => row[4]));
      }),
      { numRuns: 60 },
    );
  });

  test('Lines longer than a chunk are ordered too', async () => {
    const long = (letter: string) => letter.repeat(300_000);
    const rows: Row[] = [
      [3, 0, 0, 0, long('c')],
      [1, 0, 0, 0, long('a')],
      [2, 0, 0, 0, 'b'],
    ];
    expect(await ordered([rows])).toEqual([long('a'), 'b', long('c')]);
  });

  test('A part without records is empty', async () => {
    expect([...orderPart('shop', [], 0, 1)]).toEqual([]);
    expect(await ordered([[]])).toEqual([]);
  });
});

describe('division into parts', () => {
  test('Each user is in exactly one part', async () => {
    const rows = Array.from({ length: 300 }, (_, user): Row => [user * 7 + 1, 0, 0, 0, `user ${user}`]);
    const parts = await Promise.all([0, 1, 2].map((part) => ordered([rows], part, 3)));
    expect(parts.flat().sort()).toEqual(rows.map((row) => row[4]).sort());
    // Each part has a third, within four standard deviations (√(300 · ⅓ · ⅔) = 8.2).
    for (const part of parts) expect(Math.abs(part.length - 100)).toBeLessThan(33);
  });
});
