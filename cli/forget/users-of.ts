/** Finds out which users are meant: their ids from the client's own texts, and the texts from the ids. */
import { NoInputError, UsageError } from '../../shared/errors.ts';
import { isUserId, readForgotten } from '../../shared/forget/forgotten-list.ts';
import type { WantedUsers } from '../../shared/forget/user-files.ts';
import { contentsInWords } from '../../shared/job/root-contents.ts';
import { assignedId } from '../../shared/model/assigned-id.ts';
import { IDS, type IdKind, readIdPairs } from '../../shared/model/id-pairs.ts';
import { dayFoldersIn } from '../../shared/store/day-folders.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';

/** @throws UsageError for a text that is no id */
export function userIds(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const id = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (isUserId(id)) return id;
    throw new UsageError(
      `'${text}' is no user id: it must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}. ` +
        'For the client’s own id of a user give --client-user',
    );
  });
}

/** The users, and the days that the client has grouped. */
export interface Meant extends WantedUsers {
  readonly days: readonly number[];
}

/**
 * @throws NoInputError for a client that the root does not have, and for a text that no user of the client has
 */
export async function usersOf(
  store: Store,
  client: string,
  given: { readonly ids: readonly number[]; readonly texts: readonly string[] },
): Promise<Meant> {
  await checkClient(store, client);
  const actions = await dayFoldersIn(store, `${client}/${ACTIONS}/`);
  const pairs = await dayFoldersIn(store, `${client}/${IDS}/`);
  const days = [...new Set([...actions.whole, ...pairs.whole])].sort((a, b) => a - b);
  const ids = new Set(given.ids);
  const texts = new Set(given.texts);
  const missing = new Set(texts);
  if (missing.size > 0) {
    await readIdPairs(store, client, days, (kind, id, text) => {
      if (kind !== 'user' || !given.texts.includes(text)) return;
      ids.add(id);
      missing.delete(text);
    });
  }
  // The texts of a forgotten user are gone. An id that was made from the text is made again.
  const { users: forgotten } = await readForgotten(store, client);
  for (const text of [...missing].filter((one) => forgotten.includes(assignedId(one)))) {
    ids.add(assignedId(text));
    missing.delete(text);
  }
  if (missing.size > 0) {
    throw new NoInputError(
      `no user of ${client} has the name ${[...missing].map((text) => JSON.stringify(text)).join(', ')} in the ` +
        `${days.length} grouped days under ${store.root}: check the spelling, or give the id with --user, also for a user who ` +
        'was forgotten before',
    );
  }
  // A user may have several texts, and only now are all ids known.
  const wants = (kind: IdKind, id: number): boolean => kind === 'user' && ids.has(id);
  await readIdPairs(store, client, days, (_kind, _id, text) => void texts.add(text), { wants });
  return { ids, texts, days };
}

async function checkClient(store: Store, client: string): Promise<void> {
  for await (const _ of store.list(`${client}/`)) return;
  const contents = await contentsInWords(store, client, ACTIONS);
  throw new NoInputError(`${contents} under ${store.root}: check --client and --output-path`);
}
