/**
 * A client's list of forgotten users: the users that no run may use any more. It is the object `<client>/_forgotten/ids.ndjson`
 * beside the client's grouped actions, with a line for each user, ascending:
 *
 *   {"user":7}
 *   {"user":12346}
 *
 * A run over all clients must find the lists without looking through the folders of all clients. Therefore each list has a
 * mark, the object `_forgotten/<client>`, which is written before the list.
 */
import { atMost } from '../at-most.ts';
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import { clientNameProblem } from '../model/client-name.ts';
import { FORGOTTEN_MARKS, forgottenKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** The lists that are read at once. */
const LISTS_AT_ONCE = 16;

/** Client → forgotten users, ascending. A client without such users is missing. */
export type ForgottenUsers = ReadonlyMap<string, Float64Array>;

/** Returns the text of a list. @param users ascending, each once */
export const forgottenText = (users: Float64Array): string =>
  Array.from(users, (user) => `${JSON.stringify({ user })}\n`).join('');

/** @param where the place of the list, for messages @throws DamagedObjectError, which names the line */
export function parseForgotten(text: string, where: string): Float64Array {
  const users = new Set<number>();
  for (const [line, json] of text.split('\n').entries()) {
    if (json.trim() !== '') users.add(userOf(json, `${where}, line ${line + 1}`));
  }
  return Float64Array.from(users).sort();
}

function userOf(json: string, where: string): number {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const user = (value as { user?: unknown } | null | undefined)?.user;
  if (isUserId(user)) return user;
  throw new DamagedObjectError(
    `${where}: ${json.slice(0, 80)} is not a forgotten user. Each line is {"user":<id>}, with an id from 1 to ` +
      `${Number.MAX_SAFE_INTEGER}: correct the line. Until then no run begins, because it could use a forgotten user`,
  );
}

/** True for an id that a user can have: an integer from 1 to 2^53 - 1. */
export const isUserId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) > 0;

/** A list as it was read. */
export interface ReadList {
  /** Ascending. Empty when there is no list. */
  readonly users: Float64Array;
  /** Undefined when there is no list. */
  readonly etag: string | undefined;
}

/** Reads the list of a client. @throws DamagedObjectError */
export async function readForgotten(store: Store, client: string): Promise<ReadList> {
  const key = forgottenKey(client);
  try {
    const { bytes, etag } = await store.get(key);
    return { users: parseForgotten(new TextDecoder().decode(bytes), `${store.root}/${key}`), etag };
  } catch (error) {
    if (error instanceof MissingObjectError) return { users: new Float64Array(), etag: undefined };
    throw error;
  }
}

/** Reads the lists of some clients. @throws DamagedObjectError */
export async function forgottenOf(store: Store, clients: readonly string[]): Promise<ForgottenUsers> {
  const lists = await atMost(
    LISTS_AT_ONCE,
    clients,
    async (client) => [client, (await readForgotten(store, client)).users] as const,
  );
  return new Map(lists.filter(([, users]) => users.length > 0));
}

/** Returns the clients that have a mark, in the order of their names. */
export async function markedClients(store: Store): Promise<string[]> {
  const clients: string[] = [];
  for await (const { key } of store.list(FORGOTTEN_MARKS)) {
    const client = key.slice(FORGOTTEN_MARKS.length);
    if (clientNameProblem(client) === undefined) clients.push(client);
  }
  return clients;
}
