/**
 * The actions shuffle: jobs that work user by user read grouped actions in shards of the input, hand each action on to its
 * user's bucket, and read it back in shards of buckets.
 *
 *   { kind: 'map', name: 'collect', shards: actionShards, run: (run, shard) => collectActions(run, shard) }
 *   { kind: 'map', name: 'cut', shards: (run) => bucketShards(run, 'collect'),
 *     run: async (run, shard) => cut(await readUserActions(run, 'collect', shard)) }
 *
 * A collecting shard's object, *B buckets, N actions kept*: `offsets` (B + 1), u32, where each bucket begins; then, by
 * bucket, the columns `users`, `items`, `times`, `types` (N), doubles; and the sample of rejects.
 */
import { bytesOf, doublesIn, integersIn, joined } from '../columns/bytes.ts';
import { offsetsOf, orderBy, permuted } from '../columns/counting-sort.ts';
import { Growable } from '../columns/growable.ts';
import { type InputShard, planInputShards, sourcesOf, weightOfAll } from '../job/inputs.ts';
import type { Run, Shard } from '../job/job.ts';
import { checkRejects, RejectSample } from '../job/rejects.ts';
import type { LineSink } from '../lines/line-splitter.ts';
import { readLines } from '../lines/read-lines.ts';
import { REASONS } from '../model/action.ts';
import { GroupedAction } from '../model/action-grouped.ts';
import { type SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { Body } from '../store/store.ts';
import { type BucketRange, bucketCount, bucketOfId, cutBuckets } from './buckets.ts';
import { orderActions, type UserActions } from './order-actions.ts';

export type { UserActions } from './order-actions.ts';

/** Text that one collecting shard reads, bytes: a few seconds of work, and columns of a fifth of it in memory. */
const INPUT_SHARD_BYTES = 64 << 20;
/** Actions that one shard of buckets holds: about 100 bytes of memory each while they are sorted, and seconds of work. */
const BUCKET_SHARD_ROWS = 2_000_000;

/** What is known of an action when it is decided whether to keep it. */
export interface ReadAction {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly timeMs: number;
}

export type ActionColumn = 'items' | 'times' | 'types';
const COLUMNS: readonly ActionColumn[] = ['items', 'times', 'types'];

export interface CollectOptions {
  /** Which actions go on; all of them where it is left out. */
  readonly keep?: (action: ReadAction) => boolean;
  /** What stands for a type from here on: ties of time and item are ordered by it. The type itself where it is left out. */
  readonly typeAs?: (type: number) => number;
  /** What goes on beside the user; all where it is left out. Order within a user is by what is there. */
  readonly columns?: readonly ActionColumn[];
}

/** How finely the shuffle is cut. */
export const bucketsOf = ({ inputs }: Pick<Run, 'inputs'>): number => bucketCount(weightOfAll(inputs));

/** Shards for `collectActions`: the inputs in parts of about equal weight. */
export const actionShards = async ({ inputs, shards }: Run<unknown>): Promise<readonly Shard[]> =>
  planInputShards(inputs, { shards, targetBytes: INPUT_SHARD_BYTES });

/** Reads a shard of the inputs; gives the segment file of its actions, by bucket. @throws as `readLines` */
export async function collectActions(run: Run<unknown>, shard: Shard, options: CollectOptions = {}): Promise<Body> {
  const { keep } = options;
  const rejects = new RejectSample();
  const kept = new BucketedActions(bucketsOf(run), options);
  const action = new GroupedAction();
  for (const source of sourcesOf(run.inputs, shard as unknown as InputShard)) {
    const sink: LineSink = {
      line(buffer, start, end, position) {
        rejects.lines++;
        if (!action.parse(buffer, start, end)) {
          rejects.add(source.key, position, action.reason, buffer, start, end);
        } else if (keep === undefined || keep(action)) kept.add(action);
      },
      tooLong(buffer, start, end, position) {
        rejects.lines++;
        rejects.add(source.key, position, REASONS.tooLong, buffer, start, end);
      },
    };
    await readLines(run.input, source, sink);
  }
  const writer = new SegmentWriter();
  kept.writeTo(writer);
  return writer.finish({ ...rejects.writeTo(writer), kept: kept.length });
}

class BucketedActions {
  readonly #buckets: number;
  readonly #columns: ReadonlySet<ActionColumn>;
  readonly #typeAs: (type: number) => number;
  readonly #users = new Growable(Float64Array);
  readonly #items = new Growable(Float64Array);
  readonly #times = new Growable(Float64Array);
  readonly #types = new Growable(Float64Array);
  readonly #bucketOf = new Growable(Uint32Array);
  #lastUser = -1;
  #lastBucket = 0;

  constructor(buckets: number, { columns = COLUMNS, typeAs = (type) => type }: CollectOptions) {
    this.#buckets = buckets;
    this.#columns = new Set(columns);
    this.#typeAs = typeAs;
  }

  get length(): number {
    return this.#users.length;
  }

  add({ user, item, type, timeMs }: ReadAction): void {
    // Grouped actions lie user by user.
    if (user !== this.#lastUser) {
      this.#lastUser = user;
      this.#lastBucket = bucketOfId(user, this.#buckets);
    }
    this.#users.push(user);
    this.#items.push(item);
    this.#times.push(timeMs);
    this.#types.push(this.#typeAs(type));
    this.#bucketOf.push(this.#lastBucket);
  }

  writeTo(writer: SegmentWriter): void {
    const buckets = this.#bucketOf.view();
    const offsets = offsetsOf(buckets, this.#buckets);
    const order = orderBy(buckets, offsets);
    writer.add('offsets', bytesOf(offsets));
    writer.add('users', bytesOf(permuted(this.#users.view(), order)));
    const columns = { items: this.#items, times: this.#times, types: this.#types };
    for (const name of COLUMNS) {
      if (this.#columns.has(name)) writer.add(name, bytesOf(permuted(columns[name].view(), order)));
    }
  }
}

/**
 * Shards for `readUserActions`: contiguous ranges of buckets with about equally many actions, one of all buckets where
 * nothing was kept. @param step the step that collected @throws TooManyRejectsError
 */
export async function bucketShards(
  run: Run<{ readonly maxRejectRatio: number }>,
  step: string,
): Promise<readonly Shard[]> {
  const files = await run.work.openAll(step);
  await checkRejects(files, run.settings.maxRejectRatio);
  const rows = new Float64Array(bucketsOf(run));
  let total = 0;
  for (const file of files) {
    const offsets = integersIn(await file.read('offsets'));
    for (let bucket = 0; bucket < rows.length; bucket++) {
      rows[bucket]! += (offsets[bucket + 1] as number) - (offsets[bucket] as number);
    }
    total += offsets.at(-1) as number;
  }
  if (total === 0) return [{ from: 0, to: rows.length }];
  return cutBuckets(rows, run.shards ?? Math.ceil(total / BUCKET_SHARD_ROWS)).map(({ from, to }) => ({ from, to }));
}

/** All actions of the users of a range of buckets, in order. @param step the step that collected */
export async function readUserActions(run: Run<unknown>, step: string, shard: Shard): Promise<UserActions> {
  const range = shard as unknown as BucketRange;
  const files = await run.work.openAll(step);
  const offsets = await Promise.all(files.map(async (file) => integersIn(await file.read('offsets'))));
  const column = async (name: 'users' | ActionColumn): Promise<Float64Array> =>
    joined(await Promise.all(files.map((file, at) => readBuckets(file, offsets[at] as Uint32Array, range, name))));
  const users = await column('users');
  const columns = { items: await column('items'), times: await column('times'), types: await column('types') };
  return orderActions(users, columns, bucketsOf(run));
}

/** The rows of the buckets in range, of one column; none where it was not collected. */
async function readBuckets(
  file: SegmentFile,
  offsets: Uint32Array,
  { from, to }: BucketRange,
  column: string,
): Promise<Float64Array> {
  if (!file.has(column)) return new Float64Array();
  const rowBytes = Float64Array.BYTES_PER_ELEMENT;
  const part = { start: (offsets[from] as number) * rowBytes, end: (offsets[to] as number) * rowBytes };
  return doublesIn(await file.read(column, part));
}
