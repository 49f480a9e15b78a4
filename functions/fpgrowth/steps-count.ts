/**
 * `count` reads lines. It writes baskets of numbered items, and the number of baskets that hold each item, by bucket of the
 * item's id. `tally` adds the numbers of a range of buckets over all shards, and keeps the frequent items.
 */
import { joined } from '../../shared/columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { type InputShard, planInputShards } from '../../shared/job/inputs.ts';
import { readItemLines } from '../../shared/job/item-lines.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { checkRejects, type ReadMeta } from '../../shared/job/rejects.ts';
import { type BucketRange, bucketOfId } from '../../shared/shuffle/buckets.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { BasketCounter } from './core-baskets.ts';
import { minCountOf, supportWarning } from './core-support.ts';
import type { RulesRun, RulesSettings } from './settings.ts';
import { BUCKETS, bucketRanges, placesOfBuckets } from './shuffle.ts';

/** The bytes of text that one shard reads: a few seconds of work. Its columns take about as much memory. */
const SHARD_BYTES = 64 << 20;
/** The number of items and counts that one shard of `tally` reads. */
const TALLY_ROWS = 4_000_000;

/** *I distinct items of a shard, by bucket of their id; P places in its baskets, B baskets of two items or more.* */
const COUNTED = new ColumnTable({
  items: Float64Array, // (I) ids
  counts: Uint32Array, // (I) baskets that hold the item
  places: Uint32Array, // (P) items of the baskets, as indexes into `items`
  ends: Uint32Array, // (B) the end of each basket in `places`
  offsets: Uint32Array, // (buckets + 1) the beginning of each bucket in `items`
});

type CountedMeta = ReadMeta & { readonly baskets: number };

export const count: MapStep<RulesSettings, InputShard, CountedMeta> = {
  kind: 'map',
  name: 'count',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => planInputShards(run, SHARD_BYTES),
  run: countBaskets,
};

async function countBaskets(run: RulesRun, shard: InputShard): Promise<SegmentBody<CountedMeta>> {
  const counter = new BasketCounter();
  const rejects = await readItemLines(run, shard, (ids) => counter.add(ids));
  const { total, items, counts, places, ends } = counter.baskets();
  const buckets = Uint32Array.from(items, (id) => bucketOfId(id, BUCKETS));
  const offsets = offsetsOf(buckets, BUCKETS);
  const order = orderBy(buckets, offsets);
  const placeOf = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) placeOf[order[place]!] = place;
  const writer = new SegmentWriter();
  const read = rejects.writeTo(writer);
  COUNTED.write(writer, {
    items: permuted(items, order),
    counts: permuted(counts, order),
    places: places.map((place) => placeOf[place]!),
    ends,
    offsets,
  });
  return writer.finish({ baskets: total, ...read });
}

/** Reads the baskets of one shard of `count`. Their places are indexes into `items`. */
export const readBaskets = (file: SegmentFile) => COUNTED.read(file, 'items', 'places', 'ends');

/** Returns the number of baskets in all shards: the lines that are not rejected. */
export async function basketCount(run: RulesRun): Promise<number> {
  const files = await run.work.openAll(count);
  return files.reduce((sum, { meta }) => sum + meta.baskets, 0);
}

/** *F frequent items of a shard's buckets.* */
const TALLIED = new ColumnTable({
  items: Float64Array, // (F) ids
  counts: Uint32Array, // (F) baskets that hold the item
});

export const tally: MapStep<RulesSettings, BucketRange, null> = {
  kind: 'map',
  name: 'tally',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => {
    const counted = await run.work.openAll(count);
    await checkRejects(run, counted);
    const warning = supportWarning(run.settings, await basketCount(run));
    if (warning !== undefined) run.log('warn', warning);
    return bucketRanges(run, counted, BUCKETS, TALLY_ROWS);
  },
  run: tallyItems,
};

async function tallyItems(run: RulesRun, range: BucketRange): Promise<SegmentBody<null>> {
  const index = new IdIndex();
  const totals: number[] = [];
  for (const file of await run.work.openAll(count)) {
    const rows = await placesOfBuckets(file, range);
    const items = await COUNTED.readRows(file, 'items', rows);
    const counts = await COUNTED.readRows(file, 'counts', rows);
    for (let at = 0; at < items.length; at++) {
      const place = index.add(items[at]!);
      totals[place] = (totals[place] ?? 0) + counts[at]!;
    }
  }
  const minCount = minCountOf(run.settings, await basketCount(run));
  const frequent = Uint32Array.from([...totals.keys()].filter((place) => totals[place]! >= minCount));
  const writer = new SegmentWriter();
  TALLIED.write(writer, {
    items: permuted(index.ids, frequent),
    counts: permuted(Uint32Array.from(totals), frequent),
  });
  return writer.finish();
}

/** Reads the frequent items of all shards, one shard after another. */
export async function readTallies(run: RulesRun): Promise<{ items: Float64Array; counts: Uint32Array }> {
  const tallies = await Promise.all(
    (await run.work.openAll(tally)).map((file) => TALLIED.read(file, 'items', 'counts')),
  );
  return { items: joined(tallies.map(({ items }) => items)), counts: joined(tallies.map(({ counts }) => counts)) };
}
