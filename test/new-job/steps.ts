/** `count` counts the actions of a shard of the input by item; `total` adds the counts up and writes the only part. */
import { type InputShard, planInputShards } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { checkRejects, type ReadMeta } from '../../shared/job/rejects.ts';
import { readActionShard } from '../../shared/shuffle/action-shard.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { countLines, ItemCounter } from './core.ts';
import type { CountRun, CountSettings } from './settings.ts';

/** Text that one shard reads, bytes: a second of work. */
const SHARD_BYTES = 256 << 20;

/** *I items of a shard.* */
const COUNTED = new ColumnTable({
  items: Float64Array, // (I) ids, ascending
  counts: Uint32Array, // (I) actions of the item
});

export const count: MapStep<CountSettings, InputShard, ReadMeta> = {
  kind: 'map',
  name: 'count',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => planInputShards(run, SHARD_BYTES),
  run: countActions,
};

async function countActions(run: CountRun, shard: InputShard): Promise<SegmentBody<ReadMeta>> {
  const counter = new ItemCounter();
  const writeRead = await readActionShard(run, shard, ({ items, count: rows }) => {
    for (let row = 0; row < rows; row++) counter.add(items[row]!, 1);
  });
  const writer = new SegmentWriter();
  const read = writeRead(writer);
  COUNTED.write(writer, counter.counted());
  return writer.finish(read);
}

export const total: MapStep<CountSettings> = {
  kind: 'map',
  name: 'total',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async (run) => {
    await checkRejects(run, await run.work.openAll(count));
    return [{}];
  },
  run: async (run) => {
    const counter = new ItemCounter();
    for (const file of await run.work.openAll(count)) {
      const { items, counts } = await COUNTED.read(file, 'items', 'counts');
      for (let at = 0; at < items.length; at++) counter.add(items[at]!, counts[at]!);
    }
    return countLines(counter.counted(), run.settings.minActionsPerItem);
  },
};
