import { expect, test } from 'vitest';
import { planInputShards } from '../../../shared/job/inputs.ts';
import { readItemLines } from '../../../shared/job/item-lines.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

/** Returns the ids of each line and the number of rejected lines. */
async function read(text: string, shards: number) {
  const input = new MemoryStore();
  const { etag } = await input.put('part-00000', text);
  const inputs = [{ key: 'part-00000', size: Buffer.byteLength(text), etag }];
  const lines: Float64Array[] = [];
  const rejected: number[] = [];
  for (const shard of planInputShards({ inputs, shards }, 1 << 26)) {
    const rejects = await readItemLines({ input, inputs, settings: { maxRejectRatio: 1 } }, shard, (ids) =>
      lines.push(ids.slice()),
    );
    rejected.push(rejects.rejected);
  }
  return { lines, rejected: rejected.reduce((sum, count) => sum + count, 0) };
}

// `maxActionsPerUser` is 100,000 by default, and no id is longer than these, so the line has 1.7 MB.
const longest = Array.from({ length: 100_000 }, (_, at) => Number.MAX_SAFE_INTEGER - at);

test.each([1, 3])(
  'A session of 100,000 actions with the longest ids is read as one line, in %d shards',
  async (shards) => {
    const { lines, rejected } = await read(`1 2\n${longest.join(' ')}\n3\n`, shards);
    expect(rejected).toBe(0);
    expect(lines.map(({ length }) => length)).toEqual([2, 100_000, 1]);
    expect([...lines[1]!]).toEqual(longest);
  },
);

test('A line longer than 16 MiB is rejected, and the next line is read', async () => {
  const { lines, rejected } = await read(`${'7 '.repeat(9 << 20)}\n8\n`, 1);
  expect(rejected).toBe(1);
  expect(lines.map((ids) => [...ids])).toEqual([[8]]);
});
