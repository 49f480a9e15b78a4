import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { defined } from '../../../shared/defined.ts';
import { CorruptInputError, InputChangedError } from '../../../shared/errors.ts';
import { gunzipStream } from '../../../shared/lines/gunzip.ts';
import { type LineSource, readLines } from '../../../shared/lines/read-lines.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { ReadOptions, StreamOptions } from '../../../shared/store/store.ts';

interface Seen {
  readonly text: string;
  readonly number: number | undefined;
  readonly offset: number;
  readonly tooLong?: true;
}

interface Reading {
  readonly range?: { readonly start: number; readonly end: number };
  readonly maxLineBytes?: number;
  readonly store?: MemoryStore;
}

async function read(key: string, bytes: Uint8Array, reading: Reading = {}): Promise<Seen[]> {
  const store = reading.store ?? new MemoryStore();
  const { etag } = await store.put(key, bytes);
  const seen: Seen[] = [];
  const source: LineSource = defined({ key, etag, size: bytes.length, range: reading.range });
  await readLines(
    store,
    source,
    {
      line: (buffer, start, end, { number, offset }) =>
        seen.push({ text: buffer.toString('utf8', start, end), number, offset }),
      tooLong: (_buffer, _start, _end, { number, offset }) => seen.push({ text: '', number, offset, tooLong: true }),
    },
    reading.maxLineBytes === undefined ? {} : { maxLineBytes: reading.maxLineBytes },
  );
  return seen;
}

/** Returns the lines of gzip data that arrives in these chunks. */
async function streamed(chunks: readonly Buffer[]): Promise<string[]> {
  const pieces: Buffer[] = [];
  const given = (async function* () {
    yield* chunks;
  })();
  await gunzipStream('a.gz', given, async (content) => void pieces.push(Buffer.from(content)));
  return Buffer.concat(pieces)
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

const texts = (seen: readonly Seen[]) => seen.map(({ text }) => text);

/** Returns lines that gzip cannot compress, so that the gzip file is larger than what is read in one piece. */
function noise(lines: number): string {
  const bytes = randomBytesOf(lines * 90);
  return Array.from({ length: lines }, (_, i) => bytes.toString('base64', i * 90, (i + 1) * 90)).join('\n');
}

/** Returns the same pseudo-random bytes each time. */
function randomBytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 7;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe('whole objects', () => {
  const lines = ['one', 'two', 'drei é', 'four'];
  const text = Buffer.from(`${lines.join('\r\n')}\n`);

  test('Plain text and gzip have the same lines', async () => {
    const plain = await read('a.log', text);
    expect(texts(plain)).toEqual(lines);
    // 5 + 5 + 9 bytes precede the line, because `é` has two.
    expect(plain[3]).toEqual({ text: 'four', number: 4, offset: 19 });
    expect(await read('a.log.gz', gzipSync(text))).toEqual(plain);
  });

  test('A gzip of several members is read, wherever the members begin', async () => {
    const members = [text.subarray(0, 7), text.subarray(7, 7), text.subarray(7)].map((part) => gzipSync(part));
    expect(texts(await read('a.gz', Buffer.concat(members)))).toEqual(lines);
  });

  test('Zero bytes between and behind members are padding, wherever chunks end', async () => {
    const zeros = (count: number) => Buffer.alloc(count);
    const [one, two] = [gzipSync('one\ntwo\n'), gzipSync('drei é\nfour\n')];
    for (const padding of [1, 2, 3, 17, 512, 70_000]) {
      const bytes = Buffer.concat([one, zeros(padding), gzipSync(''), zeros(padding), two, zeros(padding)]);
      expect(texts(await read('a.gz', bytes))).toEqual(lines);
    }
    const bytes = Buffer.concat([one, two, zeros(5), one, zeros(1), two, zeros(3)]);
    const expected = [...lines, ...lines];
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(await streamed([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
    }
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
    expect(await streamed(single)).toEqual(expected);
  });

  test('Any other byte behind a member is an error, wherever chunks end', async () => {
    const member = gzipSync('one\n');
    for (const rest of ['x', 'text', '\0x', '\0\0\0{"a":1}\n', '\x1f', '\0\x1f', '\x1f\x8b', '\0\x1f\x8b\x08']) {
      const bytes = Buffer.concat([member, Buffer.from(rest, 'latin1')]);
      await expect(read('a.gz', bytes)).rejects.toThrow(CorruptInputError);
      for (let cut = member.length - 2; cut < bytes.length; cut++) {
        await expect(streamed([bytes.subarray(0, cut), bytes.subarray(cut)])).rejects.toThrow(CorruptInputError);
      }
    }
  });

  test('A byte order mark is skipped in plain text, gzip and ranges', async () => {
    const marked = Buffer.concat([Buffer.from('\ufeff'), text]);
    expect(texts(await read('a.log', marked))).toEqual(lines);
    expect(texts(await read('a.gz', gzipSync(marked)))).toEqual(lines);
    for (let cut = 1; cut < 12; cut++) {
      const ranges = [
        { start: 0, end: cut },
        { start: cut, end: marked.length },
      ];
      const pieces = await Promise.all(ranges.map((range) => read('a.log', marked, { range })));
      expect(texts(pieces.flat())).toEqual(lines);
    }
  });

  test('An empty object has no lines, whatever its name', async () => {
    expect(await read('a.log', Buffer.alloc(0))).toEqual([]);
    expect(await read('a.gz', Buffer.alloc(0))).toEqual([]);
    expect(await read('a.gz', gzipSync(''))).toEqual([]);
  });

  test('A large gzip of several members is read as a stream', async () => {
    const content = noise(60_000);
    const half = content.length >> 1;
    const bytes = Buffer.concat([gzipSync(content.slice(0, half)), gzipSync(content.slice(half))]);
    expect(bytes.length).toBeGreaterThan(1 << 22);
    expect(texts(await read('a.gz', bytes)).join('\n')).toBe(content);
    await expect(read('a.gz', bytes.subarray(0, bytes.length - 9))).rejects.toThrow(CorruptInputError);
  });

  test('A gzip that expands a thousandfold is read in limited memory', async () => {
    const content = gzipSync(Buffer.alloc(300 << 20, `${'x'.repeat(4095)}\n`), { level: 9 });
    expect((300 << 20) / content.length).toBeGreaterThan(200);
    const store = new MemoryStore();
    const { etag } = await store.put('a.gz', content);
    let lines = 0;
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    await readLines(
      store,
      { key: 'a.gz', etag, size: content.length },
      {
        line: () => {
          if (++lines % 1000 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
        },
        tooLong: () => expect.unreachable(),
      },
    );
    expect(lines).toBe((300 << 20) / 4096);
    // The bound covers 64 MiB of the abandoned attempt in one piece and uncollected chunks, but not the 300 MiB.
    expect(peak).toBeLessThan(200 << 20);
  });
});

describe('objects that cannot be read', () => {
  const gzip = gzipSync('one\ntwo\n'.repeat(1000));

  test.each([
    ['cut short', gzip.subarray(0, gzip.length - 4)],
    ['cut in its header', gzip.subarray(0, 5)],
    ['followed by a member cut in its header', Buffer.concat([gzip, gzip.subarray(0, 3)])],
    ['damaged', Buffer.from(gzip.map((byte, i) => (i === gzip.length >> 1 ? byte ^ 0xff : byte)))],
    ['stored with a wrong checksum', Buffer.from(gzip.map((byte, i) => (i === gzip.length - 6 ? byte ^ 1 : byte)))],
    ['followed by other bytes', Buffer.concat([gzip, Buffer.from('text')])],
    ['plain text', Buffer.from('{"a":1}\n')],
  ])('A gzip that is %s is refused', async (_what, bytes) => {
    const reading = read('logs/a.gz', bytes);
    await expect(reading).rejects.toThrow(CorruptInputError);
    await expect(reading).rejects.toThrow('logs/a.gz in /memory is not a whole gzip file');
  });

  test.each([
    ['a.bz2', 'bzip2'],
    ['a.xz', 'xz'],
    ['a.zst', 'zstd'],
    ['a.lz4', 'lz4'],
    ['a.snappy', 'snappy'],
    ['a.lzo', 'lzo'],
    ['a.br', 'brotli'],
    ['a.Z', 'compress'],
    ['a.log.zip', 'zip'],
    ['a.7z', '7z'],
  ])('The name %s is refused with the name of its compression', async (key, name) => {
    await expect(read(key, Buffer.from('x'))).rejects.toThrow(CorruptInputError);
    await expect(read(key, Buffer.from('x'))).rejects.toThrow(
      `${key}: its name says that it is compressed with ${name}. Supported`,
    );
  });

  // Each entry is the tool's own output for the text `hello`, or its documented magic number.
  test.each([
    ['bzip2', '425a6839314159265359c1c080e2'],
    ['xz', 'fd377a585a000004e6d6b446'],
    ['zstd', '28b52ffd0405290000'],
    ['lz4', '04224d186440a7060000'],
    ['snappy', 'ff060000734e61507059'],
    ['lzo', '894c5a4f000d0a1a0a'],
    ['compress', '1f9d9068cab061f30604'],
    ['zip', '504b0304140000000800'],
    ['7z', '377abcaf271c00041234'],
  ])('%s is recognized by its first bytes', async (name, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    await expect(read('a.log', bytes)).rejects.toThrow(
      `a.log: it is compressed with ${name}, but its name does not say so`,
    );
    await expect(read('a.gz', bytes)).rejects.toThrow(`a.gz: it is compressed with ${name}, but its name ends in .gz`);
    await expect(read('a.log', bytes, { range: { start: 0, end: bytes.length } })).rejects.toThrow(name);
  });

  test('A gzip under another name is refused', async () => {
    await expect(read('a.log', gzip)).rejects.toThrow(
      'a.log: it is compressed with gzip, but its name does not say so',
    );
  });

  test('Text that only resembles a magic number is read as text', async () => {
    for (const text of ['BZhello', '7z', 'PK', 'B'])
      expect(texts(await read('a.log', Buffer.from(text)))).toEqual([text]);
  });
});

describe('ranges of plain objects', () => {
  const text = Buffer.from('aaa\nbbb\r\n\nc\n\ndddddddddd\neee');
  // The offsets were counted by hand in the text above.
  const whole = [
    { text: 'aaa', number: undefined, offset: 0 },
    { text: 'bbb', number: undefined, offset: 4 },
    { text: 'c', number: undefined, offset: 10 },
    { text: 'dddddddddd', number: undefined, offset: 13 },
    { text: 'eee', number: undefined, offset: 24 },
  ];

  test('Each line belongs to the range of its first byte, for every pair of cuts', async () => {
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const cuts = [0, first, second, text.length];
        const pieces = await Promise.all(
          [0, 1, 2].map((i) => read('a.log', text, { range: { start: cuts[i]!, end: cuts[i + 1]! } })),
        );
        expect(pieces.flat()).toEqual(whole);
        for (const [i, piece] of pieces.entries()) {
          for (const { offset } of piece) expect(offset >= cuts[i]! && offset < cuts[i + 1]!).toBe(true);
        }
      }
    }
  });

  test('A range may end beyond the object', async () => {
    expect(await read('a.log', text, { range: { start: 20, end: 1000 } })).toEqual([whole[4]]);
    expect(await read('a.log', text, { range: { start: 1000, end: 2000 } })).toEqual([]);
  });

  test('A line far longer than a range is completed, or reported once as too long', async () => {
    const long = Buffer.from(`a\n${'x'.repeat(300_000)}\nb\n`);
    const ranges = Array.from({ length: 31 }, (_, i) => ({ start: i * 10_000, end: (i + 1) * 10_000 }));
    const all = async (maxLineBytes: number) =>
      (await Promise.all(ranges.map((range) => read('a.log', long, { range, maxLineBytes })))).flat();
    expect((await all(300_000)).map(({ text: { length }, offset }) => [length, offset])).toEqual([
      ...[
        [1, 0],
        [300_000, 2],
        [1, 300_003],
      ],
    ]);
    expect(await all(299_999)).toEqual([
      { text: 'a', number: undefined, offset: 0 },
      { text: '', number: undefined, offset: 2, tooLong: true },
      { text: 'b', number: undefined, offset: 300_003 },
    ]);
  });

  test('Reading a range reads little more than its bytes', async () => {
    const bytes = randomBytesOf(3 << 20).map((byte) => (byte === 0x0a ? 0x20 : byte));
    for (let at = 99; at < bytes.length; at += 100) bytes[at] = 0x0a;
    let asked = 0;
    class CountingStore extends MemoryStore {
      override async *stream(key: string, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
        asked += options.range!.end! - options.range!.start;
        yield* super.stream(key, options);
      }
    }
    const range = { start: 1 << 20, end: (1 << 20) + 1050 };
    await read('a.log', bytes, { range, store: new CountingStore() });
    expect(asked).toBe(1 + 1050 + (1 << 16));
  });

  test('A gzip cannot be read by ranges', async () => {
    await expect(read('a.gz', gzipSync('x'), { range: { start: 0, end: 5 } })).rejects.toThrow(
      'cannot be read by ranges',
    );
  });
});

describe('a store that reuses its memory', () => {
  /** Delivers all transient chunks in the same memory, and overwrites it between chunks. */
  class SpoilingStore extends MemoryStore {
    readonly chunkBytes: number;
    spoilt = 0;

    constructor(chunkBytes: number) {
      super();
      this.chunkBytes = chunkBytes;
    }

    override async *stream(key: string, options: StreamOptions = {}): AsyncIterable<Uint8Array> {
      const memory = new Uint8Array(this.chunkBytes);
      for await (const piece of super.stream(key, options)) {
        for (let at = 0; at < piece.length; at += memory.length) {
          const chunk = piece.subarray(at, at + memory.length);
          if (options.transient !== true) {
            yield chunk;
            continue;
          }
          memory.set(chunk);
          yield memory.subarray(0, chunk.length);
          memory.fill(0x21);
          this.spoilt++;
        }
      }
    }
  }

  test.each([1, 3, 7, 1000])('Lines are read correctly from reused chunks of %i bytes', async (chunkBytes) => {
    const lines = Array.from({ length: 300 }, (_, i) => 'line '.repeat(i % 9).concat(`${i}`));
    const text = Buffer.from(lines.join('\n'));
    const store = new SpoilingStore(chunkBytes);
    expect(texts(await read('a.log', text, { store }))).toEqual(lines);
    const halves = [
      { start: 0, end: 2001 },
      { start: 2001, end: text.length },
    ];
    const pieces = await Promise.all(halves.map((range) => read('a.log', text, { store, range })));
    expect(pieces.flatMap(texts)).toEqual(lines);
    expect(store.spoilt).toBeGreaterThan(text.length / chunkBytes);
  });

  test('Gzip is read correctly although its chunks are still being expanded when the next one arrives', async () => {
    const content = noise(60_000);
    expect(texts(await read('a.gz', gzipSync(content), { store: new SpoilingStore(1000) })).join('\n')).toBe(content);
  });
});

describe('a changed object', () => {
  const sink = { line: () => undefined, tooLong: () => undefined };

  test.each([
    ['a.log', undefined],
    ['a.gz', undefined],
    ['a.log', { start: 0, end: 2 }],
  ])('The object %s with range %j is refused when it was replaced or removed', async (key, range) => {
    const store = new MemoryStore();
    const body = key.endsWith('.gz') ? gzipSync('one\n') : 'one\n';
    const { etag } = await store.put(key, body);
    const source: LineSource = defined({ key, etag, size: Buffer.byteLength(body), range });
    await store.put(key, 'other');
    await expect(readLines(store, source, sink)).rejects.toThrow(InputChangedError);
    await expect(readLines(store, source, sink)).rejects.toThrow(`${key} in /memory was replaced or removed`);
    await store.delete(key);
    await expect(readLines(store, source, sink)).rejects.toThrow(InputChangedError);
  });

  test('An error of the sink is passed on unchanged', async () => {
    const failure = new Error('from the sink');
    const failing = {
      line: () => {
        throw failure;
      },
      tooLong: () => undefined,
    };
    const store = new MemoryStore();
    for (const [key, body] of [
      ['a.log', Buffer.from('x\n')],
      ['a.gz', gzipSync('x\n')],
      ['b.gz', gzipSync(noise(60_000))],
    ] as const) {
      const { etag } = await store.put(key, body);
      await expect(readLines(store, { key, etag, size: body.length }, failing)).rejects.toBe(failure);
    }
  });
});
