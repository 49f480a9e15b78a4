import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { derivedDayFolders, planInputShards, RANGED_FILE_BYTES, sourcesOf } from '../../../shared/job/inputs.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const anObject = fc.record({
  size: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5 * RANGED_FILE_BYTES })),
  gzip: fc.boolean(),
});
const someInputs = fc
  .array(anObject, { minLength: 1, maxLength: 20 })
  .map((objects) =>
    objects.map(({ size, gzip }, at) => ({ key: `part-${at}${gzip ? '.gz' : ''}`, size, etag: String(at) })),
  );

describe('shards of inputs', () => {
  test('Shards cover every byte of every object once, in order', () => {
    fc.assert(
      fc.property(someInputs, fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }), (inputs, shards) => {
        const planned = planInputShards({ inputs, shards }, 1 << 20);
        const sources = planned.flatMap((shard) => sourcesOf(inputs, shard));
        const covered = new Map<string, number>();
        for (const { key, size, range } of sources) {
          const from = covered.get(key) ?? 0;
          expect(range?.start ?? 0).toBe(from);
          covered.set(key, range?.end ?? size);
        }
        expect([...covered.keys()]).toEqual(inputs.map(({ key }) => key));
        for (const { key, size } of inputs) expect(covered.get(key)).toBe(size);
      }),
    );
  });

  test('As many shards as requested are planned when the input can be divided', () => {
    const inputs = [{ key: 'part-00000', size: 70 * RANGED_FILE_BYTES, etag: 'a' }];
    expect(planInputShards({ inputs, shards: 7 }, 1)).toHaveLength(7);
  });

  test('Gzip files and small files are never divided', () => {
    const inputs = [
      { key: 'a.gz', size: 50 * RANGED_FILE_BYTES, etag: 'a' },
      { key: 'b', size: RANGED_FILE_BYTES, etag: 'b' },
    ];
    const planned = planInputShards({ inputs, shards: 5 }, 1);
    for (const shard of planned) for (const source of sourcesOf(inputs, shard)) expect(source.range).toBeUndefined();
  });
});

describe('day folders that may cover several days', () => {
  const store = new MemoryStore('/models');
  const publish = async (day: number, days: number) => {
    const files = [{ name: 'part-00000', size: 2, sha256: '' }];
    await store.put(`shop/baskets/${day}/part-00000`, '1\n');
    await store.put(`shop/baskets/${day}/_SUCCESS`, JSON.stringify({ settings: { days }, files }));
  };
  const list = async (days: number) => {
    const settings = { inputPath: '/models', days };
    return derivedDayFolders('baskets').list({ client: 'shop', day: 12, settings, openStore: async () => store });
  };

  test('Folders of several days are read with a warning when the job also reads several days', async () => {
    await publish(10, 1);
    await publish(11, 7);
    await publish(12, 7);
    expect((await list(1)).warnings).toEqual([]);
    const { objects, warnings } = await list(3);
    expect(objects.map(({ key }) => key)).toEqual([10, 11, 12].map((day) => `shop/baskets/${day}/part-00000`));
    expect(warnings).toEqual([
      "days is 3, and shop/baskets/11/ already has 7 days: some days are read twice. Set days to 1 here or in the job that writes 'baskets'",
    ]);
  });

  test('Folders of one day or without a manifest are read without a warning', async () => {
    await publish(11, 1);
    await publish(12, 1);
    await store.put('shop/baskets/12/_SUCCESS', '');
    expect((await list(3)).warnings).toEqual([]);
  });
});
