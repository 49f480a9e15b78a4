import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sketchHash } from '../../../shared/model/stable-hash.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { readSketch, SKETCH_SIZE, SketchBuilder, shareGone, sketchObject } from '../../../shared/verdict/sketch.ts';

/** Returns the ids above 2^33 from `from` (inclusive) to `to` (exclusive). */
const ids = (from: number, to: number): Float64Array =>
  Float64Array.from({ length: to - from }, (_, at) => 2 ** 33 + from + at);

function sketchOf(...chunks: Float64Array[]) {
  const builder = new SketchBuilder();
  for (const chunk of chunks) builder.add(chunk);
  return builder.finish();
}

test('The hash of an id is an integer from 0 to 2^53 - 1, and different ids have different hashes', () => {
  const hashes = new Set<number>();
  for (const id of [...ids(0, 50_000), ...Array.from({ length: 50_000 }, (_, at) => at)]) hashes.add(sketchHash(id));
  expect(hashes.size).toBe(100_000);
  for (const hash of hashes) expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
});

test('A few ids are all kept, in any order and any chunks', () => {
  const whole = sketchOf(ids(0, 300));
  expect(whole.ids).toBe(300);
  expect(whole.hashes).toEqual(Float64Array.from(ids(0, 300), sketchHash).sort());
  expect(sketchOf(ids(200, 300), ids(0, 200).reverse())).toEqual(whole);
});

test('The smallest hashes of many ids are kept', () => {
  const many = sketchOf(ids(0, 70_001), ids(70_001, 90_000));
  const all = Float64Array.from(ids(0, 90_000), sketchHash).sort();
  expect(many).toEqual({ hashes: all.slice(0, SKETCH_SIZE), ids: 90_000 });
});

test('The share of missing ids is exact when both sketches contain every id', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.maxSafeNat()), fc.uniqueArray(fc.maxSafeNat()), (before, now) => {
      const gone = before.filter((id) => !now.includes(id)).length;
      const share = shareGone(sketchOf(Float64Array.from(before)), sketchOf(Float64Array.from(now)));
      expect(share).toBe(before.length === 0 ? 0 : gone / before.length);
    }),
  );
});

test.each([
  [0, 100_000, 0],
  [25_000, 125_000, 0.25],
  [90_000, 190_000, 0.9],
  [0, 30_000, 0.7],
  [0, 400_000, 0],
])('The estimated share of the ids 0 to 100,000 that %i to %i lacks is about right', (from, to, gone) => {
  // For a sample of n ids, the standard error is at most 0.5 / √n, and n is at least 20,000 / 4.
  expect(Math.abs(shareGone(sketchOf(ids(0, 100_000)), sketchOf(ids(from, to))) - gone)).toBeLessThan(0.03);
});

test('A sketch is read back from its object', async () => {
  const store = new MemoryStore('/memory');
  const sketch = { users: sketchOf(ids(0, 40)), items: sketchOf(ids(7, 9)) };
  await store.put('_sketch', sketchObject(sketch));
  expect(await readSketch(store, '_sketch')).toEqual(sketch);
  expect(await readSketch(store, 'elsewhere')).toBeUndefined();
});

test.each([
  ['empty', () => new Uint8Array()],
  ['cut off', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 9)],
  ['changed', (bytes: Uint8Array) => bytes.with(3, 255 - bytes[3]!)],
])('A sketch that is %s is ignored because it decides nothing', async (_, damage) => {
  const store = new MemoryStore('/memory');
  await store.put('_sketch', sketchObject({ users: sketchOf(ids(0, 40)) }));
  await store.put('_sketch', damage((await store.get('_sketch')).bytes));
  expect(await readSketch(store, '_sketch')).toBeUndefined();
});
