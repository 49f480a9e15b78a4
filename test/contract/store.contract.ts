/** The contract of every store. `store.test.ts` runs it over each implementation. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, MissingObjectError, PreconditionFailedError } from '../../shared/errors.ts';
import type { ObjectInfo, ReadOptions, Store } from '../../shared/store/store.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { storeModelCommands } from './store.model.ts';

export interface StoreContract {
  readonly name: string;
  /** Makes a new, empty store. */
  readonly makeStore: () => Promise<Store>;
  /** The number of random histories of calls to try. A store over HTTP takes longer for each. */
  readonly histories: number;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function collect(store: Store, prefix = ''): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const object of store.list(prefix)) found.push(object);
  return found;
}

const keysOf = async (store: Store, prefix = ''): Promise<string[]> =>
  (await collect(store, prefix)).map((object) => object.key);

async function streamed(store: Store, key: string, options?: ReadOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.stream(key, options)) chunks.push(chunk);
  return text(Buffer.concat(chunks));
}

async function* chunksOf(...parts: string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield new TextEncoder().encode(part);
}

/** Returns bytes without a short period, so that chunks in the wrong order are found. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = index * 31 + (index >> 8);
  return bytes;
}

/** An object that is so large that every store links it. A store may refuse to link small objects. */
const LARGE = pattern(9_000_000);

export function storeContract({ name, makeStore, histories }: StoreContract): void {
  describe(`The store ${name}`, () => {
    test('returns an object as it was put, given as bytes, pieces, text or a stream', async () => {
      const store = await makeStore();
      await store.put('a/bytes', new Uint8Array([0, 255, 10]));
      await store.put('a/pieces', [Buffer.from('one '), new Uint8Array(), Buffer.from('two')]);
      await store.put('a/text', 'grüße 😀');
      await store.put('a/stream', chunksOf('one ', '', 'two'));
      await store.put('a/empty', '');
      expect((await store.get('a/bytes')).bytes).toEqual(new Uint8Array([0, 255, 10]));
      expect(text((await store.get('a/text')).bytes)).toBe('grüße 😀');
      expect(text((await store.get('a/stream')).bytes)).toBe('one two');
      expect(text((await store.get('a/pieces')).bytes)).toBe('one two');
      expect(await store.get('a/empty')).toMatchObject({ key: 'a/empty', size: 0 });
      expect(await streamed(store, 'a/stream')).toBe('one two');
      expect(await streamed(store, 'a/empty')).toBe('');
    });

    test('writes and reads a large object in chunks', async () => {
      const store = await makeStore();
      const bytes = LARGE;
      const chunks = async function* () {
        for (let start = 0; start < bytes.length; start += 700_001) yield bytes.subarray(start, start + 700_001);
      };
      const { etag } = await store.put('large', chunks(), { absent: true });
      const parts: Uint8Array[] = [];
      for await (const chunk of store.stream('large', { ifMatch: etag })) parts.push(chunk);
      expect(parts.length).toBeGreaterThan(1);
      expectSameBytes(Buffer.concat(parts), bytes, 'large');
      expectSameBytes((await store.get('large')).bytes, bytes, 'large');
      await expect(store.put('large', chunks(), { absent: true })).rejects.toThrow(PreconditionFailedError);
    });

    test('keeps a transient chunk unchanged until the next chunk is requested', async () => {
      const store = await makeStore();
      const bytes = pattern(700_001);
      await store.put('x', bytes);
      const range = { start: 5, end: 700_000 };
      let offset = range.start;
      for await (const chunk of store.stream('x', { range, transient: true })) {
        expectSameBytes(chunk, bytes.subarray(offset, offset + chunk.byteLength), 'large');
        offset += chunk.byteLength;
      }
      expect(offset).toBe(range.end);
    });

    test('gives the same size and ETag by put, head, get and list', async () => {
      const store = await makeStore();
      const { etag } = await store.put('folder/x', 'hello');
      const info = { key: 'folder/x', size: 5, etag };
      expect(await store.head('folder/x')).toEqual(info);
      expect(await collect(store)).toEqual([info]);
      expect(await store.get('folder/x')).toMatchObject(info);
      expect(await store.get('folder/x', { range: { start: 1, end: 2 } })).toMatchObject(info);
    });

    test('gives another ETag to other content', async () => {
      const store = await makeStore();
      const { etag: first } = await store.put('x', 'aaa');
      const { etag: second } = await store.put('x', 'bbb');
      expect(second).not.toBe(first);
      expect((await store.head('x'))?.etag).toBe(second);
    });

    test('refuses to read an object that was replaced since it was first read, when asked to', async () => {
      const store = await makeStore();
      await store.put('x', 'seen');
      const seen = await store.get('x', { range: { start: 0, end: 1 } });
      expect(text((await store.get('x', { unchangedSince: seen, range: { start: 1 } })).bytes)).toBe('een');
      const unchangedSince = { key: seen.key, size: seen.size, etag: seen.etag };
      expect(text((await store.get('x', { unchangedSince })).bytes)).toBe('seen');
      await store.put('x', 'others');
      await expect(store.get('x', { unchangedSince: seen })).rejects.toThrow(PreconditionFailedError);
      await expect(store.get('x', { unchangedSince })).rejects.toThrow(PreconditionFailedError);
    });

    test('refuses a write on condition of an ETag when the object was replaced after the ETag was read', async () => {
      const store = await makeStore();
      await store.put('x', 'seen');
      const seen = await store.head('x');
      await store.put('x', 'other');
      await expect(store.put('x', 'mine', { ifMatch: seen?.etag ?? '' })).rejects.toThrow(PreconditionFailedError);
    });

    test('has no information on a missing object, refuses to read it, and deletes it without an error', async () => {
      const store = await makeStore();
      await store.put('folder/x', 'x');
      for (const key of ['missing', 'folder', 'folder/y', 'no/such/folder']) {
        expect(await store.head(key), key).toBeUndefined();
        await expect(store.get(key), key).rejects.toThrow(MissingObjectError);
        await expect(store.get(key, { range: { start: 0, end: 0 } }), key).rejects.toThrow(MissingObjectError);
        await expect(streamed(store, key), key).rejects.toThrow(MissingObjectError);
        await store.delete(key);
        await store.delete(key, { ifMatch: 'any' });
        await expect(store.put(`${key}-`, 'x', { ifMatch: 'any' }), key).rejects.toThrow(PreconditionFailedError);
      }
      expect(await keysOf(store)).toEqual(['folder/x']);
      expect(await keysOf(store, 'nothing/here/')).toEqual([]);
    });

    test.each([
      [{ start: 2, end: 5 }, '234'],
      [{ start: 7 }, '789'],
      [{ start: -3 }, '789'],
      [{ start: -99 }, '0123456789'],
      [{ start: 8, end: 99 }, '89'],
      [{ start: 4, end: 4 }, ''],
      [{ start: 10 }, ''],
      [{ start: 99, end: 100 }, ''],
    ])('reads the range %j of 0123456789 as %j', async (range, expected) => {
      const store = await makeStore();
      const { etag } = await store.put('digits', '0123456789');
      const got = await store.get('digits', { range, ifMatch: etag });
      expect([text(got.bytes), got.size]).toEqual([expected, 10]);
      expect(await streamed(store, 'digits', { range })).toBe(expected);
      await expect(store.get('digits', { range, ifMatch: 'other' })).rejects.toThrow(PreconditionFailedError);
      await expect(streamed(store, 'digits', { range, ifMatch: 'other' })).rejects.toThrow(PreconditionFailedError);
    });

    test('reads a range of an empty object as empty, and refuses an invalid range', async () => {
      const store = await makeStore();
      await store.put('empty', '');
      expect((await store.get('empty', { range: { start: -5 } })).bytes).toHaveLength(0);
      await expect(store.get('empty', { range: { start: 5, end: 4 } })).rejects.toThrow(RangeError);
      await expect(store.get('empty', { range: { start: -5, end: 4 } })).rejects.toThrow(RangeError);
    });

    test('returns bytes whose offset in their buffer fits typed arrays', async () => {
      const store = await makeStore();
      await store.put('floats', new Uint8Array(new Float64Array([1, 2, 3]).buffer));
      const { bytes } = await store.get('floats', { range: { start: 8 } });
      expect([...new Float64Array(bytes.buffer, bytes.byteOffset, 2)]).toEqual([2, 3]);
    });

    test('writes with `absent` only when the object does not exist, and a refused write changes nothing', async () => {
      const store = await makeStore();
      await store.put('x', 'first', { absent: true });
      await expect(store.put('x', 'second', { absent: true })).rejects.toThrow(PreconditionFailedError);
      await expect(store.put('x', chunksOf('third'), { absent: true })).rejects.toThrow(PreconditionFailedError);
      expect(text((await store.get('x')).bytes)).toBe('first');
      await store.delete('x');
      await store.put('x', 'again', { absent: true });
      expect(text((await store.get('x')).bytes)).toBe('again');
    });

    test('writes and deletes with `ifMatch` only when the object has this ETag', async () => {
      const store = await makeStore();
      const { etag: first } = await store.put('x', 'first');
      const { etag: second } = await store.put('x', 'second', { ifMatch: first });
      await expect(store.put('x', 'third', { ifMatch: first })).rejects.toThrow(PreconditionFailedError);
      await expect(store.delete('x', { ifMatch: first })).rejects.toThrow(PreconditionFailedError);
      expect(text((await store.get('x')).bytes)).toBe('second');
      await store.delete('x', { ifMatch: second });
      expect(await store.head('x')).toBeUndefined();
    });

    test('lets exactly one of 20 conditional puts at once succeed', async () => {
      const store = await makeStore();
      const bodies = Array.from({ length: 20 }, (_, index) => `body ${index}`);
      const race = async (condition: Parameters<Store['put']>[2]) => {
        const done = await Promise.allSettled(bodies.map((body) => store.put('raced/x', body, condition)));
        const won = done.flatMap(({ status }, index) => (status === 'fulfilled' ? [bodies[index]] : []));
        for (const put of done) {
          if (put.status === 'rejected') expect(put.reason).toBeInstanceOf(PreconditionFailedError);
        }
        expect(won).toHaveLength(1);
        const { bytes, etag } = await store.get('raced/x');
        expect(text(bytes)).toBe(won[0]);
        return etag;
      };
      await race({ absent: true });
      await race({ ifMatch: (await store.put('raced/x', 'start')).etag });
    });

    describe('links an object', () => {
      test('to another key, under the conditions of a write', async () => {
        const store = await makeStore();
        await store.put('work/large', LARGE);
        const staged = (await store.head('work/large')) as ObjectInfo;
        expect(await store.link(staged, 'out/x', { absent: true })).toBe(true);
        await expect(store.link(staged, 'out/x', { absent: true })).rejects.toThrow(PreconditionFailedError);
        await expect(store.link(staged, 'out/x', { ifMatch: 'other' })).rejects.toThrow(PreconditionFailedError);
        await expect(store.link(staged, 'out/y', { ifMatch: 'other' })).rejects.toThrow(PreconditionFailedError);

        const { etag } = await store.put('out/z', 'old');
        expect(await store.link(staged, 'out/z', { ifMatch: etag })).toBe(true);
        expect(await store.link(staged, 'out/z')).toBe(true);
        await store.delete('work/large');
        for (const key of ['out/x', 'out/z']) {
          const linked = await store.get(key);
          expectSameBytes(linked.bytes, LARGE, key);
          expect(await store.head(key)).toEqual({ key, size: LARGE.byteLength, etag: linked.etag });
        }
        expect(await keysOf(store)).toEqual(['out/x', 'out/z']);
      });

      test('only when it still exists and was not replaced since it was read', async () => {
        const store = await makeStore();
        await store.put('large', LARGE);
        const seen = (await store.head('large')) as ObjectInfo;
        const { key, size, etag } = seen;
        await store.put('large', LARGE.subarray(1));
        for (const from of [seen, { key, size, etag }]) {
          await expect(store.link(from, 'x', { absent: true })).rejects.toThrow(PreconditionFailedError);
        }
        await store.delete('large');
        for (const condition of [undefined, { absent: true }, { ifMatch: 'any' }] as const) {
          await expect(store.link(seen, 'x', condition)).rejects.toThrow(MissingObjectError);
        }
        expect(await keysOf(store)).toEqual([]);
      });

      test('from and to keys with any characters', async () => {
        const store = await makeStore();
        const keys = [' spaced  name ', '"quoted" & <tagged>?', '%2e%2e/100%', '+plus+', 'line\nbreak', 'é/漢字/😀'];
        await store.put('first', LARGE);
        let from = (await store.head('first')) as ObjectInfo;
        for (const key of keys) {
          expect(await store.link(from, key, { absent: true }), key).toBe(true);
          from = (await store.head(key)) as ObjectInfo;
        }
        expectSameBytes((await store.get(from.key)).bytes, LARGE, from.key);
        await expect(store.link(from, '../x')).rejects.toThrow(ConfigError);
        await expect(store.link({ ...from, key: '../x' }, 'x')).rejects.toThrow(ConfigError);
      });
    });

    test('loses no object when others are put and deleted in the same folders at the same time', async () => {
      const store = await makeStore();
      const keys = Array.from({ length: 40 }, (_, index) => `deep/er/${index % 4}/file${index}`);
      await Promise.all(
        keys.map(async (key, index) => {
          await store.put(key, key);
          if (index % 3 > 0) await store.delete(key);
        }),
      );
      const left = keys.filter((_, index) => index % 3 === 0).sort();
      expect(await keysOf(store)).toEqual(left);
    });

    test('writes nothing when the body fails', async () => {
      const store = await makeStore();
      await store.put('y', 'old');
      const failing = async function* () {
        yield new Uint8Array(100);
        throw new Error('the source broke');
      };
      await expect(store.put('x', failing())).rejects.toThrow('the source broke');
      await expect(store.put('y', failing())).rejects.toThrow('the source broke');
      const missing = () => store.stream('missing');
      await expect(store.put('x', missing(), { absent: true })).rejects.toThrow(MissingObjectError);
      await expect(store.put('x', missing(), { ifMatch: 'any' })).rejects.toThrow(MissingObjectError);
      expect(await keysOf(store)).toEqual(['y']);
      expect(text((await store.get('y')).bytes)).toBe('old');
    });

    test('lists by prefix of the key, not only by folder', async () => {
      const store = await makeStore();
      for (const key of ['a/b/1', 'a/b/2', 'a/bc', 'ab', 'b']) await store.put(key, key);
      expect(await keysOf(store, 'a/b')).toEqual(['a/b/1', 'a/b/2', 'a/bc']);
      expect(await keysOf(store, 'a/b/')).toEqual(['a/b/1', 'a/b/2']);
      expect(await keysOf(store, 'a')).toEqual(['a/b/1', 'a/b/2', 'a/bc', 'ab']);
      expect(await keysOf(store, 'a/b/2')).toEqual(['a/b/2']);
      expect(await keysOf(store, 'a/b/2/')).toEqual([]);
    });

    test('accepts keys with any characters and lists them in the order of their bytes in UTF-8', async () => {
      const store = await makeStore();
      // The keys are in the order of UTF-8. In UTF-16 the emoji (surrogates) would come before U+FB00 and U+FFFD.
      const keys = [
        ' spaced  name ',
        '"quoted" & <tagged>',
        '%2e%2e/100%',
        '+plus+',
        'a',
        'a b/c',
        'a!b',
        'a-b/x',
        'a.b',
        'b/~tilde',
        'line\nbreak',
        'é (one code point)',
        'é/é',
        '漢字/かな',
        '\ufb00',
        '\ufffd',
        '😀/😀',
      ];
      for (const key of keys.toReversed()) await store.put(key, key);
      expect(await keysOf(store)).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      for (const key of keys) expect(text((await store.get(key)).bytes)).toBe(key);
    });

    test.each(['', '/x', 'x/', 'x//y', '../x', 'x/../../y', 'x/..', './x', '.', 'x\0y', 'x\ud800', 'x'.repeat(1025)])(
      'refuses the key %j',
      async (key) => {
        const store = await makeStore();
        await expect(store.put(key, 'x')).rejects.toThrow(ConfigError);
        await expect(store.get(key)).rejects.toThrow(ConfigError);
        await expect(streamed(store, key)).rejects.toThrow(ConfigError);
        await expect(store.head(key)).rejects.toThrow(ConfigError);
        await expect(store.delete(key)).rejects.toThrow(ConfigError);
      },
    );

    test.each(['/', '../', 'a//', 'a/../', 'a/./b', '\0'])('refuses the prefix %j', async (prefix) => {
      await expect(keysOf(await makeStore(), prefix)).rejects.toThrow(ConfigError);
    });

    test('behaves like a map in any history of calls', async () => {
      await fc.assert(
        fc.asyncProperty(storeModelCommands(), async (commands) => {
          const store = await makeStore();
          await fc.asyncModelRun(() => ({ model: { objects: new Map(), etags: new Map() }, real: store }), commands);
        }),
        { numRuns: histories, seed: 1 },
      );
    });
  });
}
