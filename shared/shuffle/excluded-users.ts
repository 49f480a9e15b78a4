/**
 * Leaves out users with very many actions, such as bots: `excludeUsersAbove`.
 *
 * The actions of a user may lie in the shards of several readers. Therefore each reader writes the number of actions of each
 * user, of any type, beside the actions that it hands on. Whoever reads a user's actions back adds the numbers up first.
 */
import { Growable } from '../columns/growable.ts';
import { IdIndex } from '../columns/id-index.ts';
import { type NarrowColumn, narrowed } from '../columns/narrow.ts';
import { integer } from '../config/settings.ts';
import type { Run } from '../job/job.ts';
import type { Shard, StepObjects } from '../job/shard.ts';
import type { JsonValue } from '../json.ts';
import { ColumnTable } from '../store/column-table.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import { type BucketRange, inLayoutOrder } from './buckets.ts';
import type { Runs } from './runs.ts';

/** Spread into the settings of a job that reads actions by user. */
export const excludeSettings = {
  // It has no default, so the runs without it have the identity that they would have if it did not exist.
  excludeUsersAbove: integer({
    min: 0,
    meaning:
      'users with more actions, of any type, in all days read are left out of everything, such as bots; none is left out if not set',
  }),
};

/** The settings on which leaving out depends. */
export interface ExcludeSettings {
  readonly excludeUsersAbove?: number | undefined;
}

/** *U users in layout order (`buckets.ts`), B buckets.* */
const COUNTED = new ColumnTable({
  'counted users': Float64Array, // (U)
  'counted actions': Float64Array, // (U)
  'counted offsets': Uint32Array, // (B + 1) the first user of each bucket
});

/** Counts the actions of each user in a reader's shard. */
export class ActionCounter {
  readonly #index = new IdIndex();
  readonly #counts = new Growable(Float64Array);

  add(users: ArrayLike<number>, count: number): void {
    // Grouped actions come user by user, so a user is looked up once for several actions.
    for (let row = 0, first = 0; row < count; first = row) {
      const id = users[first]!;
      while (row < count && users[row] === id) row++;
      const user = this.#index.add(id);
      if (user === this.#counts.length) this.#counts.push(0);
      this.#counts.view()[user]! += row - first;
    }
  }

  writeTo(writer: SegmentWriter, buckets: number): void {
    const { ids, offsets } = inLayoutOrder(this.#index.ids, buckets);
    const counts = this.#counts.view();
    COUNTED.write(writer, {
      'counted users': ids,
      'counted actions': Float64Array.from(ids, (id) => counts[this.#index.get(id)]!),
      'counted offsets': offsets,
    });
  }
}

/** Returns the users of a range of buckets with more than `most` actions. @param files of all readers */
export async function usersAbove(
  files: readonly SegmentFile[],
  { from, to }: BucketRange,
  most: number,
): Promise<ReadonlySet<number>> {
  const index = new IdIndex();
  const sums = new Growable(Float64Array);
  for (const file of files) {
    const offsets = await COUNTED.readRows(file, 'counted offsets', { from, to: to + 1 });
    const rows = { from: offsets[0]!, to: offsets.at(-1)! };
    const users = await COUNTED.readRows(file, 'counted users', rows);
    const counts = await COUNTED.readRows(file, 'counted actions', rows);
    for (let row = 0; row < users.length; row++) {
      const user = index.add(users[row]!);
      if (user === sums.length) sums.push(0);
      sums.view()[user]! += counts[row]!;
    }
  }
  const all = sums.view();
  return new Set([...index.ids].filter((_, user) => all[user]! > most));
}

/** Returns the runs of all other ids. */
export function withoutIds<Name extends string>(list: Runs<Name>, left: ReadonlySet<number>): Runs<Name> {
  const kept = Uint32Array.from(list.ids.keys()).filter((run) => !left.has(list.ids[run]!));
  if (kept.length === list.ids.length) return list;
  const starts = new Uint32Array(kept.length + 1);
  for (const [place, run] of kept.entries())
    starts[place + 1] = starts[place]! + list.starts[run + 1]! - list.starts[run]!;
  const columns = new Map<Name, NarrowColumn>();
  for (const [name, column] of list.columns) {
    const rows = new Float64Array(starts.at(-1)!);
    for (const [place, run] of kept.entries()) {
      rows.set(column.subarray(list.starts[run], list.starts[run + 1]), starts[place]);
    }
    columns.set(name, narrowed(rows));
  }
  return { ids: Float64Array.from(kept, (run) => list.ids[run]!), starts, columns };
}

/** The number of users that a shard has left out. (1) */
const EXCLUDED = new ColumnTable({ 'excluded users': Uint32Array });

/** Notes in a shard's object how many users it has left out, for the manifest. @param count undefined without the setting */
export function noteExcluded(writer: SegmentWriter, count: number | undefined): void {
  if (count !== undefined) EXCLUDED.write(writer, { 'excluded users': Uint32Array.of(count) });
}

/** Returns the number of users that all shards of a step have left out; undefined without the setting. */
export async function readExcluded<S extends Shard, M extends JsonValue>(
  { settings, work }: Pick<Run<ExcludeSettings>, 'settings' | 'work'>,
  step: StepObjects<S, M>,
): Promise<number | undefined> {
  if (settings.excludeUsersAbove === undefined) return undefined;
  let sum = 0;
  for (const file of await work.openAll(step))
    sum += (await EXCLUDED.read(file, 'excluded users'))['excluded users'][0]!;
  return sum;
}
