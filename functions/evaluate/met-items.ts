/** Reads what a block of test users met in training, from the objects of `split`. */
import type { IdIndex } from '../../shared/columns/id-index.ts';
import type { SeenItems } from '../../shared/kernels/best-lists.ts';
import { bucketOfId } from '../../shared/shuffle/buckets.ts';
import { userBucketCount } from '../../shared/shuffle/user-actions.ts';
import type { EvaluationRun } from './settings.ts';
import { SPLIT, split } from './steps-read.ts';

/** *U users, M items that they met.* */
export interface MetItems {
  /** (U + 1) and (M): indexes of known items, ascending within a user. */
  readonly met: SeenItems;
  /** (M) the same items of each user, in the order of the last action, then by id. */
  readonly inOrder: Uint32Array;
}

/**
 * @param users ids in layout order, which have rows in the objects of `split` in the same order
 * @param known the index of each known item; every item that was met is known
 */
export async function readMetItems(run: EvaluationRun, users: Float64Array, known: IdIndex): Promise<MetItems> {
  const shards = await run.work.shards(split);
  const buckets = userBucketCount(run);
  const starts = new Uint32Array(users.length + 1);
  const lists: Uint32Array[] = [];
  for (const { from, to, index } of shards) {
    const own = users.filter((user) => isWithin(bucketOfId(user, buckets), from, to));
    if (own.length === 0) continue;
    const file = await run.work.open(split, index);
    const { users: all, metStarts } = await SPLIT.read(file, 'users', 'metStarts');
    const rows = rowsOf(own, all);
    const first = metStarts[rows[0]!]!;
    const met = await SPLIT.readRows(file, 'met', { from: first, to: metStarts[rows.at(-1)! + 1]! });
    for (const row of rows) {
      const ids = met.subarray(metStarts[row]! - first, metStarts[row + 1]! - first);
      lists.push(Uint32Array.from(ids, (id) => known.get(id)));
    }
  }
  for (const [user, list] of lists.entries()) starts[user + 1] = starts[user]! + list.length;
  const inOrder = new Uint32Array(starts.at(-1)!);
  const items = new Uint32Array(inOrder.length);
  for (const [user, list] of lists.entries()) {
    inOrder.set(list, starts[user]);
    items.set(list.sort(), starts[user]);
  }
  return { met: { starts, items }, inOrder };
}

const isWithin = (bucket: number, from: number, to: number): boolean => bucket >= from && bucket < to;

/** Returns the row of each of some ids among all ids. Both are in the same order. */
function rowsOf(some: Float64Array, all: Float64Array): number[] {
  const rows: number[] = [];
  for (let row = 0; row < all.length && rows.length < some.length; row++) {
    if (all[row] === some[rows.length]) rows.push(row);
  }
  return rows;
}
