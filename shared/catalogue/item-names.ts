/**
 * Names of items, from the field `name` of a catalogue file (`item-line.ts` describes the file; jobs do not read this field).
 *
 *   {"itemid":3,"name":"WHITE METAL LANTERN"}
 */
import type { OpenStore } from '../job/run.ts';
import { isRecord, parseJson } from '../json.ts';
import { readLines } from '../lines/read-lines.ts';
import { filesAt } from './files-at.ts';
import { itemOf } from './item-line.ts';

/** Item → name. An item without a name is missing. */
export type ItemNames = ReadonlyMap<number, string>;

/**
 * Reads the names of the wanted items. Lines that are no items are left out: the jobs report them.
 * @throws NoInputError, AccessDeniedError
 */
export async function readItemNames(
  itemsPath: string,
  wanted: ReadonlySet<number>,
  openStore: OpenStore,
): Promise<ItemNames> {
  const names = new Map<number, string>();
  if (wanted.size === 0) return names;
  const { store, objects } = await filesAt('itemsPath', itemsPath, openStore);
  for (const source of objects) {
    await readLines(store, source, {
      line(buffer, start, end) {
        const value = parseJson(buffer.toString('utf8', start, end));
        if (!isRecord(value) || typeof value.name !== 'string' || value.name.trim() === '') return;
        const item = itemOf(value);
        if (typeof item === 'number' && wanted.has(item)) names.set(item, value.name.trim());
      },
      tooLong: () => undefined,
    });
  }
  return names;
}
