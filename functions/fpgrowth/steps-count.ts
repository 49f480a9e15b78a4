/**
 * `count`: lines in, baskets of numbered items out, and how many baskets hold each item, by bucket of the item's id.
 * `tally`: adds up a range of these buckets over all shards and keeps the items that are frequent.
 */
import { bytesOf, doublesIn, integersIn } from '../../shared/columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { type InputShard, planInputShards } from '../../shared/job/inputs.ts';
import { readItemLines } from '../../shared/job/item-lines.ts';
import type { Shard } from '../../shared/job/job.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import { bucketOfId } from '../../shared/shuffle/buckets.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { BasketCounter } from './core-baskets.ts';
import { minCountOf, supportWarning } from './core-support.ts';
import type { RulesRun } from './settings.ts';
import { BUCKETS, bucketRanges, rangeOf, readRange } from './shuffle.ts';

/** Text that one shard reads, bytes: a few seconds of work, and columns of about the same size in memory. */
const SHARD_BYTES = 64 << 20;
/** Items and counts that one shard of `tally` adds up. */
const TALLY_ROWS = 4_000_000;

export const countShards = async (run: RulesRun): Promise<readonly Shard[]> => planInputShards(run, SHARD_BYTES);

export async function count(run: RulesRun, shard: Shard): Promise<Body> {
  const counter = new BasketCounter();
  const rejects = await readItemLines(run, shard as unknown as InputShard, (ids) => counter.add(ids));
  const { total, items, counts, places, ends } = counter.baskets();
  const buckets = Uint32Array.from(items, (id) => bucketOfId(id, BUCKETS));
  const offsets = offsetsOf(buckets, BUCKETS);
  const order = orderBy(buckets, offsets);
  const placeOf = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) placeOf[order[place]!] = place;
  const writer = new SegmentWriter();
  const read = rejects.writeTo(writer);
  writer.add('items', bytesOf(permuted(items, order)));
  writer.add('counts', bytesOf(permuted(counts, order)));
  writer.add('places', bytesOf(places.map((place) => placeOf[place]!)));
  writer.add('ends', bytesOf(ends));
  writer.add('offsets', bytesOf(offsets));
  return writer.finish({ baskets: total, ...read });
}

/** Baskets in all shards: lines that are not rejected. */
export async function basketCount(run: RulesRun): Promise<number> {
  const files = await run.work.openAll('count');
  return files.reduce((sum, { meta }) => sum + (meta as { baskets: number }).baskets, 0);
}

export async function tallyShards(run: RulesRun): Promise<readonly Shard[]> {
  const counted = await run.work.openAll('count');
  await checkRejects(run, counted);
  const warning = supportWarning(run.settings, await basketCount(run));
  if (warning !== undefined) run.log('warn', warning);
  return bucketRanges(run, counted, BUCKETS, TALLY_ROWS);
}

export async function tally(run: RulesRun, shard: Shard): Promise<Body> {
  const range = rangeOf(shard);
  const index = new IdIndex();
  const totals: number[] = [];
  for (const file of await run.work.openAll('count')) {
    const items = doublesIn(await readRange(file, range, 'items', 8));
    const counts = integersIn(await readRange(file, range, 'counts', 4));
    for (let at = 0; at < items.length; at++) {
      const place = index.add(items[at]!);
      totals[place] = (totals[place] ?? 0) + counts[at]!;
    }
  }
  const minCount = minCountOf(run.settings, await basketCount(run));
  const frequent = Uint32Array.from([...totals.keys()].filter((place) => totals[place]! >= minCount));
  const writer = new SegmentWriter();
  writer.add('items', bytesOf(permuted(index.ids, frequent)));
  writer.add('counts', bytesOf(permuted(Uint32Array.from(totals), frequent)));
  return writer.finish();
}
