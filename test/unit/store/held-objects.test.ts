/** Tests what a store holds in memory, and what it writes. The contract of all stores runs over it too. */
import { describe, expect, test } from 'vitest';
import { HeldObjects, OtherShardsError } from '../../../shared/store/held-objects.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { meteredStore, noTraffic } from '../../../shared/store/metered-store.ts';
import { collected } from '../../helpers/collected.ts';
import { contents } from '../../helpers/store-texts.ts';

const FOLDER = '.work/job/shop/run/';
const LIST = `${FOLDER}planned-v2/rate/shards.json`;
const SHARD = `${FOLDER}planned-v2/rate/00000`;

function holding(limitBytes = 1000) {
  const store = new MemoryStore('/out');
  const traffic = noTraffic();
  const held = new HeldObjects({ prefix: FOLDER, limitBytes }, store.root);
  return { store, traffic, held, view: held.over(meteredStore(store, traffic)) };
}

async function* chunksOf(...parts: string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

const keysOf = async (objects: AsyncIterable<{ key: string }>) => (await collected(objects)).map(({ key }) => key);

describe('within the limit', () => {
  test('Objects of the folder cost one listing, however often they are written, read, listed and looked for', async () => {
    const { view, store, traffic } = holding();
    await view.put(LIST, '[]', { absent: true });
    await view.put(SHARD, chunksOf('a', 'b'), { absent: true });
    expect(await view.head(`${FOLDER}planned-v2/rate/00001`)).toBeUndefined();
    expect(new TextDecoder().decode((await view.get(SHARD)).bytes)).toBe('ab');
    expect(await keysOf(view.list(`${FOLDER}planned-v2/`))).toEqual([SHARD, LIST]);
    expect([traffic.lists, traffic.gets, traffic.puts]).toEqual([1, 0, 0]);
    expect(await contents(store)).toEqual({});
  });

  test('An object of another folder goes to the store, also as a copy of one that is held', async () => {
    const { view, store } = holding();
    await view.put('shop/part', 'x');
    await view.put(SHARD, 'ab');
    expect(await view.link((await view.head(SHARD))!, 'shop/part-00000', { absent: true })).toBe(true);
    expect(await contents(store)).toEqual({ 'shop/part': 'x', 'shop/part-00000': 'ab' });
  });

  test('Objects that another process has left are found, and listed in order among those that are held', async () => {
    const { view, store } = holding();
    for (const name of ['a', 'c', 'e']) await store.put(FOLDER + name, 'stored');
    for (const name of ['b', 'd']) await view.put(FOLDER + name, 'held');
    expect(await keysOf(view.list(FOLDER))).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => FOLDER + name));
    expect((await view.head(`${FOLDER}c`))?.size).toBe('stored'.length);
    await expect(view.put(`${FOLDER}c`, 'x', { absent: true })).rejects.toThrow('exists');
  });
});

describe('flush', () => {
  test('All that is held is written, shard lists first', async () => {
    const { view, held, store } = holding();
    const order: string[] = [];
    await view.put(SHARD, 'ab');
    await view.put(LIST, '[1]');
    const put = store.put.bind(store);
    store.put = (key, body, condition) => {
      order.push(key);
      return put(key, body, condition);
    };
    await held.flush(store);
    expect(order).toEqual([LIST, SHARD]);
    expect(await contents(store)).toEqual({ [LIST]: '[1]', [SHARD]: 'ab' });
  });

  test('After another process has planned other shards, no shard is written', async () => {
    const { view, held, store } = holding();
    await view.put(LIST, '[1]');
    await view.put(SHARD, 'ab');
    await store.put(LIST, '[2]');
    await expect(held.flush(store)).rejects.toThrow(OtherShardsError);
    expect(await contents(store)).toEqual({ [LIST]: '[2]' });
  });

  test('After another process has planned the same shards, those that it lacks are written', async () => {
    const { view, held, store } = holding();
    await view.put(LIST, '[1]');
    await view.put(SHARD, 'ab');
    await store.put(LIST, '[1]');
    await held.flush(store);
    expect(await contents(store)).toEqual({ [LIST]: '[1]', [SHARD]: 'ab' });
  });
});

describe('beyond the limit', () => {
  test('All objects are written, and readers of one that was held go on reading it', async () => {
    const { view, store } = holding(4);
    await view.put(LIST, '[1]');
    const opened = await view.get(LIST);
    await view.put(SHARD, chunksOf('abc', 'def'), { absent: true });
    expect(await contents(store)).toEqual({ [LIST]: '[1]', [SHARD]: 'abcdef' });
    expect((await view.get(LIST, { ifMatch: opened.etag, range: { start: 1, end: 2 } })).bytes).toHaveLength(1);
    await view.put(`${FOLDER}x`, '');
    expect(await keysOf(store.list(FOLDER))).toContain(`${FOLDER}x`);
    await view.delete(LIST);
    expect(await view.head(LIST)).toBeUndefined();
    expect(await keysOf(store.list(FOLDER))).not.toContain(LIST);
  });

  test('Memory that a removed object has left is used again', async () => {
    const { view, store } = holding(4);
    for (const iteration of [0, 1, 2]) {
      await view.put(`${FOLDER}${iteration}`, 'abcd');
      await view.delete(`${FOLDER}${iteration}`);
    }
    expect(await contents(store)).toEqual({});
  });
});
