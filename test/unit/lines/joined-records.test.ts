import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachJoinedRecord, joinedRecords } from '../../../shared/lines/joined-records.ts';
import type { LineSink } from '../../../shared/lines/line-sink.ts';
import { LineSplitter } from '../../../shared/lines/line-splitter.ts';
import { readLines } from '../../../shared/lines/read-lines.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { inChunks } from '../../helpers/chunks.ts';
import { recordsOf } from '../../reference/joined-records.ts';

interface Seen {
  readonly text: string;
  readonly line: number | undefined;
  readonly offset: number;
  /** The number of unread bytes of a line that is too long. */
  readonly unread?: number;
}

/** Splits every line into its records, as a sink does whose parser accepts no line with several records. */
function collect(seen: Seen[]): LineSink {
  const line: LineSink['line'] = (buffer, start, end, position) => {
    if (eachJoinedRecord(buffer, start, end, position, line)) return;
    const { number, offset } = position;
    seen.push({ text: buffer.toString('latin1', start, end), line: number, offset });
  };
  return {
    takesJoined: true,
    line,
    tooLong: (buffer, start, end, { number, offset }, unread) =>
      seen.push({ text: buffer.toString('latin1', start, end), line: number, offset, unread }),
  };
}

function split(chunks: readonly Uint8Array[], maxLineBytes?: number): Seen[] {
  const seen: Seen[] = [];
  const splitter = new LineSplitter(collect(seen), maxLineBytes === undefined ? {} : { maxLineBytes });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.finish();
  return seen;
}

describe('several records on one line', () => {
  test.each([
    ['{"a":1}', ['{"a":1}']],
    ['{"a":1}{"b":{"c":"}{"}} {"d":2}', ['{"a":1}', '{"b":{"c":"}{"}}', '{"d":2}']],
    [' {"a":1}\t{"b":2} ', ['{"a":1}', '{"b":2}']],
    ['{"a":"\\"}{"}{"b":"\\\\"}{}', ['{"a":"\\"}{"}', '{"b":"\\\\"}', '{}']],
    // Text between two records belongs to the first of them, which is then malformed.
    ['{"a":1},{"b":2}', ['{"a":1},{"b":2}']],
    ['{"a":1}x{"b":2}{"c":3}', ['{"a":1}x{"b":2}', '{"c":3}']],
    ['{"a":1}}{"b":2}', ['{"a":1}}{"b":2}']],
    ['{"a":1}{"b":2', ['{"a":1}', '{"b":2']],
    ['{"a":{"b":1}{"c":2}', ['{"a":{"b":1}{"c":2}']],
    // Joined lines of a collector form one record.
    ['2011-12-09T08:15:00Z\tt\t{"a":1}2011-12-09T08:15:01Z\tt\t{"a":2}', undefined],
    ['[{"a":1}{"b":2}]', undefined],
  ])('The line %j is split into its records', (line, expected) => {
    const bytes = Buffer.from(`#${line}#`);
    const found = joinedRecords(bytes, 1, bytes.length - 1);
    const records = found?.map(({ start, end }) => bytes.toString('latin1', start, end));
    expect(records).toEqual(expected !== undefined && expected.length > 1 ? expected : undefined);
  });

  test('Records agree with the reference for lines and chunks of any length', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '{}', '{"a":1}', '{"a":"}{"}', '"', '\\', '\\"', ' ', '\t', ',', 'x', '\n', '\r\n', '\n{', '1\t{'],
      ...['{"a":{"b":[]}}', `{"${'k'.repeat(30)}":0}`, `{"a":1}${' '.repeat(25)}`, '2011 t {}', 'x'.repeat(25)],
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
    const cap = 20;
    let long = 0;
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 60 }), (whole, size) => {
        const expected: Omit<Seen, 'unread'>[] = [];
        let offset = 0;
        for (const [index, ended] of whole.split('\n').entries()) {
          const line = Buffer.from(ended.endsWith('\r') ? ended.slice(0, -1) : ended);
          const isBlank = /^[\t-\r ]*$/.test(ended) && line.length <= cap;
          for (const record of isBlank ? [] : recordsOf(line, cap)) {
            const length = Math.min(record.bytes.length, cap);
            if (length < record.bytes.length) long++;
            const text = record.bytes.toString('latin1', 0, length);
            expected.push({ text, line: index + 1, offset: offset + record.offset });
          }
          offset += ended.length + 1;
        }
        const seen = split(inChunks(Buffer.from(whole), size), cap);
        expect(seen.map(({ unread: _, ...rest }) => rest)).toEqual(expected);
      }),
      { numRuns: 5_000, seed: 17 },
    );
    expect(long).toBeGreaterThan(1_000);
  });

  test('Each record has the full size limit, and only a record that is too long is dropped', () => {
    const [one, two] = ['{"a":1}', '{"b":2}'];
    const tooLong = `{"x":"${'y'.repeat(100)}"}`;
    const seen = split(inChunks(Buffer.from(`${one}${tooLong}${two}\n${one}`), 16), 20);
    expect(seen).toEqual([
      { text: one, line: 1, offset: 0 },
      { text: tooLong.slice(0, 20), line: 1, offset: 7, unread: 0 },
      { text: two, line: 1, offset: 7 + tooLong.length },
      { text: one, line: 2, offset: 15 + tooLong.length },
    ]);
  });

  test('A line that is too long reports the unread bytes when it certainly holds several records', () => {
    const collected = (count: number) =>
      Array.from({ length: count }, (_, at) => `2011-12-09T08:15:00Z\tt\t{"a":${at}}`).join('');
    const unreadOf = (line: string) => split(inChunks(Buffer.from(line), 7), 30).map(({ unread }) => unread);
    expect(unreadOf(collected(3))).toEqual([collected(3).length]);
    expect(unreadOf(`2011-12-09T08:15:00Z\tt\t{"a":"${'x'.repeat(99)}"} \r\n`)).toEqual([0]);
    expect(unreadOf('z'.repeat(100))).toEqual([0]);
    // Everything up to the next good record is unread, and so belongs to the malformed record.
    const spoilt = `{"a":"${'x'.repeat(40)}"}, {"b":1} `;
    expect(unreadOf(`${spoilt}{"c":2}`)).toEqual([spoilt.length - 1, undefined]);
  });

  test('Records of a line that crosses ranges belong to the range in which the line begins', async () => {
    const store = new MemoryStore();
    const records = Array.from({ length: 500 }, (_, at) => `{"a":${at}}`);
    const text = Buffer.from(`${records.slice(0, 200).join('')}\n${records.slice(200).join('')}\n`);
    const { etag } = await store.put('a', text);
    const read = async (start: number, end: number) => {
      const seen: Seen[] = [];
      const source = { key: 'a', etag, size: text.length, range: { start, end } };
      await readLines(store, source, collect(seen), { maxLineBytes: 100 });
      return seen.map((one) => one.text);
    };
    for (const cut of [1, 50, 1000, 1789, 1790, 1791, 1900, 3000, text.length - 1]) {
      const pieces = [await read(0, cut), await read(cut, text.length)];
      expect(pieces.flat()).toEqual(records);
      expect(pieces[1]).toHaveLength(cut <= 1791 ? (pieces[0]?.length === 200 ? 300 : 0) : 0);
    }
  });
});
