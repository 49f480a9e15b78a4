/**
 * `collect` counts the actions of a shard of the input by item and value. `count` computes the counts of the items of some
 * buckets, and keeps the best items of each dimension among them. `order` merges the items of all shards, and writes the only
 * file.
 */
import { catalogueCounts, openCatalogue, readFeaturesOf, readLabels } from '../../shared/catalogue/snapshot.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { type InputShard, READING_GROWTH } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { checkRejects, type ReadMeta } from '../../shared/job/rejects.ts';
import { RANKED, ranked, rankedLines } from '../../shared/popularity/ranked-rows.ts';
import { readActionShard } from '../../shared/shuffle/action-shard.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { groupRuns } from '../../shared/shuffle/join-runs.ts';
import { addRuns, readAllRuns } from '../../shared/shuffle/runs.ts';
import { actionShards, rowsByBucket, userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { dimensionCounts, LARGEST_COUNT, requiredAmong } from './core-dimensions.ts';
import { countsOfItems, type ValueColumn, ValueCounter } from './core-values.ts';
import type { DimensionPopularityRun, DimensionPopularitySettings } from './settings.ts';

/** The rows that one shard of `count` adds up: a second of work. Memory has 60 bytes for each, and for each of its dimensions. */
const COUNT_ROWS = 1_000_000;

export const collect: MapStep<DimensionPopularitySettings, InputShard, ReadMeta> = {
  kind: 'map',
  name: 'collect',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: actionShards,
  run: collectValues,
};

async function collectValues(run: DimensionPopularityRun, shard: InputShard): Promise<SegmentBody<ReadMeta>> {
  const counter = new ValueCounter();
  const writeRead = await readActionShard(run, shard, ({ items, values, count: rows }) =>
    counter.add(items, values, rows),
  );
  const writer = new SegmentWriter();
  const read = writeRead(writer);
  addRuns(writer, counter.finish(), userBucketCount(run));
  return writer.finish(read);
}

/** The items that take part, in the same objects as `RANKED`. *I items.* */
export const TAKING = new ColumnTable({ taking: Float64Array }); // (I)

/** The meta of an object of `count`. `dropped`: items whose sum of values is no number, because it overflowed. */
export type CountMeta = { readonly dropped: number };

export const count: MapStep<DimensionPopularitySettings, BucketRange, CountMeta> = {
  kind: 'map',
  name: 'count',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => {
    const collected = await run.work.openAll(collect);
    await checkRejects(run, collected);
    return shardsByWeight(run, await rowsByBucket(run, collected), COUNT_ROWS);
  },
  run: countItems,
};

async function countItems(run: DimensionPopularityRun, range: BucketRange): Promise<SegmentBody<CountMeta>> {
  const { k, minCount, requiredDimensions } = run.settings;
  const runs = await readAllRuns<ValueColumn>(await run.work.openAll(collect), range);
  const grouped = groupRuns(runs, userBucketCount(run));
  const counts = countsOfItems(grouped);
  const catalogue = await openCatalogue(run);
  const index = new IdIndex();
  for (let item = 0; item < grouped.ids.length; item++) index.add(grouped.ids[item]!);
  const required = requiredAmong(await readLabels<number>(catalogue), requiredDimensions);
  const dimensions = await readFeaturesOf(catalogue, index);
  const { rows, taking } = dimensionCounts(grouped.ids, counts, dimensions, { minCount, required });
  const writer = new SegmentWriter();
  RANKED.write(writer, ranked(rows, catalogueCounts(catalogue).features, k));
  TAKING.write(writer, { taking });
  return writer.finish({ dropped: counts.reduce((sum, each) => sum + Number(Number.isNaN(each)), 0) });
}

export const order: MapStep<DimensionPopularitySettings> = {
  kind: 'map',
  name: 'order',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async (run) => {
    const { capped } = await writtenRows(run);
    if (capped > 0) {
      run.log(
        'warn',
        `${capped} counts are above ${LARGEST_COUNT}, the largest number that the server reads: they are written as this number`,
      );
    }
    return [{}];
  },
  run: async (run) => {
    const labels = await readLabels<number>(await openCatalogue(run));
    return rankedLines(await run.work.openAll(count), run.settings.k, (dimension, item, each) => {
      return `{"dim":${labels[dimension]},"item":${item},"count":${Math.min(LARGEST_COUNT, each)}}`;
    });
  },
};

/** Returns the numbers of lines, of dimensions with a line, and of lines with a capped count. */
export async function writtenRows(run: DimensionPopularityRun) {
  const { k } = run.settings;
  const { features } = catalogueCounts(await openCatalogue(run));
  const rows = new Float64Array(features);
  const large = new Float64Array(features);
  for (const file of await run.work.openAll(count)) {
    const { groups, counts } = await RANKED.read(file, 'groups', 'counts');
    for (let row = 0; row < groups.length; row++) {
      const dimension = groups[row]!;
      rows[dimension]!++;
      if (counts[row]! > LARGEST_COUNT) large[dimension]!++;
    }
  }
  // The largest counts of a dimension come first, so they are among its k lines.
  const sum = (of: Float64Array) => of.reduce((total, each) => total + Math.min(each, k), 0);
  return { written: sum(rows), dimensions: rows.filter((each) => each > 0).length, capped: sum(large) };
}
