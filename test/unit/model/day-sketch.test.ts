import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DayTally } from '../../../functions/group-actions/core-tally.ts';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { type SideOfDay, SKETCHED, SKETCHED_SIDES, shareNew } from '../../../shared/model/day-sketch.ts';
import { daySketchFile, readDaySketch } from '../../../shared/model/day-sketch-file.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { SegmentWriter } from '../../../shared/store/segments.ts';

/** Returns the side of a day with these hashes, of which the `most` smallest are kept. */
function sideOf(hashes: readonly number[], most: number): SideOfDay {
  const distinct = [...new Set(hashes)].sort((a, b) => a - b);
  return { hashes: Float64Array.from(distinct.slice(0, most)), ids: distinct.length };
}

describe('shareNew', () => {
  test('is exact when all hashes were kept', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.array(fc.array(fc.nat(20))), (now, before) => {
        const own = [...new Set(now)];
        const isNew = (hash: number) => !before.some((day) => day.includes(hash));
        const expected = own.length === 0 ? undefined : own.filter(isNew).length / own.length;
        expect(
          shareNew(
            sideOf(now, 99),
            before.map((day) => sideOf(day, 99)),
          ),
        ).toBe(expected);
      }),
    );
  });

  test('looks only at hashes up to which every sketch is complete', () => {
    // Monday has 80 too, but was kept up to 70 only. Nothing tells if 75 was there.
    const monday = sideOf([10, 40, 70, 80], 3);
    expect(shareNew(sideOf([40, 50], 3), [monday])).toBe(0.5);
    expect(shareNew(sideOf([75, 80], 3), [monday])).toBeUndefined();
  });
});

describe('The file of a sketch', () => {
  const text = viewOf(Buffer.from('2011-12-09T08:15:00Z'));

  test('is read as it was written, and holds a bounded number of hashes', async () => {
    const tally = new DayTally(15_317);
    for (let user = 0; user < 10_000; user++) tally.add(user, 0, user % 10, 1, text, 0, text.byteLength);
    const store = new MemoryStore();
    await store.put('shop/actions/15317/_sketch', daySketchFile(tally.result().sketch), { absent: true });
    const read = await readDaySketch(store, 'shop/actions/15317/');
    expect(read).toEqual(tally.result().sketch);
    expect([read?.users.hashes.length, read?.users.ids]).toEqual([SKETCHED, 10_000]);
    expect([read?.items.hashes.length, read?.items.ids]).toEqual([10, 10]);
  });

  test.each([null, { version: 0 }, { version: 2 }])('counts as none when its version is that of %j', async (meta) => {
    const sketch = new SegmentWriter();
    for (const side of SKETCHED_SIDES) sketch.add(side, new Uint8Array(8), 1);
    const store = new MemoryStore();
    await store.put('shop/actions/15317/_sketch', sketch.finish(meta), { absent: true });
    expect(await readDaySketch(store, 'shop/actions/15317/')).toBeUndefined();
  });

  test('counts as none when it is missing or damaged', async () => {
    const store = new MemoryStore();
    expect(await readDaySketch(store, 'shop/actions/15317/')).toBeUndefined();
    await store.put('shop/actions/15317/_sketch', 'torn', { absent: true });
    expect(await readDaySketch(store, 'shop/actions/15317/')).toBeUndefined();
  });
});
