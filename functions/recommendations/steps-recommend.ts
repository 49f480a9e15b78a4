/** `recommend` makes the lists of ranges of users: all items are streamed past them in tiles. */
import { joined } from '../../shared/columns/bytes.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { BestItems, type BestLists, emptyLists } from '../../shared/kernels/best-items.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import type { SegmentBody } from '../../shared/store/segments.ts';
import type { MetItems } from './core-met.ts';
import { PopularList } from './core-popular.ts';
import { SeenByTile } from './core-seen.ts';
import { ID_NAMES } from './core-text.ts';
import type { Vectors } from './core-vectors.ts';
import { readNames } from './read-texts.ts';
import { idsOf, itemCount, itemTiles, openModel, type ParsedModel, readUsers, usersByBucket } from './read-vectors.ts';
import { eachUser, RecommendedLines, type RecommendedMeta } from './recommended-lines.ts';
import type { RecommendationRun, RecommendationSettings } from './settings.ts';
import { metByBucket, readMet, readPopular, writePopular } from './steps-meet.ts';

/**
 * The memory of a shard beside the tile of items: vectors, lists, text and met items of its users. A shard of twice as many users
 * would prepare the items half as often, which is a few percent of its work.
 */
const SHARD_BYTES = 128 << 20;
/** Bytes of a place of a list: before and after a tile, and as text, which is copied once. */
const PLACE_BYTES = 96;
/** Bytes of a number of a user's vector: as read, and in layout order. */
const NUMBER_BYTES = 8;
const MET_BYTES = 24;
/** Multiplications of one shard if no item can be skipped: a few minutes of work. */
const SHARD_PRODUCTS = 5e11;

export const recommend: MapStep<RecommendationSettings, BucketRange, RecommendedMeta> = {
  kind: 'map',
  name: 'recommend',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: async (run) => {
    const model = await openModel(run);
    await writePopular(run);
    return shardsByWeight(run, await weightsOf(run, model), 1);
  },
  run: recommendTo,
};

/** Returns the weight of each bucket, in shards. */
async function weightsOf(run: RecommendationRun, model: ParsedModel): Promise<Float64Array> {
  const users = await usersByBucket(run, model);
  const met = await metByBucket(run);
  const products = itemCount(model.parts) * model.rank;
  return users.map((known, bucket) => {
    const lines = run.settings.fallback === 'none' ? known : known + met.users[bucket]!;
    const listBytes = lines * run.settings.limit * PLACE_BYTES;
    const bytes = known * model.rank * NUMBER_BYTES + listBytes + met.items[bucket]! * MET_BYTES;
    return Math.max(bytes / SHARD_BYTES, (known * products) / SHARD_PRODUCTS);
  });
}

async function recommendTo(run: RecommendationRun, range: BucketRange): Promise<SegmentBody<RecommendedMeta>> {
  const { limit } = run.settings;
  const model = await openModel(run);
  const users = await readUsers(run, model, range);
  const met = await readMet(run, range);
  const lists = await bestLists(model, users, met, limit);
  const items = await idsOf(model, lists.items);
  const popular = run.settings.fallback === 'none' ? undefined : new PopularList(await readPopular(run));
  const listed = popular === undefined ? items : joined([items, popular.items]);
  const names = run.settings.clientIds ? await readNames(run, range, listed) : ID_NAMES;
  const lines = new RecommendedLines(userBucketCount(run), names);
  const addKnown = (row: number): void => {
    const user = users.ids[row]!;
    const places = Array.from({ length: lists.counts[row]! }, (_, place) => row * limit + place);
    lines.add({ user, items: places.map((at) => [items[at]!, lists.scores[at]!] as const), from: 'model' });
  };
  const addOther = (row: number): void => {
    if (popular === undefined) {
      lines.unknown++;
      return;
    }
    const own = met.met.subarray(met.metStarts[row], met.metStarts[row + 1]);
    lines.add({ user: met.users[row]!, items: popular.itemsFor(own, limit), from: 'popularity' });
  };
  eachUser(users.ids, met.users, userBucketCount(run), addKnown, addOther);
  return lines.finish();
}

/** Returns the best items of each user, as indexes of items. */
async function bestLists(model: ParsedModel, users: Vectors, met: MetItems, limit: number): Promise<BestLists> {
  let lists = emptyLists(users.ids.length, limit);
  if (users.ids.length === 0) return lists;
  const seen = new SeenByTile(users.ids, met);
  for await (const { ids, vectors, first } of itemTiles(model)) {
    lists = BestItems.of(ids, vectors, model.rank, first).best(users.vectors, seen.inTile(ids, first), limit, lists);
  }
  return lists;
}
