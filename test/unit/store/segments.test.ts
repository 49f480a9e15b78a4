import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptInputError, PreconditionFailedError } from '../../../shared/errors.ts';
import { collectBody } from '../../../shared/store/body.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { openSegments, SegmentWriter } from '../../../shared/store/segments.ts';
import type { ReadOptions } from '../../../shared/store/store.ts';

/** Counts the requests for bytes. */
class CountingStore extends MemoryStore {
  gets = 0;

  override get(key: string, options?: ReadOptions) {
    this.gets += 1;
    return super.get(key, options);
  }
}

/** Large enough that the file does not come whole with its end. */
const LARGE = 100_000;

async function storeWith(writer: SegmentWriter, ...meta: Parameters<SegmentWriter['finish']>): Promise<CountingStore> {
  const store = new CountingStore();
  await store.put('file', writer.finish(...meta));
  return store;
}

describe('the format', () => {
  test('sections at multiples of 8, then the index, its length, and the mark', async () => {
    const writer = new SegmentWriter();
    writer.add('ids', new Uint8Array([1, 2, 3]), 3);
    writer.add('values', [new Uint8Array([4]), new Uint8Array([5, 6])]);
    const bytes = Buffer.from(await collectBody(writer.finish({ rows: 3 })));
    const index = '{"version":1,"sections":[["ids",0,3,3],["values",8,3,0]],"meta":{"rows":3}}';
    // The example of the format, written out by hand.
    const length = Buffer.from([index.length, 0, 0, 0]);
    const sections = Buffer.from([1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0]);
    expect(bytes).toEqual(Buffer.concat([sections, Buffer.from(index), length, Buffer.from('SEG1')]));
  });

  test('a large file is handed over in pieces, the same bytes each time', async () => {
    const writer = new SegmentWriter();
    for (let at = 0; at < 5; at++) writer.add(`${at}`, new Uint8Array(1_000_003).fill(at));
    const body = writer.finish();
    expect(Array.isArray(body)).toBe(true);
    expect(Buffer.compare(await collectBody(body), await collectBody(body))).toBe(0);
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    expect((await file.read('4')).every((byte) => byte === 4)).toBe(true);
  });

  test('a name twice is refused', () => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(1));
    expect(() => writer.add('x', new Uint8Array(1))).toThrow(RangeError);
  });
});

test('whatever sections are written are read back, in any order and selection', async () => {
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
        expect(Buffer.compare(read[at] as Uint8Array, sections[name]?.bytes as Uint8Array)).toBe(0);
        expect((read[at] as Uint8Array).byteOffset % 8).toBe(0);
        expect(file.count(name)).toBe(sections[name]?.count);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

describe('requests', () => {
  test('a small file takes one, whatever is read of it', async () => {
    const writer = new SegmentWriter();
    writer.add('a', new Uint8Array([1]));
    writer.add('b', new Uint8Array([2]));
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    await file.readMany(['a', 'b']);
    expect(store.gets).toBe(1);
  });

  test('neighbours are read together, distant sections are not', async () => {
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
    expect(await requests(['3', '0'])).toBe(2); // 200 kB lie between
    expect(await requests(['empty'])).toBe(0);
  });

  test('an index longer than the first look takes one more', async () => {
    const writer = new SegmentWriter();
    for (let at = 0; at < 5000; at++) writer.add(`section number ${at}`, new Uint8Array([at & 255]), at);
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    expect(store.gets).toBe(2);
    expect([file.count('section number 4999'), (await file.read('section number 300'))[0]]).toEqual([4999, 300 & 255]);
  });
});

describe('files that are not as they should be', () => {
  const whole = async (): Promise<Uint8Array> => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(20).fill(9));
    return collectBody(writer.finish());
  };

  test('cut anywhere, at either end, they are refused', async () => {
    const bytes = await whole();
    for (let at = 0; at < bytes.length; at++) {
      const store = new MemoryStore();
      await store.put('start', bytes.subarray(0, at));
      await expect(openSegments(store, 'start'), `first ${at} bytes`).rejects.toThrow(CorruptInputError);
      if (at === 0) continue;
      await store.put('end', bytes.subarray(at));
      await expect(openSegments(store, 'end'), `without the first ${at} bytes`).rejects.toThrow(CorruptInputError);
    }
  });

  test.each([
    ['{"version":2,"sections":[],"meta":null}'],
    ['{"version":1,"sections":[["x",0]],"meta":null}'],
    ['{"version":1,"sections":[["x",4,8,0]],"meta":null}'],
    ['{"version":1,"sections":[["x",0,99,0]],"meta":null}'],
    ['{"version":1,"sections":[["x",-8,8,0]],"meta":null}'],
    ['{"version":1,"sections":{},"meta":null}'],
    ['[]'],
    ['{'],
  ])('the index %s is refused', async (index) => {
    const store = new MemoryStore('/somewhere');
    const trailer = Buffer.concat([Buffer.from([index.length, 0, 0, 0]), Buffer.from('SEG1')]);
    await store.put('file', Buffer.concat([new Uint8Array(16), Buffer.from(index), trailer]));
    await expect(openSegments(store, 'file')).rejects.toThrow(CorruptInputError);
    await expect(openSegments(store, 'file')).rejects.toThrow('/somewhere/file');
  });

  test('a section that is not there is named', async () => {
    const store = new MemoryStore();
    await store.put('file', await whole());
    const file = await openSegments(store, 'file');
    expect([file.has('x'), file.has('y')]).toEqual([true, false]);
    await expect(file.read('y')).rejects.toThrow("it has no section 'y'");
  });

  test('one that was replaced since it was opened', async () => {
    const writer = new SegmentWriter();
    writer.add('x', new Uint8Array(LARGE));
    const store = await storeWith(writer);
    const file = await openSegments(store, 'file');
    await store.put('file', 'other');
    await expect(file.read('x')).rejects.toThrow(PreconditionFailedError);
  });
});
