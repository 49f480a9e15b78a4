/** Reading a catalogue from `itemsPath`: files of one JSON object an item (`item-line.ts`). */
import { rejectShare, rejectsInWords, sharesInWords, tooManyRejects } from '../job/reject-words.ts';
import { RejectSample } from '../job/rejects.ts';
import { readLines } from '../lines/read-lines.ts';
import { REASONS } from '../model/action.ts';
import type { Store } from '../store/store.ts';
import { filesAt } from './files-at.ts';
import { type CatalogueItem, parseItemLine } from './item-line.ts';

export interface ItemsFileSettings {
  readonly itemsPath: string;
  readonly maxRejectRatio: number;
}

/**
 * Hands every item to `onItem`; resolves to the lines that are none.
 * @throws NoInputError; TooManyRejectsError; as `readLines`
 */
export async function readItems(
  { itemsPath, maxRejectRatio }: ItemsFileSettings,
  openStore: (location: string) => Promise<Store>,
  warn: (message: string) => void,
  onItem: (item: CatalogueItem) => void,
): Promise<RejectSample> {
  const { store, objects } = await filesAt('itemsPath', itemsPath, openStore);
  const rejects = new RejectSample();
  for (const source of objects) {
    await readLines(store, source, {
      line(buffer, start, end, position) {
        rejects.read(end - start);
        const item = parseItemLine(buffer.subarray(start, end));
        if (typeof item === 'string') rejects.add(source.key, position, item, buffer, start, end);
        else onItem(item);
      },
      tooLong(buffer, start, end, position, unread) {
        rejects.addTooLong(source.key, position, REASONS.tooLong, buffer, start, end, unread);
      },
    });
  }
  if (rejectShare(rejects) > maxRejectRatio) {
    const what = `the catalogue at ${itemsPath}: ${sharesInWords(rejects)}`;
    throw tooManyRejects(what, maxRejectRatio, rejects.first());
  }
  if (rejects.rejected > 0) warn(`the catalogue at ${itemsPath}: ${rejectsInWords(rejects)}`);
  return rejects;
}
