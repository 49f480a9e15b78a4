import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineSink } from '../../../shared/lines/line-sink.ts';
import { LineSplitter, type SplitterOptions } from '../../../shared/lines/line-splitter.ts';
import { inChunks } from '../../helpers/chunks.ts';

interface Seen {
  readonly text: string;
  readonly number: number | undefined;
  readonly offset: number;
  readonly tooLong?: true;
}

function collect(seen: Seen[]): LineSink {
  return {
    line: (buffer, start, end, { number, offset }) =>
      seen.push({ text: buffer.toString('latin1', start, end), number, offset }),
    tooLong: (buffer, start, end, { number, offset }) =>
      seen.push({ text: buffer.toString('latin1', start, end), number, offset, tooLong: true }),
  };
}

function split(chunks: readonly Uint8Array[], options?: SplitterOptions): Seen[] {
  const seen: Seen[] = [];
  const splitter = new LineSplitter(collect(seen), options);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.finish();
  return seen;
}

/** Splits the whole text in the obvious way. */
function splitWhole(text: string, cap: number): Seen[] {
  const seen: Seen[] = [];
  let offset = 0;
  text.split('\n').forEach((ended, index, all) => {
    const last = index === all.length - 1;
    const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
    const position = { number: index + 1, offset };
    offset += ended.length + 1;
    if (last && ended === '') return;
    if (line.length > cap) seen.push({ text: line.slice(0, cap), ...position, tooLong: true });
    else if (/[^\t-\r ]/.test(line)) seen.push({ text: line, ...position });
  });
  return seen;
}

describe('LineSplitter', () => {
  test('Lines have numbers and offsets across chunks, and blank lines are skipped', () => {
    const chunks = ['a\nb', 'c\r\n \nd'].map((text) => Buffer.from(text));
    expect(split(chunks)).toEqual([
      { text: 'a', number: 1, offset: 0 },
      { text: 'bc', number: 2, offset: 2 },
      { text: 'd', number: 4, offset: 8 },
    ]);
  });

  test('A line is passed on in the chunk that holds it', () => {
    const chunk = Buffer.from('one\ntwo\n');
    const buffers: Buffer[] = [];
    const splitter = new LineSplitter({ line: (buffer) => buffers.push(buffer), tooLong: () => expect.unreachable() });
    splitter.push(chunk);
    expect(buffers).toEqual([chunk, chunk]);
    expect(buffers[0]).toBe(chunk);
  });

  test('Any Uint8Array is accepted, also one that begins within its buffer', () => {
    const whole = new TextEncoder().encode('xxa\nb\nyy');
    expect(split([whole.subarray(2, 6)]).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test.each([
    ['12345\n', undefined],
    ['12345\r\n', undefined],
    ['12345', undefined],
    ['12345\r', undefined],
    ['123456\n', true],
    ['123456\r\n', true],
    ['123456', true],
    ['12345\rx\n', true],
    ['12345\r\r\n', true],
    ['      \n', true],
  ])('A limit of 5 bytes is applied to the line %j', (text, tooLong) => {
    for (const size of [1, 2, 5, 6, 7, 100]) {
      const bytes = Buffer.from(`${text}z`);
      const chunks = inChunks(bytes, size);
      const [first] = split(chunks, { maxLineBytes: 5 });
      // Without a newline the `z` is part of the line.
      expect(first?.tooLong).toBe(text.includes('\n') ? tooLong : true);
      if (!text.includes('\n')) expect(split([Buffer.from(text)], { maxLineBytes: 5 })[0]?.tooLong).toBe(tooLong);
    }
  });

  test('A line of a gigabyte needs no more memory than the limit', () => {
    const seen: Seen[] = [];
    const splitter = new LineSplitter(collect(seen));
    const chunk = Buffer.alloc(1 << 20, 'x');
    const before = process.memoryUsage();
    for (let i = 0; i < 1024; i++) splitter.push(chunk);
    const after = process.memoryUsage();
    splitter.push(Buffer.from('\nshort\n'));
    splitter.finish();
    // The splitter keeps 1 MiB and earlier copies of it, and nothing that grows with the line.
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(16 << 20);
    expect(seen.map(({ text, ...rest }) => ({ length: text.length, ...rest }))).toEqual([
      { length: 1 << 20, number: 1, offset: 0, tooLong: true },
      { length: 5, number: 2, offset: 2 ** 30 + 1 },
    ]);
  });

  test('Only a byte order mark at the start of the object is skipped, for chunks of any size', () => {
    const bytes = Buffer.from('\ufeffa\n\ufeffb\n');
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = inChunks(bytes, size);
      expect(split(chunks)).toEqual([
        { text: 'a', number: 1, offset: 0 },
        { text: '\xef\xbb\xbfb', number: 2, offset: 5 },
      ]);
      expect(split(chunks, { offset: 1, numbered: false })[0]?.text).toBe('\xef\xbb\xbfa');
    }
    expect(split([Buffer.from('\ufeff')])).toEqual([]);
    expect(split([Buffer.from('\ufeff\nx')])).toEqual([{ text: 'x', number: 2, offset: 4 }]);
    // The mark is not part of the line, so it does not count towards the limit.
    for (const chunks of [[Buffer.from('\ufeff12345\r\n')], [Buffer.from('\ufeff123'), Buffer.from('45\r')]]) {
      expect(split(chunks, { maxLineBytes: 5 })).toEqual([{ text: '12345', number: 1, offset: 0 }]);
    }
    expect(split([Buffer.from('\ufeff1234'), Buffer.from('567890')], { maxLineBytes: 5 })).toEqual([
      { text: '12345', number: 1, offset: 0, tooLong: true },
    ]);
  });

  test('Millions of blank lines are counted without a call for each', () => {
    const lines = 20_000_000;
    const blank = Buffer.alloc(lines / 10, '\n');
    const oneByOne: LineSink['lines'] = (buffer, start, end, run) => {
      for (let at = start; at < end; ) at = run.single(buffer, at);
    };
    for (const more of [{}, { lines: oneByOne }]) {
      const seen: Seen[] = [];
      let searches = 0;
      const splitter = new LineSplitter({ ...collect(seen), ...more });
      const counted = Object.assign(Buffer.from(blank), {
        indexOf(byte: number, from?: number) {
          searches++;
          return blank.indexOf(byte, from);
        },
      });
      for (let chunk = 0; chunk < 10; chunk++) splitter.push(counted);
      splitter.push(Buffer.from('x'));
      splitter.finish();
      expect(seen).toEqual([{ text: 'x', number: lines + 1, offset: lines }]);
      expect(searches).toBeLessThan(100);
    }
  });

  test('A splitter that starts within a line skips the rest of it and gives lines offsets only', () => {
    const options = { withinLine: true, offset: 100, numbered: false };
    expect(split([Buffer.from('rest\nnext\n')], options)).toEqual([{ text: 'next', number: undefined, offset: 105 }]);
    expect(split([Buffer.from('\nnext')], options)).toEqual([{ text: 'next', number: undefined, offset: 101 }]);
    expect(split([Buffer.from('rest'), Buffer.from('more')], options)).toEqual([]);
  });

  test('The lines agree with splitting the whole text, for any chunks', () => {
    const text = fc
      .array(fc.constantFrom('\n', '\r\n', '\r', ' ', '\t', 'a', 'bc', 'x'.repeat(20), '\v', '\0', '\x01 '), {
        maxLength: 40,
      })
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 0, max: 12 })), (whole, cuts) => {
        const bytes = Buffer.from(whole, 'latin1');
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(from, from + cut));
          from += cut;
        }
        chunks.push(bytes.subarray(from));
        expect(split(chunks, { maxLineBytes: 15 })).toEqual(splitWhole(whole, 15));
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});
