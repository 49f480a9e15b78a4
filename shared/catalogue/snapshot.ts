/**
 * A run's snapshot of the catalogue. It is read once, when the run gets its name, and kept in the run's folder. See
 * docs/adr/0010.
 *
 * The sections of the segment file, for *I items, F features*:
 *
 *   items, offsets, features   (I), (I + 1) and the features as in `feature-table.ts`
 *   labels                     the labels as a JSON list
 *   written                    (F) 1 for a feature that may be written; missing when all may
 *   dimensions                 the text of `_dimensions.json`; missing unless the catalogue's names were numbered
 *   and the sample of rejected lines
 */
import { bytesOf } from '../columns/bytes.ts';
import { Growable } from '../columns/growable.ts';
import type { IdIndex } from '../columns/id-index.ts';
import type { OutputFile, Run } from '../job/job.ts';
import { type ReadMeta, RejectSample } from '../job/rejects.ts';
import { ColumnTable } from '../store/column-table.ts';
import { type SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { Body } from '../store/store.ts';
import type { ItemFeatures } from './feature-table.ts';

const NAME = 'catalogue';
/** The number of items that are read at a time: 2 MB of ids. */
const ITEMS_AT_ONCE = 1 << 18;

/**
 * Reads the columns. `catalogueSnapshot` writes them, and not this table, because the snapshot's bytes are part of a run's
 * name.
 */
const COLUMNS = new ColumnTable({
  items: Float64Array, // (I)
  offsets: Uint32Array, // (I + 1)
  features: Uint32Array,
});

export interface CatalogueExtras {
  readonly written?: Uint8Array;
  readonly dimensions?: string;
  readonly rejects?: RejectSample;
}

/** Returns the snapshot for `InputListing`. The same catalogue gives the same bytes from a database and from a file. */
export function catalogueSnapshot(
  { labels, items, offsets, features }: ItemFeatures<string | number>,
  { written, dimensions, rejects }: CatalogueExtras,
): Readonly<Record<string, Body>> {
  const writer = new SegmentWriter();
  writer.add('items', bytesOf(items), items.length);
  writer.add('offsets', bytesOf(offsets));
  writer.add('features', bytesOf(features), features.length);
  writer.add('labels', Buffer.from(JSON.stringify(labels)), labels.length);
  if (written !== undefined) writer.add('written', written);
  if (dimensions !== undefined) writer.add('dimensions', Buffer.from(dimensions));
  const { lines, rejected, reasons, sampled } = (rejects ?? new RejectSample()).writeTo(writer);
  // The number of bytes read is left out, because blanks between a file's fields do not change the catalogue.
  return { [NAME]: writer.finish({ lines, rejected, reasons, sampled }) };
}

export type Catalogue = SegmentFile<ReadMeta>;

export const openCatalogue = (run: Run<unknown>): Promise<Catalogue> => run.work.snapshot<ReadMeta>(NAME);

/** Returns the number of items with a feature, and the number of features. */
export const catalogueCounts = (catalogue: SegmentFile): { readonly items: number; readonly features: number } => ({
  items: catalogue.count('items'),
  features: catalogue.count('labels'),
});

/** Returns the number of lines that were read, and the number of rejected lines; 0 for a database. */
export const catalogueLines = ({ meta: { lines, rejected } }: Catalogue): { lines: number; rejected: number } => ({
  lines,
  rejected,
});

export async function readLabels<L>(catalogue: SegmentFile): Promise<readonly L[]> {
  return JSON.parse(Buffer.from(await catalogue.read('labels')).toString('utf8'));
}

/** Returns for each feature (F) 1 if it may be written, and 0 otherwise; undefined when all may. */
export const readWritten = async (catalogue: SegmentFile): Promise<Uint8Array | undefined> =>
  catalogue.has('written') ? catalogue.read('written') : undefined;

/** Returns the output file `_dimensions.json`, if the catalogue's names were numbered. */
export function dimensionsFile(catalogue: SegmentFile): OutputFile[] {
  if (!catalogue.has('dimensions')) return [];
  return [{ name: '_dimensions.json', pieces: [catalogue.piece('dimensions')] }];
}

/**
 * The features of some items: the item of number n has `features[starts[n]] … features[ends[n]]` (exclusive). An item that is
 * not in the catalogue has none.
 */
export interface FeaturesByNumber {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly features: Uint32Array;
}

/** Reads the catalogue piece by piece, and keeps the features of the items in `wanted`. */
export async function readFeaturesOf(catalogue: SegmentFile, wanted: IdIndex): Promise<FeaturesByNumber> {
  const starts = new Uint32Array(wanted.size);
  const ends = new Uint32Array(wanted.size);
  const kept = new Growable(Uint32Array);
  const count = catalogue.count('items');
  for (let first = 0; first < count; first += ITEMS_AT_ONCE) {
    const end = Math.min(count, first + ITEMS_AT_ONCE);
    const items = await COLUMNS.readRows(catalogue, 'items', { from: first, to: end });
    const offsets = await COLUMNS.readRows(catalogue, 'offsets', { from: first, to: end + 1 });
    const base = offsets[0]!;
    const features = await COLUMNS.readRows(catalogue, 'features', { from: base, to: offsets.at(-1)! });
    for (let row = 0; row < items.length; row++) {
      const number = wanted.get(items[row]!);
      if (number < 0) continue;
      starts[number] = kept.length;
      for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
        kept.push(features[at - base]!);
      }
      ends[number] = kept.length;
    }
  }
  return { starts, ends, features: kept.view() };
}
