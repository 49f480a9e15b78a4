/**
 * `collect` hands each action on to its user's bucket. `pair` makes distinct (user, item) pairs of the actions of some
 * buckets. When `unit` is `session`, it cuts sessions first, and makes distinct (session, item) pairs.
 */
import { defined } from '../../shared/defined.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { noteExcluded } from '../../shared/shuffle/excluded-users.ts';
import { collectStep, readUserActions, userShards } from '../../shared/shuffle/user-actions.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { distinctPairs, type ItemCounts, type Pairs } from './core-pairs.ts';
import { keptActions } from './core-sample.ts';
import { sessionsOf } from './core-sessions.ts';
import { type SimilarityRun, type StepSettings, sessionGap } from './settings.ts';
import { MEMORY_MB, TIMEOUT_SECONDS } from './sizes.ts';

export const collect = collectStep<StepSettings>('collect', (settings) =>
  defined({ columns: sessionGap(settings) ? ['items', 'times'] : ['items'], keep: keptActions(settings) }),
);

/** `Pairs` in an object. *U users, P pairs, D distinct items.* */
const PAIRS = new ColumnTable({
  ids: Float64Array, // (D) of items, ascending
  users: Uint32Array, // (D) users of each item
  rows: Float64Array, // (U) ids of users
  offsets: Uint32Array, // (U + 1) the first pair of each user
  items: Uint32Array, // (P) indexes into `ids`
});

/** The users of the sessions, in the same object. *V sessions.* */
const OWNERS = new ColumnTable({
  owners: Uint32Array, // (V) as a number within the shard
});

export const pair: MapStep<StepSettings, BucketRange, null> = {
  kind: 'map',
  name: 'pair',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  shards: (run) => userShards(run, collect),
  run: pairActions,
};

async function pairActions(run: SimilarityRun, range: BucketRange): Promise<SegmentBody<null>> {
  const actions = await readUserActions(run, collect, range);
  const gap = sessionGap(run.settings);
  const writer = new SegmentWriter();
  if (gap === undefined) {
    addPairs(writer, distinctPairs(actions.users, actions.offsets, actions.items));
  } else {
    const { ids, offsets, items, owners } = sessionsOf(actions, gap);
    addPairs(writer, distinctPairs(ids, offsets, items));
    OWNERS.write(writer, { owners });
  }
  noteExcluded(writer, actions.excludedUsers);
  return writer.finish();
}

function addPairs(writer: SegmentWriter, { itemIds, userCounts, userIds, offsets, items }: Pairs): void {
  PAIRS.write(writer, { ids: itemIds, users: userCounts, rows: userIds, offsets, items });
}

/** Reads the user of each session of a shard of `pair`; undefined when users are compared. (V) */
export const readOwners = async (run: SimilarityRun, file: SegmentFile<null>): Promise<Uint32Array | undefined> =>
  sessionGap(run.settings) && (await OWNERS.read(file, 'owners')).owners;

/** Reads the items of a shard of `pair` and their numbers of users. */
export async function readItemCounts(file: SegmentFile<null>): Promise<ItemCounts> {
  const { ids, users } = await PAIRS.read(file, 'ids', 'users');
  return { itemIds: ids, userCounts: users };
}

/** Reads the pairs of a shard of `pair`. */
export async function readPairs(file: SegmentFile<null>): Promise<Pairs> {
  const { ids, users, rows, offsets, items } = await PAIRS.read(file, 'ids', 'users', 'rows', 'offsets', 'items');
  return { itemIds: ids, userCounts: users, userIds: rows, offsets, items };
}
