/**
 * `count` counts the actions of a shard of the input by item. `tally` adds up the counts of the items of some buckets, and ranks
 * these items. `order` merges the ranks of all shards, and writes the only file.
 */
import { EmptyModelError } from '../../shared/errors.ts';
import { type InputShard, READING_GROWTH } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { checkRejects, type ReadMeta } from '../../shared/job/rejects.ts';
import { RANKED, ranked, rankedLines } from '../../shared/popularity/ranked-rows.ts';
import { readActionShard } from '../../shared/shuffle/action-shard.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { addRuns, readAllRuns } from '../../shared/shuffle/runs.ts';
import { actionShards, rowsByBucket, userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { ItemCounter, sumOfCounts } from './core-counts.ts';
import type { PopularityRun, StepSettings } from './settings.ts';

/** The counts that one shard of `tally` adds up: a second of work, and about 100 bytes of memory for each while they are ranked. */
const TALLY_ROWS = 4_000_000;

type CountMeta = ReadMeta & { readonly withoutItem: number };

export const count: MapStep<StepSettings, InputShard, CountMeta> = {
  kind: 'map',
  name: 'count',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: actionShards,
  run: countActions,
};

async function countActions(run: PopularityRun, shard: InputShard): Promise<SegmentBody<CountMeta>> {
  const counter = new ItemCounter();
  const writeRead = await readActionShard(run, shard, (batch) => counter.add(batch.items, batch.count));
  const writer = new SegmentWriter();
  const read = writeRead(writer);
  addRuns(writer, counter.finish(), userBucketCount(run));
  return writer.finish({ withoutItem: counter.withoutItem, ...read });
}

export const tally: MapStep<StepSettings, BucketRange, null> = {
  kind: 'map',
  name: 'tally',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => {
    const counted = await run.work.openAll(count);
    await checkRejects(run, counted);
    return shardsByWeight(run, await rowsByBucket(run, counted), TALLY_ROWS);
  },
  run: async (run, range) => {
    const lists = await readAllRuns<'counts'>(await run.work.openAll(count), range);
    const writer = new SegmentWriter();
    RANKED.write(writer, ranked(sumOfCounts(lists), 1, Number.POSITIVE_INFINITY));
    return writer.finish();
  },
};

export const order: MapStep<StepSettings> = {
  kind: 'map',
  name: 'order',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async (run) => {
    if ((await itemCount(run)) === 0) {
      throw new EmptyModelError(
        'the model would be empty: no action has an item, which is an id above 0. Nothing is published or uploaded',
      );
    }
    return [{}];
  },
  run: async (run) =>
    rankedLines(
      await run.work.openAll(tally),
      Number.POSITIVE_INFINITY,
      (_, item, actions) => `{"item":${item},"count":${actions}}`,
    ),
};

/** Returns the number of items with an action. */
export async function itemCount(run: PopularityRun): Promise<number> {
  return (await run.work.openAll(tally)).reduce((sum, file) => sum + file.count('items'), 0);
}
