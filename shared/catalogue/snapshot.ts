/**
 * The catalogue as a run uses it: read once, when the run is named, and kept in its folder. See docs/adr/0010.
 *
 * Sections of the segment file, *I items, F features*: `items` (I), `offsets` (I + 1) and `features` as in
 * `feature-table.ts`; `labels`, their JSON list; `written` (F), 1 for features that may be written, where not all may;
 * `dimensions`, the text of `_dimensions.json`, where the catalogue's own names were numbered; the sample of rejects.
 */
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { Growable } from '../columns/growable.ts';
import type { IdIndex } from '../columns/id-index.ts';
import type { OutputFile, Run } from '../job/job.ts';
import { type ReadMeta, RejectSample } from '../job/rejects.ts';
import { type SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { Body } from '../store/store.ts';
import type { ItemFeatures } from './feature-table.ts';

const NAME = 'catalogue';
/** Items looked through at a time: 2 MB of ids. */
const ITEMS_AT_ONCE = 1 << 18;

export interface CatalogueExtras {
  readonly written?: Uint8Array;
  readonly dimensions?: string;
  readonly rejects?: RejectSample;
}

/** The snapshot, for `InputListing`. The same catalogue gives the same bytes, wherever it was read from. */
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
  // Not the bytes read: blanks between the fields of a file change nothing of what it says.
  return { [NAME]: writer.finish({ lines, rejected, reasons, sampled }) };
}

export type Catalogue = SegmentFile<ReadMeta>;

export const openCatalogue = (run: Run<unknown>): Promise<Catalogue> => run.work.snapshot<ReadMeta>(NAME);

/** How many items have a feature, and how many features there are. */
export const catalogueCounts = (catalogue: SegmentFile): { readonly items: number; readonly features: number } => ({
  items: catalogue.count('items'),
  features: catalogue.count('labels'),
});

/** How many lines of the catalogue were read, and how many were no items; 0 of a database. */
export const catalogueLines = ({ meta: { lines, rejected } }: Catalogue): { lines: number; rejected: number } => ({
  lines,
  rejected,
});

export async function readLabels<L>(catalogue: SegmentFile): Promise<readonly L[]> {
  return JSON.parse(Buffer.from(await catalogue.read('labels')).toString('utf8'));
}

/** For each feature whether it may be written (F); undefined where all may. */
export const readWritten = async (catalogue: SegmentFile): Promise<Uint8Array | undefined> =>
  catalogue.has('written') ? catalogue.read('written') : undefined;

/** `_dimensions.json`, where the catalogue's own names were numbered. */
export function dimensionsFile(catalogue: SegmentFile): OutputFile[] {
  if (!catalogue.has('dimensions')) return [];
  return [{ name: '_dimensions.json', pieces: [catalogue.piece('dimensions')] }];
}

/** The features of some items, by the items' numbers: `features[starts[n]] … features[ends[n]]`. None for unknown items. */
export interface FeaturesByNumber {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly features: Uint32Array;
}

/** Goes through the catalogue piece by piece and keeps what concerns `wanted`. */
export async function readFeaturesOf(catalogue: SegmentFile, wanted: IdIndex): Promise<FeaturesByNumber> {
  const starts = new Uint32Array(wanted.size);
  const ends = new Uint32Array(wanted.size);
  const kept = new Growable(Uint32Array);
  const count = catalogue.count('items');
  for (let first = 0; first < count; first += ITEMS_AT_ONCE) {
    const end = Math.min(count, first + ITEMS_AT_ONCE);
    const items = doublesIn(await catalogue.read('items', { start: first * 8, end: end * 8 }));
    const offsets = integersIn(await catalogue.read('offsets', { start: first * 4, end: (end + 1) * 4 }));
    const base = offsets[0]!;
    const part = { start: base * 4, end: offsets.at(-1)! * 4 };
    const features = integersIn(await catalogue.read('features', part));
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
