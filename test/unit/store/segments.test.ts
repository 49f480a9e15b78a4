import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError, PreconditionFailedError } from '../../../shared/errors.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { blockBytesOf } from '../../../shared/store/block-sums.ts';
import { collectBody } from '../../../shared/store/body.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { openSegments, type SegmentBody, SegmentWriter } from '../../../shared/store/segments.ts';
import type { ReadOptions, StreamOptions } from '../../../shared/store/store.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';

/** A store that counts the requests for bytes. */
class CountingStore extends MemoryStore {
  gets = 0;
  streams = 0;

  override stream(key: string, options?: StreamOptions) {
    this.streams += 1;
    return super.stream(key, options);
  }

  override get(key: string, options?: ReadOptions) {
    this.gets += 1;
    return super.get(key, options);
  }
}

/** The size in bytes of a section too large to be fetched together with the end of its file. */
const LARGE = 100_000;

async function storeWith(writer: SegmentWriter, meta: JsonValue = null): Promise<CountingStore> {
  const store = new CountingStore();
  await store.put('file', writer.finish(meta));
  return store;
}

describe('the format of a segment file', () => {
  test('Sections begin at multiples of 8 and are followed by the index, its length and the mark', async () => {
    const writer = new SegmentWriter();
    writer.add('ids', new Uint8Array([1, 2, 3]), 3);
    writer.add('values', [new Uint8Array([4]), new Uint8Array([5, 6])]);
    const bytes = Buffer.from(await collectBody(writer.finish({ rows: 3 })));
    // The example of the format, written out by hand. In Python, zlib.crc32(bytes([1, 2, 3])) is 0x55bc801d and that of
    // 4, 5, 6 is 0x6c5c20be. The index holds base64.urlsafe_b64encode of the four bytes of each, little-endian.
    const index = '{"version":2,"sections":[["ids",0,3,3,"HYC8VQ"],["values",8,3,0,"viBcbA"]],"meta":{"rows":3}}';
    const length = Buffer.from([index.length, 0, 0, 0]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(Buffer.concat([Buffer.from(index), length])));
    const sections = Buffer.from([1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0]);
    expect(bytes).toEqual(Buffer.concat([sections, Buffer.from(index), checksum, length, Buffer.from('SEG2')]));
  });

  test('A streamed file has the same bytes as a finished one', async () => {
    const whole = new SegmentWriter();
    const streaming = new SegmentWriter();
    async function* chunks() {
      for (const name of ['a', 'b']) {
        streaming.add(name, Buffer.from(`${name}, streamed`));
        yield* streaming.take();
      }
    }
    const body = streaming.stream(chunks(), () => {
      streaming.add('c', Buffer.from('the last'));
      return { rows: 3 };
    });
    for (const name of ['a', 'b']) whole.add(name, Buffer.from(`${name}, streamed`));
    whole.add('c', Buffer.from('the last'));
    expectSameBytes(await collectBody(body), await collectBody(whole.finish({ rows: 3 })), 'the file');
  });

  test('A meta that is forgotten, or has other fields, does not compile', async () => {
    type Meta = SegmentBody<{ readonly rows: number }>;
    async function* none(): AsyncGenerator<Uint8Array> {}
    const given: Meta = new SegmentWriter().finish({ rows: 3 });
    const streamed: Meta = new SegmentWriter().stream(none(), () => ({ rows: 3 }));
    expectSameBytes(await collectBody(given), await collectBody(streamed), 'the file');
    // @ts-expect-error: no meta
    const forgotten: Meta = new SegmentWriter().finish();
    // @ts-expect-error: another field
    const misspelt: Meta = new SegmentWriter().stream(none(), () => ({ row: 3 }));
    for (const wrong of [forgotten, misspelt]) expect(await collectBody(wrong)).not.toEqual(await collectBody(given));
  });

  test('A large file is written in pieces and has the same bytes each time', async () => {
    const writer = new SegmentWriter();
    for (let at = 0; at < 5; at++) writer.add(`${at}`, new Uint8Array(1_000_003).fill(at));
    const body = writer.finish();
    expect(Array.isArray(body)).toBe(true);
    expectSameBytes(await collectBody(body), await collectBody(body), 'the file, read twice');
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    expect((await file.read('4')).every((byte) => byte === 4)).toBe(true);
  });

  test('A second section of the same name is refused', () => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(1));
    expect(() => writer.add('x', new Uint8Array(1))).toThrow(RangeError);
  });
});

test('All sections are read back in any order and selection', async () => {
  const section = fc.record({
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(90_000).map((length) => new Uint8Array(length).fill(7)),
    ),
    count: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), section, { maxKeys: 8 }), fc.jsonValue(), async (sections, meta) => {
      const writer = new SegmentWriter();
      for (const [name, { bytes, count }] of Object.entries(sections)) writer.add(name, bytes, count);
      const store = await storeWith(writer, meta as null);
      const file = await openSegments(store, 'file');
      const names = Object.keys(sections);
      expect(file.names()).toEqual(names);
      expect(JSON.stringify(file.meta)).toBe(JSON.stringify(meta));
      const wanted = names.filter((_, at) => at % 3 !== 1).reverse();
      const read = await file.readMany(wanted);
      for (const [at, name] of wanted.entries()) {
        expectSameBytes(read[at]!, sections[name]?.bytes as Uint8Array, name);
        expect(read[at]!.byteOffset % 8).toBe(0);
        expect(file.count(name)).toBe(sections[name]?.count);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

describe('requests for bytes', () => {
  test('A small file needs one request for all reads', async () => {
    const writer = new SegmentWriter();
    writer.add('a', new Uint8Array([1]));
    writer.add('b', new Uint8Array([2]));
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    await file.readMany(['a', 'b']);
    expect(await collectBody(file.stream('b'))).toEqual(new Uint8Array([2]));
    expect([store.gets, store.streams]).toEqual([1, 0]);
  });

  test('Neighbouring sections are read in one request and distant sections in several', async () => {
    const writer = new SegmentWriter();
    for (let at = 0; at < 4; at++) writer.add(`${at}`, new Uint8Array(LARGE).fill(at));
    writer.add('empty', new Uint8Array());
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    const requests = async (names: string[]) => {
      const before = store.gets;
      const read = await file.readMany(names);
      expect(read.map((bytes) => bytes[0])).toEqual(names.map((name) => (name === 'empty' ? undefined : Number(name))));
      return store.gets - before;
    };
    expect(store.gets).toBe(1);
    expect(await requests(['0', '1', '2'])).toBe(1);
    expect(await requests(['3', '0'])).toBe(2); // 200 kB lie between the two
    expect(await requests(['empty'])).toBe(0);
  });

  test('An index that is longer than the first request takes a second one', async () => {
    const writer = new SegmentWriter();
    for (let at = 0; at < 5000; at++) writer.add(`section number ${at}`, new Uint8Array([at & 255]), at);
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    expect(store.gets).toBe(2);
    expect([file.count('section number 4999'), (await file.read('section number 300'))[0]]).toEqual([4999, 300 & 255]);
  });
});

describe('damaged and replaced files', () => {
  const whole = async (): Promise<Uint8Array> => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(20).fill(9));
    return collectBody(writer.finish());
  };

  test('A file that is cut anywhere, at either end, is refused', async () => {
    const bytes = await whole();
    for (let at = 0; at < bytes.length; at++) {
      const store = new MemoryStore();
      await store.put('start', bytes.subarray(0, at));
      await expect(openSegments(store, 'start'), `first ${at} bytes`).rejects.toThrow(DamagedObjectError);
      if (at === 0) continue;
      await store.put('end', bytes.subarray(at));
      await expect(openSegments(store, 'end'), `without the first ${at} bytes`).rejects.toThrow(DamagedObjectError);
    }
  });

  test.each([
    ['{"version":1,"sections":[],"meta":null}'],
    ['{"version":2,"sections":[["x",0,16,0]],"meta":null}'],
    ['{"version":2,"sections":[["x",0,16,0,""]],"meta":null}'],
    ['{"version":2,"sections":[["x",0,16,0,7]],"meta":null}'],
    ['{"version":2,"sections":[["x",4,8,0,"AAAAAA"]],"meta":null}'],
    ['{"version":2,"sections":[["x",0,99,0,"AAAAAA"]],"meta":null}'],
    ['{"version":2,"sections":[["x",-8,8,0,"AAAAAA"]],"meta":null}'],
    ['{"version":2,"sections":{},"meta":null}'],
    ['[]'],
    ['{'],
  ])('The index %s is refused', async (index) => {
    const store = new MemoryStore('/somewhere');
    const length = Buffer.from([index.length, 0, 0, 0]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(Buffer.concat([Buffer.from(index), length])));
    const trailer = Buffer.concat([checksum, length, Buffer.from('SEG2')]);
    await store.put('file', Buffer.concat([new Uint8Array(16), Buffer.from(index), trailer]));
    await expect(openSegments(store, 'file')).rejects.toThrow(DamagedObjectError);
    await expect(openSegments(store, 'file')).rejects.toThrow('/somewhere/file');
  });

  test('A flipped bit either leaves the content as it was or raises an error that names the file', async () => {
    const bytes = await whole();
    let noticed = 0;
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at] = bytes[at]! ^ (1 << (at % 8));
      const store = new MemoryStore('/somewhere');
      await store.put('file', flipped);
      try {
        const file = await openSegments(store, 'file');
        expect(await file.read('x')).toEqual(new Uint8Array(20).fill(9));
        expect(file.meta).toBeNull();
      } catch (error) {
        if (!(error instanceof DamagedObjectError)) throw error;
        expect(error.message).toMatch(/^\/somewhere\/file is damaged: .*Remove it, and run again/);
        noticed++;
      }
    }
    expect(noticed).toBe(bytes.length - 4); // the padding behind the section carries no information
  });

  test('A flipped byte is noticed by every way of reading its block, and by no read of other blocks', async () => {
    const length = 5_000_000;
    const block = blockBytesOf(length);
    const content = new Uint8Array(length).map((_, at) => at % 251);
    const writer = new SegmentWriter();
    writer.add('x', [content.subarray(0, 77), content.subarray(77)]);
    writer.add('behind', new Uint8Array(LARGE));
    const store = await storeWith(writer);
    const bytes = (await store.get('file')).bytes;
    const flippedAt = 3 * block + 5;
    bytes[flippedAt] = bytes[flippedAt]! ^ 1;
    await store.put('file', bytes);
    const parts = [
      { part: { start: 0, end: 3 * block }, isWhole: true },
      { part: { start: 4 * block, end: length }, isWhole: true },
      { part: { start: 5 * block + 7, end: 5 * block + 8 }, isWhole: true },
      { part: { start: 3 * block, end: 3 * block + 1 }, isWhole: false },
      { part: { start: 4 * block - 1, end: length }, isWhole: false },
      { part: { start: 0, end: length }, isWhole: false },
    ];
    for (const { part, isWhole } of parts) {
      const damage: string[] = [];
      const file = await openSegments(store, 'file', async (why) => {
        damage.push(why);
        return new DamagedObjectError(why);
      });
      const expected = content.subarray(part.start, part.end);
      const ways = [
        file.read('x', part),
        collectBody(file.stream('x', part)),
        collectBody(file.piece('x', part).read()),
      ];
      for (const way of ways) {
        if (isWhole) expectSameBytes(await way, expected, 'the section');
        else await expect(way).rejects.toThrow("section 'x' holds other bytes than were written");
      }
      expect(damage.length).toBe(isWhole ? 0 : ways.length);
    }
    const file = await openSegments(store, 'file');
    await expect(file.readMany(['behind', 'x'])).rejects.toThrow(DamagedObjectError);
  });

  test('A stream yields its last chunk only after all checksums were compared', async () => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(10 * LARGE).fill(1));
    const store = await storeWith(writer);
    const bytes = (await store.get('file')).bytes;
    bytes[10 * LARGE - 1] = 2;
    await store.put('file', bytes);
    const file = await openSegments(store, 'file');
    let got = 0;
    const reading = async () => {
      for await (const chunk of file.stream('x', { start: 3, end: 10 * LARGE - 10 }, { chunkBytes: 1000 }))
        got += chunk.length;
    };
    await expect(reading()).rejects.toThrow(DamagedObjectError);
    expect(got).toBeLessThan(10 * LARGE - 13);
  });

  test('A missing section is named in the error', async () => {
    const store = new MemoryStore();
    await store.put('file', await whole());
    const file = await openSegments(store, 'file');
    expect([file.has('x'), file.has('y')]).toEqual([true, false]);
    await expect(file.read('y')).rejects.toThrow("file has no section 'y'");
  });

  test('A file that was replaced after it was opened is refused', async () => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(LARGE));
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    await store.put('file', 'other');
    await expect(file.read('x')).rejects.toThrow(PreconditionFailedError);
  });
});
