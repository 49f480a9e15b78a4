import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Records, readRecords, WIDTH } from '../../../functions/group-actions/core-records.ts';
import { segmentFile } from './in-shards.ts';

interface Row {
  readonly numbers: readonly [number, number, number, number];
  readonly line: string;
  readonly bucket: number;
}

function recordsOf(rows: readonly Row[]): Records {
  const records = new Records();
  for (const { numbers, line, bucket } of rows) {
    const bytes = Buffer.from(line);
    const room = records.room(bytes.length);
    room.set(bytes, records.position);
    records.add(...numbers, records.position + bytes.length, bucket);
  }
  return records;
}

const BUCKETS = 5;
const aNumber = fc.oneof(fc.nat({ max: 9 }), fc.maxSafeInteger());
const someRows = fc.array(
  fc.record({
    numbers: fc.tuple(aNumber, aNumber, aNumber, aNumber),
    line: fc.string({ unit: 'grapheme', maxLength: 40 }),
    bucket: fc.nat({ max: BUCKETS - 1 }),
  }),
  { maxLength: 60 },
);

describe('records', () => {
  test('come back by ranges of buckets, in the order of buckets, each bucket as it was filled', async () => {
    await fc.assert(
      fc.asyncProperty(someRows, fc.nat({ max: BUCKETS }), fc.nat({ max: BUCKETS }), async (rows, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const records = recordsOf(rows);
        expect(records.length).toBe(rows.length);
        expect(records.bytes).toBe(Buffer.byteLength(rows.map(({ line }) => line).join('')));
        const file = await segmentFile((writer) => records.writeTo(writer, 'shop', 'pending', BUCKETS));
        const read = (await readRecords(file, 'shop', 'pending', from, to))!;
        // `sort` is stable.
        const wanted = rows.filter(({ bucket }) => bucket >= from && bucket < to).sort((x, y) => x.bucket - y.bucket);
        expect([...read.numbers]).toEqual(wanted.flatMap(({ numbers }) => numbers));
        expect([...read.lengths]).toEqual(wanted.map(({ line }) => Buffer.byteLength(line)));
        expect(read.lines.toString('utf8')).toBe(wanted.map(({ line }) => line).join(''));
      }),
      { numRuns: 50 },
    );
  });

  test('of several clients and kinds lie side by side', async () => {
    const row = (line: string): Row => ({ numbers: [1, 2, 3, 4], line, bucket: 0 });
    const file = await segmentFile((writer) => {
      recordsOf([row('a')]).writeTo(writer, 'shop', 'action', 1);
      recordsOf([row('b')]).writeTo(writer, 'shop', 'sighting', 1);
      recordsOf([row('c')]).writeTo(writer, 'Shop', 'action', 1);
    });
    const lines = async (client: string, kind: 'action' | 'sighting') =>
      (await readRecords(file, client, kind, 0, 1))?.lines.toString('utf8');
    expect(await lines('shop', 'action')).toBe('a');
    expect(await lines('shop', 'sighting')).toBe('b');
    expect(await lines('Shop', 'action')).toBe('c');
    expect(await lines('Shop', 'sighting')).toBeUndefined();
    expect(await lines('sho', 'action')).toBeUndefined();
  });

  test('make room for a line that is larger than all before it', async () => {
    const line = 'x'.repeat(1 << 20);
    const file = await segmentFile((writer) =>
      recordsOf([
        { numbers: [1, 0, 0, 0], line: 'short', bucket: 0 },
        { numbers: [2, 0, 0, 0], line, bucket: 0 },
      ]).writeTo(writer, 'shop', 'action', 1),
    );
    const { lines, numbers } = (await readRecords(file, 'shop', 'action', 0, 1))!;
    expect(lines.toString('utf8')).toBe(`short${line}`);
    expect(numbers).toHaveLength(2 * WIDTH);
  });
});
