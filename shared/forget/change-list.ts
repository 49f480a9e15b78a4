/** Changes a client's list of forgotten users by compare-and-set. */
import { PreconditionFailedError } from '../errors.ts';
import { forgottenKey, forgottenMark } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import type { Store } from '../store/store.ts';
import { forgottenText, readForgotten } from './forgotten-list.ts';

/** Puts users on the list. Resolves to the number of users on it. @throws DamagedObjectError for a list with a wrong line */
export async function addForgotten(store: Store, client: string, users: Iterable<number>): Promise<number> {
  // The mark comes first: a list without it would not be found by the grouping.
  await putAbsent(store, forgottenMark(client), '');
  return changeList(store, client, (list) => {
    for (const user of users) list.add(user);
  });
}

/** Takes users off the list. Resolves to the number of users on it. @throws as `addForgotten` */
export async function removeForgotten(store: Store, client: string, users: Iterable<number>): Promise<number> {
  return changeList(store, client, (list) => {
    for (const user of users) list.delete(user);
  });
}

async function changeList(store: Store, client: string, change: (list: Set<number>) => void): Promise<number> {
  const key = forgottenKey(client);
  for (;;) {
    const { users, etag } = await readForgotten(store, client);
    const list = new Set(users);
    change(list);
    const changed = Float64Array.from(list).sort();
    if (changed.length === users.length && changed.every((user, place) => users[place] === user)) return list.size;
    try {
      await store.put(key, forgottenText(changed), etag === undefined ? { absent: true } : { ifMatch: etag });
      return list.size;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}
