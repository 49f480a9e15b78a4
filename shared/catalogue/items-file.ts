/** Reads a catalogue from `itemsPath`: files with one item a line (`item-line.ts`). */
import { rejectShare, rejectsInWords, sharesInWords, tooManyRejects } from '../job/reject-words.ts';
import { RejectSample } from '../job/rejects.ts';
import type { OpenStore } from '../job/run.ts';
import { readLines } from '../lines/read-lines.ts';
import type { Warn } from '../live/documents.ts';
import { REASONS } from '../model/action.ts';

import { filesAt } from './files-at.ts';
import { type CatalogueItem, parseItemLine } from './item-line.ts';

export interface ItemsFileSettings {
  readonly itemsPath: string;
  readonly maxRejectRatio: number;
}

/**
 * Calls `onItem` for every item. Resolves to a sample of the rejected lines.
 * @throws NoInputError; TooManyRejectsError; as `readLines`
 */
export async function readItems(
  { itemsPath, maxRejectRatio }: ItemsFileSettings,
  openStore: OpenStore,
  warn: Warn,
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
