/** Reads the vectors that `parse` has written: those of some users, and those of all items in tiles. */
import { joined } from '../../shared/columns/bytes.ts';
import { CorruptInputError } from '../../shared/errors.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { userBucketCount } from '../../shared/shuffle/user-actions.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import { checkModel, type ModelPart } from './core-model.ts';
import { inLayout, type Vectors } from './core-vectors.ts';
import { modelInputs } from './inputs.ts';
import { readFacts } from './model-facts.ts';
import type { RecommendationRun } from './settings.ts';
import { PARSED, parse } from './steps-read.ts';

/** Bytes of the vectors of one tile. The kernel takes three times as much for it. */
const TILE_BYTES = 32 << 20;
/** The ids that are read at a time: 4 MB. */
const IDS_AT_ONCE = 1 << 19;

/** The objects of `parse`, and the rank of the model. */
export interface ParsedModel {
  readonly parts: readonly SegmentFile<ModelPart>[];
  /** K */
  readonly rank: number;
}

/** @throws as `checkModel` */
export async function openModel(run: RecommendationRun): Promise<ParsedModel> {
  const parts = await run.work.openAll(parse);
  const { key } = modelInputs(run)[0]!;
  const place = `${run.input.root}/${key.slice(0, key.lastIndexOf('/') + 1)}`;
  const metas = parts.map(({ meta }) => meta);
  return { parts, rank: checkModel(metas, (await readFacts(run)).rank, place) };
}

/** Returns the number of users in each bucket. (B) */
export async function usersByBucket(run: RecommendationRun, { parts }: ParsedModel): Promise<Float64Array> {
  const users = new Float64Array(userBucketCount(run));
  for (const part of parts) {
    const offsets = (await PARSED.read(part, 'user offsets'))['user offsets'];
    for (let bucket = 0; bucket < users.length; bucket++) users[bucket]! += offsets[bucket + 1]! - offsets[bucket]!;
  }
  return users;
}

/** Reads the vectors of the users of a range of buckets, in layout order. @throws CorruptInputError for a user with two vectors */
export async function readUsers(
  run: RecommendationRun,
  { parts, rank }: ParsedModel,
  { from, to }: BucketRange,
): Promise<Vectors> {
  const found: Vectors[] = [{ ids: new Float64Array(), vectors: new Float32Array() }];
  for (const part of parts) {
    const offsets = await PARSED.readRows(part, 'user offsets', { from, to: to + 1 });
    const [first, end] = [offsets[0]!, offsets.at(-1)!];
    found.push({
      ids: await PARSED.readRows(part, 'users', { from: first, to: end }),
      vectors: await PARSED.readRows(part, 'user vectors', { from: first * rank, to: end * rank }),
    });
  }
  const all = { ids: joined(found.map(({ ids }) => ids)), vectors: joined(found.map(({ vectors }) => vectors)) };
  const users = inLayout(all, rank, userBucketCount(run));
  for (let user = 1; user < users.ids.length; user++) {
    if (users.ids[user] !== users.ids[user - 1]) continue;
    throw new CorruptInputError(`${modelInputs(run)[0]!.key}: user ${users.ids[user]} has two vectors`);
  }
  return users;
}

/** *T items of a tile, K rank.* The arrays are valid until the next tile. */
export interface ItemTile {
  /** (T) ids, ascending. */
  readonly ids: Float64Array;
  /** (T,K) */
  readonly vectors: Float32Array;
  /** The index of the first item among all items. */
  readonly first: number;
}

/** Yields the items by ascending id. @param tileItems the most items of a tile */
export async function* itemTiles({ parts, rank }: ParsedModel, tileItems = mostItems(rank)): AsyncGenerator<ItemTile> {
  const most = Math.min(tileItems, itemCount(parts));
  const [ids, vectors] = [new Float64Array(most), new Float32Array(most * rank)];
  let [first, length] = [0, 0];
  for (const part of parts) {
    for (let from = 0; from < part.meta.items; ) {
      const to = Math.min(part.meta.items, from + most - length);
      ids.set(await PARSED.readRows(part, 'items', { from, to }), length);
      vectors.set(await PARSED.readRows(part, 'item vectors', { from: from * rank, to: to * rank }), length * rank);
      length += to - from;
      from = to;
      if (length < most) continue;
      yield { ids, vectors, first };
      first += length;
      length = 0;
    }
  }
  if (length > 0) yield { ids: ids.subarray(0, length), vectors: vectors.subarray(0, length * rank), first };
}

const mostItems = (rank: number): number => Math.max(1, Math.floor(TILE_BYTES / Float32Array.BYTES_PER_ELEMENT / rank));

/** Returns the number of items that may be recommended. */
export const itemCount = (parts: ParsedModel['parts']): number => parts.reduce((sum, { meta }) => sum + meta.items, 0);

/** Returns the ids of the items with these indexes, some of all ids being in memory at a time. */
export async function idsOf({ parts }: ParsedModel, indexes: Uint32Array): Promise<Float64Array> {
  const ids = new Float64Array(indexes.length);
  let first = 0;
  for (const part of parts) {
    for (let from = 0; from < part.meta.items; from += IDS_AT_ONCE) {
      const to = Math.min(part.meta.items, from + IDS_AT_ONCE);
      const some = await PARSED.readRows(part, 'items', { from, to });
      for (let at = 0; at < indexes.length; at++) {
        const place = indexes[at]! - first;
        if (place >= 0 && place < some.length) ids[at] = some[place]!;
      }
      first += some.length;
    }
  }
  return ids;
}
