/** Finds the day that a report is about, when nobody names one. */
import { dayFolder, REPORT, SUCCESS, versionOfName } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/**
 * Returns the newest day of which the client has actions, an output or a version of a model; undefined for a client without any.
 * It lists all keys of the client.
 */
export async function newestDay(store: Store, client: string): Promise<number | undefined> {
  // `<client>/`, the folder of all job folders.
  const folder = dayFolder(client, REPORT, 0).slice(0, -`${REPORT}/0/`.length);
  let newest: number | undefined;
  for await (const { key } of store.list(folder)) {
    const names = key.slice(folder.length).split('/');
    if (names[0] === REPORT || names.at(-1) !== SUCCESS) continue;
    const name = names.at(-2) ?? '';
    const day = versionOfName(name)?.day ?? (/^\d{1,7}$/.test(name) ? Number(name) : undefined);
    if (day !== undefined && day > (newest ?? -1)) newest = day;
  }
  return newest;
}
