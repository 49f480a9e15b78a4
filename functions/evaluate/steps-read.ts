/**
 * `read` reads the actions of the training days and of the test days, and hands each one on to its user's bucket. `split`
 * divides the actions of ranges of buckets (`core-split.ts`).
 */

import { positiveTypes } from '../../shared/config/action-weightings.ts';
import { slicesOf } from '../../shared/evaluation/slices.ts';
import { type InputShard, READING_GROWTH } from '../../shared/job/inputs.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { ReadMeta } from '../../shared/job/rejects.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { noteExcluded } from '../../shared/shuffle/excluded-users.ts';
import { addRuns } from '../../shared/shuffle/runs.ts';
import {
  actionShards,
  collectActionsByUser,
  readUserActions,
  userBucketCount,
  userShards,
} from '../../shared/shuffle/user-actions.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { candidatesOf } from './candidates.ts';
import { POSITIVE, splitActions, TEST } from './core-split.ts';
import { isTestInput, testDaysOf, trainingDaysOf } from './days.ts';
import type { EvaluationRun, EvaluationSettings } from './settings.ts';

export const read: MapStep<EvaluationSettings, InputShard, ReadMeta> = {
  kind: 'map',
  name: 'read',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: READING_GROWTH,
  shards: async (run) => (hasNothingToDo(run) ? [{ start: 0, end: 0 }] : actionShards(run)),
  run: async (run, shard) => {
    const test = testDaysOf(run.settings, run.day);
    const positive = positiveTypes(run.settings.actionWeightings ?? []);
    return collectActionsByUser(run, shard, {
      typeAs: (type, key) => (positive.has(type) ? POSITIVE : 0) | (isTestInput(key, test) ? TEST : 0),
    });
  },
};

/** True when there is no model to evaluate. Then nothing is read. */
const hasNothingToDo = (run: EvaluationRun): boolean => candidatesOf(run.settings).length === 0;

/** The users with a test (`Split`). *U users, M items that they met, T tests.* */
export const SPLIT = new ColumnTable({
  users: Float64Array, // (U) ids in layout order
  slices: Uint8Array, // (U) see `slicesOf`
  metStarts: Uint32Array, // (U + 1)
  met: Float64Array, // (M) ids, in the order of the last action, then by id
  testStarts: Uint32Array, // (U + 1)
  tests: Float64Array, // (T) ids, ascending
});

/** The blocks `from` up to, not including, `to`; `pairs` and `repeats` as in `Split`; `training`: pairs of the training. */
export type SplitMeta = BucketRange & { readonly pairs: number; readonly repeats: number; readonly training: number };

/** Hands the pairs of the training on to their items' buckets, too. */
export const split: MapStep<EvaluationSettings, BucketRange, SplitMeta> = {
  kind: 'map',
  name: 'split',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => {
    if (hasNothingToDo(run)) return [{ from: 0, to: 0 }];
    return userShards(run, read);
  },
  run: splitUsers,
};

async function splitUsers(run: EvaluationRun, range: BucketRange): Promise<SegmentBody<SplitMeta>> {
  const { excludedUsers, ...actions } = await readUserActions(run, read, range);
  const { pairs, repeats, items, firstTimes, ...users } = splitActions(actions);
  const lastTrainingDay = trainingDaysOf(run.settings, run.day).to;
  const slices = Uint8Array.from(users.users, (_, user) => {
    const first = firstTimes[user]!;
    const day = Number.isFinite(first) ? Math.floor(first / MS_PER_DAY) : undefined;
    return slicesOf(day, users.metStarts[user + 1]! - users.metStarts[user]!, lastTrainingDay);
  });
  const writer = new SegmentWriter();
  SPLIT.write(writer, { ...users, slices });
  noteExcluded(writer, excludedUsers);
  addRuns(writer, items, userBucketCount(run));
  return writer.finish({ from: range.from, to: range.to, pairs, repeats, training: items.ids.length });
}

export type SplitFile = SegmentFile<SplitMeta>;
