import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Records } from '../../../functions/group-actions/core-records.ts';
import { addRecords, readRecords } from '../../../functions/group-actions/stored-records.ts';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { rowsOf, segmentFile } from './in-shards.ts';

interface Row {
  readonly numbers: readonly [number, number, number, number];
  readonly text: string;
  readonly bucket: number;
}

function recordsOf(rows: readonly Row[], buckets: number): Records {
  const records = new Records(buckets);
  for (const { numbers, text, bucket } of rows) {
    const bytes = viewOf(Buffer.from(`<${text}>`));
    records.add(bucket, ...numbers, bytes, 1, bytes.byteLength - 1);
  }
  return records;
}

const BUCKETS = 5;
const aNumber = fc.oneof(fc.nat({ max: 9 }), fc.maxSafeInteger());
const someRows = fc.array(
  fc.record({
    numbers: fc.tuple(aNumber, aNumber, aNumber, aNumber),
    text: fc.string({ unit: 'grapheme', maxLength: 40 }),
    bucket: fc.nat({ max: BUCKETS - 1 }),
  }),
  { maxLength: 60 },
);

describe('records', () => {
  test('Records are read by ranges of buckets, and each bucket keeps the order in which it was filled', async () => {
    await fc.assert(
      fc.asyncProperty(someRows, fc.nat({ max: BUCKETS }), fc.nat({ max: BUCKETS }), async (rows, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const records = recordsOf(rows, BUCKETS);
        expect(records.length).toBe(rows.length);
        // Each text follows four doubles and a length.
        expect(records.bytes).toBe(36 * rows.length + Buffer.byteLength(rows.map(({ text }) => text).join('')));
        const file = await segmentFile((writer) => addRecords(writer, [['shop', 'pending', records]]));
        const read = (await readRecords(file, 'shop', 'pending', from, to))!;
        // `sort` is stable.
        const wanted = rows.filter(({ bucket }) => bucket >= from && bucket < to).sort((x, y) => x.bucket - y.bucket);
        expect(rowsOf(read)).toEqual(wanted.map(({ numbers, text }) => ({ numbers: [...numbers], text })));
      }),
      { numRuns: 50 },
    );
  });

  test('Records of several clients and kinds are kept apart in one file', async () => {
    const row = (text: string): Row => ({ numbers: [1, 2, 3, 4], text, bucket: 0 });
    const file = await segmentFile((writer) => {
      addRecords(writer, [
        ['shop', 'action', recordsOf([row('a')], 1)],
        ['shop', 'sighting', recordsOf([row('b')], 1)],
        ['Shop', 'action', recordsOf([row('c')], 1)],
      ]);
    });
    const texts = async (client: string, kind: 'action' | 'sighting') => {
      const records = await readRecords(file, client, kind, 0, 1);
      return records === undefined ? undefined : rowsOf(records).map(({ text }) => text);
    };
    expect(await texts('shop', 'action')).toEqual(['a']);
    expect(await texts('shop', 'sighting')).toEqual(['b']);
    expect(await texts('Shop', 'action')).toEqual(['c']);
    expect(await texts('Shop', 'sighting')).toBeUndefined();
    expect(await texts('sho', 'action')).toBeUndefined();
  });

  test('Records fill many pieces, and a text longer than a piece fits', async () => {
    const texts = [...Array.from({ length: 5_000 }, (_, at) => `text ${at}`), 'x'.repeat(1 << 20), 'the last'];
    const rows = texts.map((text, at): Row => ({ numbers: [at, 0, 0, 0], text, bucket: 0 }));
    const file = await segmentFile((writer) => addRecords(writer, [['shop', 'action', recordsOf(rows, 1)]]));
    const read = rowsOf((await readRecords(file, 'shop', 'action', 0, 1))!);
    expect(read.map(({ text }) => text)).toEqual(texts);
    expect(read.map(({ numbers }) => numbers[0])).toEqual(rows.map(({ numbers }) => numbers[0]));
  });
});
