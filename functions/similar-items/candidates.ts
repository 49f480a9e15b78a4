/**
 * The objects of `compare`: for each item of a tile, its best partners in the tile. They are candidates, because
 * another tile may have better ones.
 */
import { ColumnTable } from '../../shared/store/column-table.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import type { Candidates } from './core-select.ts';
import { rangesOf } from './core-tile.ts';
import type { ItemRange, Tile } from './core-tiles.ts';

/** *L items of the tile, in the order of `rangesOf`; C candidates.* */
export const CANDIDATES = new ColumnTable({
  partners: Float64Array, // (C) ids
  sims: Float64Array, // (C)
  offsets: Uint32Array, // (L + 1) the first candidate of each item
});

/** One of the item ranges of a tile, in the tile's object. */
export interface CandidateRange extends ItemRange {
  readonly file: SegmentFile<null>;
  /** The index of the range's first item among the L items of the tile. */
  readonly first: number;
}

/** Returns the item ranges of a tile. @param file the tile's object */
export function candidateRanges(file: SegmentFile<null>, tile: Tile): CandidateRange[] {
  const ranges: CandidateRange[] = [];
  let first = 0;
  for (const { from, to } of rangesOf(tile)) {
    ranges.push({ file, from, to, first });
    first += to - from;
  }
  return ranges;
}

/** Reads the first candidate of each item, and the end of the last one's. @param items within the range (items + 1) */
export function readOffsets({ file, from, first }: CandidateRange, items: ItemRange): Promise<Uint32Array> {
  const start = first + items.from - from;
  return CANDIDATES.readRows(file, 'offsets', { from: start, to: start + items.to - items.from + 1 });
}

/** The candidates of consecutive items from one tile. */
export class ItemCandidates {
  readonly #items: ItemRange;
  readonly #offsets: Uint32Array;
  readonly #partners: Float64Array;
  readonly #sims: Float64Array;

  /** Use `readCandidates`. */
  constructor(items: ItemRange, offsets: Uint32Array, partners: Float64Array, sims: Float64Array) {
    this.#items = items;
    this.#offsets = offsets;
    this.#partners = partners;
    this.#sims = sims;
  }

  /** Returns the candidates of an item; undefined when the item is not one of these. @param item its number */
  of(item: number): Candidates | undefined {
    const { from, to } = this.#items;
    if (item < from || item >= to) return undefined;
    const first = this.#offsets[0]!;
    const [start, end] = [this.#offsets[item - from]! - first, this.#offsets[item - from + 1]! - first];
    return { partners: this.#partners.subarray(start, end), sims: this.#sims.subarray(start, end) };
  }
}

/** Reads the candidates of some items of a range. @param items within the range */
export async function readCandidates(range: CandidateRange, items: ItemRange): Promise<ItemCandidates> {
  const offsets = await readOffsets(range, items);
  const rows = { from: offsets[0]!, to: offsets.at(-1)! };
  const partners = await CANDIDATES.readRows(range.file, 'partners', rows);
  const sims = await CANDIDATES.readRows(range.file, 'sims', rows);
  return new ItemCandidates(items, offsets, partners, sims);
}
