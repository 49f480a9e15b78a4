/**
 * Actions on their way through the shuffle, as runs: grouped actions lie user by user, so a user's id stands once for all
 * the actions that follow one another.
 *
 *   users 7 and 3, of 2 buckets    users    [7, 3]             (R)
 *   7: items 20, 10, 20            starts   [0, 3, 4]          (R + 1) run r's actions are starts[r] … starts[r + 1]
 *   3: item 10                     items    [20, 10, 20, 10]   (N) and so `times` and `types`
 *
 * In a shard's object users are distinct and in layout order (bucket, id), and `bucketUsers` (B + 1) says where the users of
 * each bucket begin; values take as few bytes as hold them all (`columns/narrow.ts`).
 */
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { Growable } from '../columns/growable.ts';
import { IdIndex } from '../columns/id-index.ts';
import { type NarrowColumn, narrowed, narrowIn } from '../columns/narrow.ts';
import type { ActionBatch } from '../model/action-columns.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import { type BucketRange, layOut } from './buckets.ts';

export type ActionColumn = 'items' | 'times' | 'types';
export const ACTION_COLUMNS: readonly ActionColumn[] = ['items', 'times', 'types'];

/** *R runs, N actions.* Users may repeat and stand in any order. */
export interface ActionRuns {
  readonly users: Float64Array;
  readonly starts: Uint32Array;
  /** Those that were collected. (N) */
  readonly columns: ReadonlyMap<ActionColumn, NarrowColumn>;
}

/** *U users, N actions, B buckets.* */
export interface GroupedRuns {
  /** Distinct, in layout order. (U) */
  readonly users: Float64Array;
  /** (B + 1) */
  readonly bucketUsers: Uint32Array;
  /** (U + 1) */
  readonly starts: Uint32Array;
  /** (N) */
  readonly columns: ReadonlyMap<ActionColumn, Float64Array>;
}

/** Takes actions in batches. */
export class RunCollector {
  readonly #users = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #columns: ReadonlyMap<ActionColumn, Growable<Float64Array<ArrayBuffer>>>;
  #length = 0;
  #lastUser = Number.NaN;

  constructor(columns: readonly ActionColumn[]) {
    this.#columns = new Map(columns.map((name) => [name, new Growable(Float64Array)]));
  }

  add(batch: ActionBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const user = batch.users[row] as number;
      if (user === this.#lastUser) continue;
      this.#lastUser = user;
      this.#users.push(user);
      this.#starts.push(this.#length + row);
    }
    this.#length += batch.count;
    for (const [name, column] of this.#columns) {
      column.append(batch[name].subarray(0, batch.count) as Float64Array<ArrayBuffer>);
    }
  }

  /** What was taken; the collector must not be used any more. */
  runs(): ActionRuns {
    this.#starts.push(this.#length);
    const columns = new Map([...this.#columns].map(([name, column]) => [name, column.view()] as const));
    return { users: this.#users.view(), starts: this.#starts.view(), columns };
  }
}

/** Joins runs to one a user: actions stay in the order of `lists`, and of each list. */
export function groupRuns(lists: readonly ActionRuns[], buckets: number): GroupedRuns {
  const index = new IdIndex();
  const usersOf = lists.map(({ users }) => Uint32Array.from(users, (user) => index.add(user)));
  const { ids: users, offsets: bucketUsers } = layOut(index.ids, buckets);
  const placeOf = new Uint32Array(users.length);
  for (let place = 0; place < users.length; place++) placeOf[index.get(users[place] as number)] = place;

  const starts = new Uint32Array(users.length + 1);
  for (const [list, runs] of lists.entries()) {
    const places = usersOf[list] as Uint32Array;
    for (let run = 0; run < places.length; run++) {
      places[run] = placeOf[places[run] as number] as number;
      starts[(places[run] as number) + 1]! += (runs.starts[run + 1] as number) - (runs.starts[run] as number);
    }
  }
  for (let user = 0; user < users.length; user++) starts[user + 1]! += starts[user] as number;

  const columns = new Map<ActionColumn, Float64Array>();
  for (const name of lists[0]?.columns.keys() ?? []) {
    const column = new Float64Array(starts[users.length] as number);
    const next = starts.slice();
    for (const [list, runs] of lists.entries()) copyRuns(runs, name, usersOf[list] as Uint32Array, next, column);
    columns.set(name, column);
  }
  return { users, bucketUsers, starts, columns };
}

/** @param places the user of each run @param next where each user's next action goes */
function copyRuns(
  { starts, columns }: ActionRuns,
  name: ActionColumn,
  places: Uint32Array,
  next: Uint32Array,
  to: Float64Array,
): void {
  const from = columns.get(name) as NarrowColumn;
  for (let run = 0; run < places.length; run++) {
    const user = places[run] as number;
    const [start, end] = [starts[run] as number, starts[run + 1] as number];
    let at = next[user] as number;
    for (let action = start; action < end; action++) to[at++] = from[action] as number;
    next[user] = at;
  }
}

export function addRuns(writer: SegmentWriter, { users, bucketUsers, starts, columns }: GroupedRuns): void {
  writer.add('bucketUsers', bytesOf(bucketUsers));
  writer.add('users', bytesOf(users));
  writer.add('starts', bytesOf(starts));
  for (const [name, column] of columns) writer.add(name, bytesOf(narrowed(column)), column.length);
}

/** How many actions each bucket has. (B) */
export async function readBucketSizes(file: SegmentFile): Promise<Uint32Array> {
  const [bucketUsers, starts] = (await file.readMany(['bucketUsers', 'starts'])).map(integersIn);
  const firstOf = (bucket: number) => starts![bucketUsers![bucket] as number] as number;
  return Uint32Array.from({ length: bucketUsers!.length - 1 }, (_, bucket) => firstOf(bucket + 1) - firstOf(bucket));
}

/** The runs of the users in a range of buckets. */
export async function readRuns(file: SegmentFile, { from, to }: BucketRange): Promise<ActionRuns> {
  const bucketUsers = integersIn(await file.read('bucketUsers'));
  const [first, end] = [bucketUsers[from] as number, bucketUsers[to] as number];
  const users = doublesIn(await file.read('users', { start: first * 8, end: end * 8 }));
  const starts = integersIn(await file.read('starts', { start: first * 4, end: (end + 1) * 4 }));
  const [firstAction, endAction] = [starts[0] as number, starts[end - first] as number];
  const columns = new Map<ActionColumn, NarrowColumn>();
  for (const name of ACTION_COLUMNS) {
    if (!file.has(name)) continue;
    const { start, end } = file.locate(name);
    const width = (end - start) / Math.max(1, file.count(name));
    const bytes = await file.read(name, { start: firstAction * width, end: endAction * width });
    columns.set(name, narrowIn(bytes, endAction - firstAction));
  }
  return { users, starts: starts.map((start) => start - firstAction), columns };
}
