/**
 * The shuffle of actions by user. Jobs that work user by user first read grouped actions in shards of the input, and write each
 * action to its user's bucket. Then they read the actions back in shards of buckets.
 *
 *   const collect = collectStep('collect', (settings) => ({ columns: ['items'] }));
 *   const cut = { name: 'cut', shards: (run) => userShards(run, collect),
 *     run: async (run, shard) => cutActions(await readUserActions(run, collect, shard)), … };
 */
import { type InputShard, planInputShards, READING_GROWTH, weightOfAll } from '../job/inputs.ts';
import type { MapStep, Run } from '../job/job.ts';
import { checkRejects, type ReadMeta } from '../job/rejects.ts';
import type { StepObjects } from '../job/shard.ts';
import type { ActionBatch } from '../model/action-columns.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../store/segments.ts';
import { ACTION_COLUMNS, type ActionColumn, type ActionRuns, RunCollector } from './action-runs.ts';
import { readActionShard } from './action-shard.ts';
import { type BucketRange, bucketCount } from './buckets.ts';
import { ActionCounter, type ExcludeSettings, usersAbove, withoutIds } from './excluded-users.ts';
import { groupRuns } from './join-runs.ts';
import { orderActions, type UserActions } from './order-actions.ts';
import { addRuns, readAllRuns, readBucketSizes } from './runs.ts';
import { shardsByWeight } from './weighted-shards.ts';

export type { ActionColumn } from './action-runs.ts';
export type { UserActions } from './order-actions.ts';

/** The bytes of text that one collecting shard reads: a second of work. Its columns take a fifth of that in memory. */
const INPUT_SHARD_BYTES = 256 << 20;
/** The bytes of a line with few and short values. */
const SHORTEST_LINE = 128;
/** The actions of one shard of buckets: a second of work, and about 100 bytes of memory for each while they are sorted. */
const BUCKET_SHARD_ROWS = 2_000_000;

/** The fields of an action on which `keep` decides. */
export interface ReadAction {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly timeMs: number;
}

export interface CollectOptions {
  /** Returns true for the actions to keep. By default all are kept. The action is valid during the call only. */
  readonly keep?: (action: ReadAction) => boolean;
  /**
   * Returns the number that replaces a type. It also orders actions of equal time and item. By default the type is kept.
   *
   * @param key of the input object that holds the action
   */
  readonly typeAs?: (type: number, key: string) => number;
  /** The columns to collect beside the user. By default all. Actions of a user are ordered by the collected columns. */
  readonly columns?: readonly ActionColumn[];
}

/** The settings of every job that reads actions by user. */
export interface ActionSettings extends ExcludeSettings {
  readonly maxRejectRatio: number;
}

/** A step that runs `collectActionsByUser`. */
type CollectStep = StepObjects<InputShard, ReadMeta>;

/** Returns the number of buckets of the shuffle by user. */
export const userBucketCount = ({ inputs }: Pick<Run, 'inputs'>): number => bucketCount(weightOfAll(inputs));

/** Returns the shards for `collectActionsByUser`: the inputs in parts of about equal weight. */
export const actionShards = async (run: Run<unknown>): Promise<readonly InputShard[]> =>
  planInputShards(run, INPUT_SHARD_BYTES, READING_GROWTH);

/**
 * Returns the first step of a job that works user by user.
 *
 * @param options the actions and the columns that the job's settings ask for
 */
export const collectStep = <C extends ActionSettings>(
  name: string,
  options: (settings: C) => CollectOptions,
): MapStep<C, InputShard, ReadMeta> => ({
  kind: 'map',
  name,
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: actionShards,
  run: (run, shard) => collectActionsByUser(run, shard, options(run.settings)),
});

/**
 * Reads a shard of the inputs. Returns the segment file of its actions, by bucket.
 *
 * @throws as `readActionShard`
 */
export async function collectActionsByUser(
  run: Run<ActionSettings>,
  shard: InputShard,
  options: CollectOptions = {},
): Promise<SegmentBody<ReadMeta>> {
  const { start, end } = shard;
  const collector = new RunCollector(options.columns ?? ACTION_COLUMNS, Math.ceil((end - start) / SHORTEST_LINE));
  const select = selection(options);
  const counter = run.settings.excludeUsersAbove === undefined ? undefined : new ActionCounter();
  const writeRead = await readActionShard(run, shard, (batch, key) => {
    // Actions of every type count, and selecting overwrites the batch.
    counter?.add(batch.users, batch.count);
    collector.add(select(batch, key));
  });
  const writer = new SegmentWriter();
  const read = writeRead(writer);
  counter?.writeTo(writer, userBucketCount(run));
  addRuns(writer, collector.runs(), userBucketCount(run));
  return writer.finish(read);
}

/**
 * Returns a function that selects the actions of a batch, which comes from the input object `key`. It moves the kept rows up in
 * the batch's own columns.
 */
export function selection({ keep, typeAs }: CollectOptions): (batch: ActionBatch, key?: string) => ActionBatch {
  if (keep === undefined && typeAs === undefined) return (batch) => batch;
  const action = { user: 0, item: 0, type: 0, timeMs: 0 };
  return ({ users, items, types, times, values, count }, key = '') => {
    let kept = 0;
    for (let row = 0; row < count; row++) {
      action.user = users[row]!;
      action.item = items[row]!;
      action.type = types[row]!;
      action.timeMs = times[row]!;
      if (keep?.(action) === false) continue;
      users[kept] = action.user;
      items[kept] = action.item;
      types[kept] = typeAs === undefined ? action.type : typeAs(action.type, key);
      times[kept++] = action.timeMs;
    }
    return { users, items, types, times, values, count: kept };
  };
}

/**
 * Returns the shards for `readUserActions`: contiguous ranges of buckets with about equally many actions.
 *
 * @param step the step that runs `collectActionsByUser`
 * @throws TooManyRejectsError
 */
export async function userShards(
  run: Run<{ readonly maxRejectRatio: number }>,
  step: CollectStep,
): Promise<readonly BucketRange[]> {
  const files = await run.work.openAll(step);
  await checkRejects(run, files);
  return shardsByWeight(run, await rowsByBucket(run, files), BUCKET_SHARD_ROWS);
}

/** Returns the number of rows of each bucket, over the runs of several objects. (B) */
export async function rowsByBucket(run: Run<unknown>, files: readonly SegmentFile[]): Promise<Float64Array> {
  const rows = new Float64Array(userBucketCount(run));
  for (const file of files) {
    for (const [bucket, size] of (await readBucketSizes(file)).entries()) rows[bucket]! += size;
  }
  return rows;
}

/** The number of users that a reader has left out. */
export interface Excluding {
  /** The number of users that `excludeUsersAbove` left out; undefined without the setting. */
  readonly excludedUsers: number | undefined;
}

/** Reads the runs of the users of a range of buckets. @param step the step that runs `collectActionsByUser` */
export async function readActionRuns(
  run: Run<ActionSettings>,
  step: CollectStep,
  range: BucketRange,
): Promise<Excluding & { readonly runs: readonly ActionRuns[] }> {
  const files = await run.work.openAll(step);
  const runs = await readAllRuns<ActionColumn>(files, range);
  const most = run.settings.excludeUsersAbove;
  if (most === undefined) return { runs, excludedUsers: undefined };
  const excluded = await usersAbove(files, range, most);
  return { runs: runs.map((list) => withoutIds(list, excluded)), excludedUsers: excluded.size };
}

/** Reads all actions of the users of a range of buckets, in order. @param step the step that runs `collectActionsByUser` */
export async function readUserActions(
  run: Run<ActionSettings>,
  step: CollectStep,
  range: BucketRange,
): Promise<UserActions & Excluding> {
  const { runs, excludedUsers } = await readActionRuns(run, step, range);
  return { ...orderActions(groupRuns(runs, userBucketCount(run))), excludedUsers };
}
