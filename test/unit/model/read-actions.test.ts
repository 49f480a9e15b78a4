import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defined } from '../../../shared/defined.ts';
import type { LinePosition, LineSink } from '../../../shared/lines/line-sink.ts';
import { LineSplitter, MAX_LINE_BYTES } from '../../../shared/lines/line-splitter.ts';
import { type LineSource, readLines } from '../../../shared/lines/read-lines.ts';
import { rejectLine } from '../../../shared/lines/reject-line.ts';
import { REASONS } from '../../../shared/model/action.ts';
import { BATCH_ROWS } from '../../../shared/model/action-columns.ts';
import { GroupedAction } from '../../../shared/model/action-grouped.ts';
import { type ActionBatch, ActionReader, readActions } from '../../../shared/model/read-actions.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { inChunks } from '../../helpers/chunks.ts';
import { recordsOf } from '../../reference/joined-records.ts';
import { RAW_LINE } from '../../reference/raw-lines.ts';

/** Collects actions as `user item type time value` and rejected lines as they are written, both in order. */
class Seen {
  lines = 0;
  bytes = 0;
  readonly actions: string[] = [];
  readonly rejects: string[] = [];
  readonly batches: number[] = [];

  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void {
    this.rejects.push(rejectLine(object, position, reason, buffer, start, end).toString());
  }

  read(bytes: number, lines = 1): void {
    this.bytes += bytes;
    this.lines += lines;
  }

  addTooLong(
    ...[object, position, reason, buffer, start, end, unread]: [
      string,
      LinePosition,
      string,
      Buffer,
      number,
      number,
      number,
    ]
  ): void {
    this.read(unread);
    this.add(object, position, reason, buffer, start, end);
  }

  readonly batch = ({ count, users, items, types, times, values }: ActionBatch): void => {
    this.batches.push(count);
    for (let row = 0; row < count; row++) {
      this.actions.push(`${users[row]} ${items[row]} ${types[row]} ${times[row]} ${values[row]}`);
    }
  };
}

/** Parses each line separately with the parser of single lines, in the obvious way. */
function oneByOne(object: string, seen: Seen): LineSink {
  const action = new GroupedAction();
  return {
    takesJoined: true,
    line(buffer, start, end, { number, offset }) {
      for (const record of recordsOf(buffer.subarray(start, end), MAX_LINE_BYTES)) {
        const length = record.bytes.length;
        seen.read(length);
        if (action.parse(record.bytes, 0, length)) {
          seen.actions.push(`${action.user} ${action.item} ${action.type} ${action.timeMs} ${action.value}`);
        } else {
          const position = { number, offset: offset + record.offset };
          seen.add(object, position, action.reason, record.bytes, 0, length);
        }
      }
    },
    tooLong: (buffer, start, end, position, unread) =>
      seen.addTooLong(object, position, REASONS.tooLong, buffer, start, end, unread),
  };
}

function expectAlike(seen: Seen, expected: Seen): void {
  expect([seen.lines, seen.bytes]).toEqual([expected.lines, expected.bytes]);
  expect(seen.rejects).toEqual(expected.rejects);
  expect(seen.actions).toEqual(expected.actions);
  expect(seen.batches.every((count) => count > 0 && count <= BATCH_ROWS)).toBe(true);
}

/** Reads an object in batches and line by line, and expects both to agree. */
async function readBothWays(key: string, bytes: Buffer, range?: LineSource['range']): Promise<Seen> {
  const store = new MemoryStore();
  const { etag } = await store.put(key, bytes);
  const source: LineSource = defined({ key, etag, size: bytes.length, range });
  const [seen, expected] = [new Seen(), new Seen()];
  await readActions(store, source, seen, seen.batch);
  await readLines(store, source, oneByOne(key, expected));
  expectAlike(seen, expected);
  return seen;
}

/** Reads chunks of bytes in batches and line by line, and expects both to agree. */
function splitBothWays(chunks: readonly Buffer[]): Seen {
  const [seen, expected] = [new Seen(), new Seen()];
  const reader = new ActionReader('x', seen, seen.batch);
  for (const sink of [reader, oneByOne('x', expected)]) {
    const splitter = new LineSplitter(sink);
    for (const chunk of chunks) splitter.push(chunk);
    splitter.finish();
  }
  reader.finish();
  expectAlike(seen, expected);
  return seen;
}

const CANONICAL =
  '{"timestamp_utc":"2011-08-30T08:15:00Z","client":"shop","client_userid":"u1","userid":338,"itemid":3278,' +
  '"client_itemid":"i9","rectag":"default","type":1,"value":2}';

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${CANONICAL.replace('338', `${i + 1}`)}\n`).join('');

describe('readActions', () => {
  test('The columns are filled in the order of the lines', async () => {
    const other = '{"itemid":0,"userid":1,"timestamp_utc":"1970-01-01","value":-0.5}';
    const third = CANONICAL.replace('08:15:00Z', '08:15:00.250Z').replace('"value":2', '"value":19.99');
    const { actions, lines, batches } = await readBothWays('a.json', Buffer.from(`${CANONICAL}\n${other}\n\n${third}`));
    // 2011-08-30T08:15:00Z in seconds: date -d … +%s gives 1314692100.
    expect(actions).toEqual(['338 3278 1 1314692100000 2', '1 0 0 0 -0.5', '338 3278 1 1314692100250 19.99']);
    expect({ lines, batches }).toEqual({ lines: 3, batches: [3] });
  });

  test('A batch has between 1 and 1024 actions', async () => {
    expect((await readBothWays('a.json', Buffer.from(numbered(2500)))).batches).toEqual([1024, 1024, 452]);
    expect((await readBothWays('a.json', Buffer.from(numbered(2048)))).batches).toEqual([1024, 1024]);
    expect((await readBothWays('a.json', Buffer.from('\n'))).batches).toEqual([]);
    expect((await readBothWays('a.json', Buffer.alloc(0))).batches).toEqual([]);
  });

  test('A gzip of two members and ranges of a file give the same actions', async () => {
    const text = Buffer.from(`${numbered(900)}no\r\n\r\n${numbered(700).replaceAll('\n', '\r\n')}${CANONICAL}`);
    const gzip = Buffer.concat([gzipSync(text.subarray(0, 50_000)), gzipSync(text.subarray(50_000))]);
    const whole = await readBothWays('a.json', text);
    expect(whole.actions).toHaveLength(1601);
    expect(whole.rejects).toEqual(['{"object":"a.json","line":901,"reason":"not JSON","text":"no"}\n']);
    expect((await readBothWays('a.json.gz', gzip)).actions).toEqual(whole.actions);
    const cuts = [0, 1, 70_000, 140_001, text.length];
    const ranges = cuts.slice(1).map((end, i) => readBothWays('a.json', text, { start: cuts[i]!, end }));
    const pieces = await Promise.all(ranges);
    expect(pieces.flatMap(({ actions }) => actions)).toEqual(whole.actions);
    expect(pieces.flatMap(({ rejects }) => rejects)).toEqual([
      `{"object":"a.json","offset":${numbered(900).length},"reason":"not JSON","text":"no"}\n`,
    ]);
  });

  test('An error of the callback is passed on unchanged, and the next reading works', async () => {
    const store = new MemoryStore();
    const text = numbered(10);
    const { etag } = await store.put('a', text);
    const failure = new Error('from the callback');
    const reading = readActions(store, { key: 'a', etag, size: text.length }, new Seen(), () => {
      throw failure;
    });
    await expect(reading).rejects.toBe(failure);
    expect((await readBothWays('a', Buffer.from(text))).actions).toHaveLength(10);
  });
});

describe('agreement of batches with single lines', () => {
  test('Batches agree with single lines when any byte is replaced, removed or doubled', () => {
    const bytes = [...Buffer.from('\t\n\r "\\,.:;{}[]+-/0159TZen'), 0x00, 0x1f, 0x7f, 0x80, 0xc3, 0xff];
    const lines = [
      CANONICAL,
      CANONICAL.replace('"u1"', 'null').replace('00Z', '00.123Z').replace('"value":2', '"value":0.125'),
    ];
    for (const line of lines) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < line.length; at++) {
        const [head, tail] = [Buffer.from(line.slice(0, at)), Buffer.from(`${line.slice(at + 1)}\n`)];
        for (const byte of bytes) pieces.push(head, Buffer.of(byte), tail);
        pieces.push(head, tail, head, Buffer.from(line.slice(at, at + 1).repeat(2)), tail);
      }
      const { actions, rejects } = splitBothWays([Buffer.concat(pieces)]);
      // Both sides of the comparison have enough lines.
      expect(actions.length).toBeGreaterThan(500);
      expect(rejects.length).toBeGreaterThan(500);
    }
  });

  test('Batches agree with single lines for values and times at their limits', () => {
    const numbers = [
      ...['0', '00', '01', '9', '999999999999999', '1000000000000000', '9007199254740991', '9007199254740992', '1e2'],
      ...[
        '-1',
        '-0',
        '0.0',
        '1.0',
        '1.5',
        '0.000001',
        '0.0000001',
        '12345678.9012345',
        '1234567890.123456',
        '1.',
        '.5',
      ],
      ...[
        '0.1',
        '0.3',
        '1.10',
        '99999999999999.9',
        '0.30000000000000004',
        '123456789012.345',
        '9999999999.999999',
        'null',
        '"1"',
        '',
      ],
    ];
    const times = [
      ...['2012-02-29T00:00:00Z', '2011-02-29T00:00:00Z', '2100-02-29T00:00:00Z', '2000-02-29T23:59:59Z'],
      ...['0000-01-01T00:00:00Z', '0000-02-29T00:00:00Z', '9999-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
      ...['2011-12-31T24:00:00Z', '2011-12-31T24:00:01Z', '2011-12-31T23:60:00Z', '2011-12-31T23:59:60Z'],
      ...['2011-00-01T00:00:00Z', '2011-13-01T00:00:00Z', '2011-04-31T00:00:00Z', '2011-01-00T00:00:00Z'],
      ...['2011-12-09T12:34:56.789Z', '2011-12-09T12:34:56.78Z', '2011-12-09T12:34:56.7890Z', '2011-12-09T12:34:56'],
      ...['2011-12-09T12:34:56,789Z', '2011-12-09T12:34:56.789+01', '2011-12-09T12:34:56z', '2011-12-09t12:34:56Z'],
      ...['2011-12-09 12:34:56Z', '2011-12-09', '2011/12/09T12:34:56Z', '2011-1a-09T12:34:56Z', '2011-12-09T1a:34:56Z'],
      ...['1900-03-01T00:00:00Z', '1600-12-31T00:00:00Z', '2011-12-09T12:34:5:Z', '2011-12-09T12:34:56.7:9Z', ''],
    ];
    const lines = [
      ...numbers.flatMap((number) => [
        CANONICAL.replace('338', number),
        CANONICAL.replace('3278', number),
        CANONICAL.replace('"type":1', `"type":${number}`),
        CANONICAL.replace('"value":2', `"value":${number}`),
      ]),
      // Each time occurs twice, so that the remembered day is used too.
      ...times.flatMap((time) => [time, time]).map((time) => CANONICAL.replace('2011-08-30T08:15:00Z', time)),
    ];
    const { actions } = splitBothWays([Buffer.from(lines.join('\n'))]);
    expect(actions.length).toBeGreaterThan(70);
  });

  test('Batches agree with single lines for long lines at every place', () => {
    const long = (length: number) => CANONICAL.replace('"i9"', `"${'x'.repeat(length)}"`);
    const lengths = [0, 1, 14, 15, 16, 17, 31, 32, 33, 5_000, 130_900, 131_072, 200_000, 1 << 19];
    const longest = (1 << 20) - CANONICAL.length + 'i9'.length;
    const text = [...lengths, longest, longest + 1]
      .map((length) => `${long(length)}\n${CANONICAL}\n${numbered(800)}`)
      .join('');
    for (const size of [1 << 16, 1 << 18, text.length]) {
      const { actions, rejects } = splitBothWays(inChunks(Buffer.from(text), size));
      expect(actions).toHaveLength(16 * 802 - 1);
      expect(rejects).toHaveLength(1);
    }
  });

  test('Batches agree with single lines for any lines in any chunks', () => {
    const usual = fc
      .tuple(fc.nat(2 ** 31), fc.constantFrom('', '\r'), fc.constantFrom('00Z', '00.5Z', '59.001Z', '00+01'))
      .map(([user, end, seconds]) =>
        Buffer.from(`${CANONICAL.replace('338', `${user}`).replace('00Z', seconds)}${end}`),
      );
    const joined = fc
      .array(fc.oneof(usual, RAW_LINE), { minLength: 2, maxLength: 4 })
      .map((records) => Buffer.concat(records));
    const blank = fc.constantFrom('', ' ', '\r', '\t').map((text) => Buffer.from(text));
    const line = fc.oneof(
      { weight: 6, arbitrary: usual },
      { weight: 3, arbitrary: RAW_LINE },
      { weight: 1, arbitrary: joined },
      { weight: 1, arbitrary: blank },
    );
    const run = { numRuns: 1_500, seed: 4 };
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.boolean(),
        (lines, size, ended) => {
          const bytes = Buffer.concat(lines.flatMap((text) => [text, Buffer.from('\n')]));
          splitBothWays(inChunks(ended ? bytes : bytes.subarray(0, -1), size));
        },
      ),
      run,
    );
  });
});
