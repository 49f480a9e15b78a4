/**
 * `meet` finds the items that each user met, for ranges of users, and hands the times of positive actions on to their items'
 * buckets. `tally` computes the recent popularity of ranges of items.
 */
import { joined } from '../../shared/columns/bytes.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { noteExcluded } from '../../shared/shuffle/excluded-users.ts';
import { groupRuns } from '../../shared/shuffle/join-runs.ts';
import { addRuns, readAllRuns } from '../../shared/shuffle/runs.ts';
import { readUserActions, rowsByBucket, userBucketCount, userShards } from '../../shared/shuffle/user-actions.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { type MetItems, metItems, positiveTimes } from './core-met.ts';
import { mostPopular, type PopularItems, popularItems } from './core-popular.ts';
import { readAllowed } from './listed-items.ts';
import type { RecommendationRun, RecommendationSettings } from './settings.ts';
import { read } from './steps-read.ts';

/** *U users of a shard, M items that they met, B buckets of the shard.* */
const MET = new ColumnTable({
  met: Float64Array, // (M) see `MetItems`
  users: Float64Array, // (U)
  metStarts: Uint32Array, // (U + 1)
  bucketStarts: Uint32Array, // (B + 1) the first user of each bucket from `from` on, and the end
});

/** The buckets `from` up to, not including, `to`; `mostMet`: the most items of a user. */
type MetMeta = BucketRange & { readonly users: number; readonly mostMet: number };

export const meet: MapStep<RecommendationSettings, BucketRange, MetMeta> = {
  kind: 'map',
  name: 'meet',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: (run) => userShards(run, read),
  run: meetItems,
};

async function meetItems(run: RecommendationRun, range: BucketRange): Promise<SegmentBody<MetMeta>> {
  const actions = await readUserActions(run, read, range);
  const found = metItems(actions, run.settings.excludeSeen);
  let mostMet = 0;
  for (let user = 0; user < found.users.length; user++) {
    mostMet = Math.max(mostMet, found.metStarts[user + 1]! - found.metStarts[user]!);
  }
  const writer = new SegmentWriter();
  MET.write(writer, { ...found, bucketStarts: actions.bucketOffsets.slice(range.from, range.to + 1) });
  noteExcluded(writer, actions.excludedUsers);
  addRuns(writer, positiveTimes(actions), userBucketCount(run));
  return writer.finish({ ...range, users: found.users.length, mostMet });
}

/** Reads what the users of a range of buckets met. */
export async function readMet(run: RecommendationRun, range: BucketRange): Promise<MetItems> {
  const parts: MetItems[] = [];
  for (const file of await run.work.openAll(meet)) {
    const [from, to] = [Math.max(range.from, file.meta.from), Math.min(range.to, file.meta.to)];
    if (from < to) parts.push(await readMetOf(file, { from, to }));
  }
  const metStarts = new Uint32Array(parts.reduce((sum, { users }) => sum + users.length, 1));
  let [user, before] = [0, 0];
  for (const part of parts) {
    for (let own = 1; own < part.metStarts.length; own++) metStarts[++user] = before + part.metStarts[own]!;
    before += part.met.length;
  }
  const none = new Float64Array();
  return {
    users: joined([none, ...parts.map(({ users }) => users)]),
    metStarts,
    met: joined([none, ...parts.map(({ met }) => met)]),
  };
}

async function readMetOf(file: SegmentFile<MetMeta>, { from, to }: BucketRange): Promise<MetItems> {
  const first = file.meta.from;
  const buckets = await MET.readRows(file, 'bucketStarts', { from: from - first, to: to - first + 1 });
  const rows = { from: buckets[0]!, to: buckets.at(-1)! };
  const starts = await MET.readRows(file, 'metStarts', { from: rows.from, to: rows.to + 1 });
  return {
    users: await MET.readRows(file, 'users', rows),
    metStarts: starts.map((start) => start - starts[0]!),
    met: await MET.readRows(file, 'met', { from: starts[0]!, to: starts.at(-1)! }),
  };
}

/** Returns for each bucket its users and the items that they met. (B) each */
export async function metByBucket(run: RecommendationRun): Promise<{ users: Float64Array; items: Float64Array }> {
  const [users, items] = [new Float64Array(userBucketCount(run)), new Float64Array(userBucketCount(run))];
  for (const file of await run.work.openAll(meet)) {
    const { metStarts, bucketStarts } = await MET.read(file, 'metStarts', 'bucketStarts');
    for (let bucket = file.meta.from; bucket < file.meta.to; bucket++) {
      const [first, end] = [bucketStarts[bucket - file.meta.from]!, bucketStarts[bucket - file.meta.from + 1]!];
      users[bucket] = end - first;
      items[bucket] = metStarts[end]! - metStarts[first]!;
    }
  }
  return { users, items };
}

/** Positive actions of one shard of items: a second of work, and about 50 bytes of memory each. */
const SHARD_ROWS = 4_000_000;

/** *P items.* */
const POPULAR = new ColumnTable({
  items: Float64Array, // (P) see `PopularItems`
  popularity: Float64Array, // (P)
});

export const tally: MapStep<RecommendationSettings, BucketRange, null> = {
  kind: 'map',
  name: 'tally',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: async (run) => shardsByWeight(run, await rowsByBucket(run, await run.work.openAll(meet)), SHARD_ROWS),
  run: async (run, range) => {
    const runs = await readAllRuns<'times'>(await run.work.openAll(meet), range);
    const grouped = groupRuns(runs, userBucketCount(run));
    const endMs = (run.day + 1) * MS_PER_DAY;
    return popularObject(popularItems(grouped, await readAllowed(run), endMs, await popularCount(run)));
  },
};

/** Returns the number of popular items that are enough for every user, whatever the user met. */
async function popularCount(run: RecommendationRun): Promise<number> {
  const files = await run.work.openAll(meet);
  return run.settings.limit + files.reduce((most, { meta }) => Math.max(most, meta.mostMet), 0);
}

function popularObject(popular: PopularItems): SegmentBody<null> {
  const writer = new SegmentWriter();
  POPULAR.write(writer, popular);
  return writer.finish();
}

const popularKey = ({ work }: RecommendationRun): string => `${work.prefix}${work.plan}/popular`;

/** Merges the popular items once for all shards, which then read them. */
export async function writePopular(run: RecommendationRun): Promise<void> {
  const lists = (await run.work.openAll(tally)).map((file) => POPULAR.read(file, 'items', 'popularity'));
  await run.work.commit(popularKey(run), popularObject(mostPopular(await Promise.all(lists), await popularCount(run))));
}

export const readPopular = async (run: RecommendationRun): Promise<PopularItems> =>
  POPULAR.read(await run.work.openAt<null>(popularKey(run)), 'items', 'popularity');
