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

/** A file of records about items, one a line, or a folder of such files. */
export interface ItemRecords<T> {
  /** The setting that names the location. */
  readonly setting: string;
  readonly location: string;
  /** The file in messages: "the catalogue". */
  readonly what: string;
  /** Returns the record in a line, or the reason for rejecting the line. */
  readonly parse: (line: Uint8Array) => T | string;
  readonly maxRejectRatio: number;
}

/**
 * Calls `onItem` for every item of the catalogue. Resolves to a sample of the rejected lines.
 * @throws as `readItemRecords`
 */
export const readItems = (
  { itemsPath, maxRejectRatio }: ItemsFileSettings,
  openStore: OpenStore,
  warn: Warn,
  onItem: (item: CatalogueItem) => void,
): Promise<RejectSample> => {
  const file = {
    setting: 'itemsPath',
    location: itemsPath,
    what: 'the catalogue',
    parse: parseItemLine,
    maxRejectRatio,
  };
  return readItemRecords(file, openStore, warn, onItem);
};

/**
 * Calls `onRecord` for every record. Resolves to a sample of the rejected lines.
 * @throws NoInputError; TooManyRejectsError; as `readLines`
 */
export async function readItemRecords<T>(
  { setting, location, what, parse, maxRejectRatio }: ItemRecords<T>,
  openStore: OpenStore,
  warn: Warn,
  onRecord: (record: T) => void,
): Promise<RejectSample> {
  const { store, objects } = await filesAt(setting, location, openStore);
  const rejects = new RejectSample();
  for (const source of objects) {
    await readLines(store, source, {
      line(buffer, start, end, position) {
        rejects.read(end - start);
        const record = parse(buffer.subarray(start, end));
        if (typeof record === 'string') rejects.add(source.key, position, record, buffer, start, end);
        else onRecord(record);
      },
      tooLong(buffer, start, end, position, unread) {
        rejects.addTooLong(source.key, position, REASONS.tooLong, buffer, start, end, unread);
      },
    });
  }
  if (rejectShare(rejects) > maxRejectRatio) {
    throw tooManyRejects(`${what} at ${location}: ${sharesInWords(rejects)}`, maxRejectRatio, rejects.first());
  }
  if (rejects.rejected > 0) warn(`${what} at ${location}: ${rejectsInWords(rejects)}`);
  return rejects;
}
