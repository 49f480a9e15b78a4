/** The items that may be recommended, and those that may not: snapshots of the files that two settings name. */
import { parseItemId } from '../../shared/catalogue/item-line.ts';
import { readItemRecords } from '../../shared/catalogue/items-file.ts';
import { Growable } from '../../shared/columns/growable.ts';
import type { IdIndex } from '../../shared/columns/id-index.ts';
import { NoInputError } from '../../shared/errors.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { Run } from '../../shared/job/job.ts';
import { type ReadMeta, RejectSample } from '../../shared/job/rejects.ts';
import type { OpenStore } from '../../shared/job/run.ts';
import type { Warn } from '../../shared/live/documents.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';

/** The names of the snapshots. */
export const ALLOWED = 'allowed-items';
export const DENIED = 'denied-items';

/** *I items.* */
const LISTED = new ColumnTable({ items: Float64Array }); // (I) ids, ascending

/** `isGiven`: a file is named; without one, the list says nothing. The bytes read are left out: blanks do not change a list. */
type ListedMeta = Omit<ReadMeta, 'bytes' | 'rejectedBytes'> & { readonly isGiven: boolean };

interface Reading {
  readonly maxRejectRatio: number;
  readonly openStore: OpenStore;
  readonly warn: Warn;
}

/**
 * Returns the snapshot of the file at a location; of no file if it is empty.
 *
 * @throws NoInputError when there is no file, or when no item may be recommended at all; TooManyRejectsError
 */
export async function itemsSnapshot(
  setting: 'allowItemsPath' | 'denyItemsPath',
  location: string,
  { maxRejectRatio, openStore, warn }: Reading,
): Promise<Body> {
  const isGiven = location !== '';
  const items = new Growable(Float64Array);
  const file = { setting, location, what: `the items of ${setting}`, parse: parseItemId, maxRejectRatio };
  const rejects = isGiven
    ? await readItemRecords(file, openStore, warn, (item) => items.push(item))
    : new RejectSample();
  if (setting === 'allowItemsPath' && isGiven && items.length === 0) {
    throw new NoInputError(`allowItemsPath: ${location} names no item, so nothing could be recommended. Correct it`);
  }
  const writer = new SegmentWriter();
  LISTED.write(writer, { items: Float64Array.from(new Set(items.view())).sort() });
  const { lines, rejected, reasons, sampled } = rejects.writeTo(writer);
  return writer.finish({ isGiven, lines, rejected, reasons, sampled });
}

const open = ({ work }: Pick<Run, 'work'>, name: string): Promise<SegmentFile<ListedMeta & ReadMeta>> =>
  work.snapshot<ListedMeta & ReadMeta>(name);

/** Opens both snapshots, for the rejects that they hold. */
export const openListed = async (run: Pick<Run, 'work'>): Promise<readonly SegmentFile<ReadMeta>[]> => [
  await open(run, ALLOWED),
  await open(run, DENIED),
];

/** Returns a function that is true for an item that may be recommended. */
export async function readAllowed(run: Pick<Run, 'work'>): Promise<(item: number) => boolean> {
  const allowed = await indexOf(await open(run, ALLOWED));
  const denied = await indexOf(await open(run, DENIED));
  return (item) => (allowed === undefined || allowed.get(item) >= 0) && (denied === undefined || denied.get(item) < 0);
}

async function indexOf(file: SegmentFile<ListedMeta & ReadMeta>): Promise<IdIndex | undefined> {
  return file.meta.isGiven ? placesOf((await LISTED.read(file, 'items')).items) : undefined;
}
