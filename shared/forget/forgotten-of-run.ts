/**
 * The forgotten users of a run. A run keeps a snapshot of the lists from the time when it got its name, so its name follows from
 * them, and all of its steps leave out the same users. The snapshot has a section of doubles for each client. A run without
 * forgotten users has no snapshot, and neither reads nor compares anything.
 */
import { bytesOf, doublesIn } from '../columns/bytes.ts';
import { InputChangedError } from '../errors.ts';
import type { Job, Publication, Run } from '../job/job.ts';
import type { ActionBatch } from '../model/action-columns.ts';
import { ACTIONS, forgottenMark } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import { SegmentWriter } from '../store/segments.ts';
import type { Body, Store } from '../store/store.ts';
import { type ForgottenUsers, forgottenOf } from './forgotten-list.ts';

/** The name of the snapshot. */
export const FORGOTTEN_SNAPSHOT = 'forgotten';

/** Returns the snapshot for `InputListing`; undefined when no user is forgotten. */
export function forgottenSnapshot(users: ForgottenUsers): Readonly<Record<string, Body>> | undefined {
  if (users.size === 0) return undefined;
  const writer = new SegmentWriter();
  for (const client of [...users.keys()].sort()) {
    const own = users.get(client)!;
    writer.add(client, bytesOf(own), own.length);
  }
  return { [FORGOTTEN_SNAPSHOT]: writer.finish([...users.keys()].sort()) };
}

type ForgettingRun = Pick<Run<unknown>, 'forgets' | 'work' | 'client'>;

/** Reads the forgotten users of all clients of a run. */
export async function forgottenInRun({ forgets, work }: ForgettingRun): Promise<ForgottenUsers> {
  if (forgets !== true) return new Map();
  const file = await work.snapshot<readonly string[]>(FORGOTTEN_SNAPSHOT);
  const sections = await file.readMany(file.meta);
  return new Map(file.meta.map((client, place) => [client, doublesIn(sections[place]!)]));
}

/** Returns the forgotten users of a client's run; undefined when there are none, so that nothing has to be compared. */
export async function forgottenUsers(run: ForgettingRun): Promise<ReadonlySet<number> | undefined> {
  const users = (await forgottenInRun(run)).get(run.client ?? '');
  return users && new Set(users);
}

const NOBODY = new Float64Array();

/** Leaves the actions of forgotten users out of batches. */
export class ForgottenFilter {
  /** The number of actions that were left out. */
  count = 0;
  readonly #users: ReadonlySet<number>;

  constructor(users: ReadonlySet<number>) {
    this.#users = users;
  }

  /** Returns the other actions. It moves the kept rows up in the batch's own columns. */
  keep(batch: ActionBatch): ActionBatch {
    const { users, items, types, times, values, count } = batch;
    let kept = 0;
    for (let row = 0, first = 0; row < count; first = row) {
      // Grouped actions come user by user, so a user is looked up once for several actions.
      const user = users[first]!;
      while (row < count && users[row] === user) row++;
      if (this.#users.has(user)) continue;
      if (kept !== first) {
        for (const column of [users, items, types, times, values]) column.copyWithin(kept, first, row);
      }
      kept += row - first;
    }
    if (kept === count) return batch;
    this.count += count - kept;
    return { users, items, types, times, values, count: kept };
  }
}

/**
 * Checks, before anything is published, that the lists of forgotten users are those with which the run was named. A user who
 * was forgotten while the run went on is therefore not published any more.
 *
 * @param clients the clients whose actions the run has read
 * @param lists the store that has the lists
 * @throws InputChangedError when a list has changed
 */
export async function checkForgotten(run: ForgettingRun, clients: readonly string[], lists: Store): Promise<void> {
  const known = await forgottenInRun(run);
  const now = await forgottenOf(lists, clients);
  for (const client of clients) {
    if (isAlike(known.get(client), now.get(client))) continue;
    // A list that was written by hand may have no mark. With it, the next run finds the list.
    if (run.client === undefined && now.has(client)) await putAbsent(lists, forgottenMark(client), '');
    throw new InputChangedError(
      `the list of forgotten users of client ${client} has changed since this run began, so nothing is published: run again`,
    );
  }
}

const isAlike = (a: Float64Array = NOBODY, b: Float64Array = NOBODY): boolean =>
  a.length === b.length && a.every((user, place) => b[place] === user);

/** Returns the clients whose lists of forgotten users a run depends on. */
export function forgettingClients(
  { scope, inputs }: Pick<Job, 'scope' | 'inputs'>,
  { client }: Pick<Run, 'client'>,
  { folders }: Pick<Publication, 'folders'>,
): string[] {
  if (scope === 'client') return client !== undefined && inputs.folders.includes(ACTIONS) ? [client] : [];
  const clients = folders.map(({ prefix }) => prefix.split('/') as [string, string | undefined]);
  return clients.flatMap(([name, folder]) => (folder === ACTIONS ? [name] : []));
}
