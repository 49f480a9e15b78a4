/**
 * Tiles: the upper triangle of item pairs, cut into shards. Each pair is in one tile.
 *
 *   columns      A           B           C
 *   rows A   ◥ ◥ ◥       ▉ ▉ ▉       ▉ ▉ ▉
 *   rows B               ◥ ◥ ◥       ▉ ▉ ▉
 *   rows C                           ◥ ◥ ◥
 *
 * A, B and C are *bands*: equal ranges of items, as few as the memory of a worker allows. A catalogue of some ten
 * thousand items has one band. Each square of two bands is cut into ranges of rows with about equal work.
 *
 * A worker holds the entries of its rows and columns. When these are too many, it holds the counters of its whole tile
 * instead, and reads one part of the entries after another. A tile is cut until the entries or the counters fit.
 */

/** Items from `from` up to, not including, `to`, by number. */
export type ItemRange = { readonly from: number; readonly to: number };

/**
 * When the columns begin where the rows begin, they contain the rows, and the rows make pairs among themselves.
 * Otherwise the columns begin behind the rows.
 */
export type Tile = { readonly rows: ItemRange; readonly columns: ItemRange };

/** *M blocks.* */
export interface TilePlan {
  /** The number of items of the catalogue. */
  readonly items: number;
  /** The number of items of a block. */
  readonly width: number;
  /** The most items of a range. */
  readonly rangeItems: number;
  /** The number of entries of each block. (M) */
  readonly entries: Float64Array;
  /** Pairs of entries of one user, by the block of the smaller number. (M) */
  readonly work: Float64Array;
  /** The wanted number of tiles. */
  readonly count: number;
}

/** Pairs of entries that one shard counts in a few seconds. */
export const SHARD_WORK = 1e9;
/** Entries that a worker holds at once, about 16 bytes each. */
export const CHUNK_ENTRIES = 1 << 24;
/** Counters of 4 bytes that a worker holds when it cannot hold the entries. */
const TILE_COUNTERS = 1 << 24;

/** Blocks from `from` up to, not including, `to`. */
interface BlockRange {
  readonly from: number;
  readonly to: number;
}

/** Returns tiles of about equal work. A tile in which nothing can be counted is left out. */
export function planTiles(plan: TilePlan): Tile[] {
  const { items, width } = plan;
  const before = { entries: sumsBefore(plan.entries), work: sumsBefore(plan.work) };
  const itemsOf = ({ from, to }: BlockRange): ItemRange => ({ from: from * width, to: Math.min(items, to * width) });
  const tiles: Tile[] = [];
  const bands = bandsOf(plan);
  for (const [index, columns] of bands.entries()) {
    for (const band of bands.slice(0, index + 1)) {
      const square = { band, columns, target: before.work.at(-1)! / plan.count };
      for (const rows of cutRows(square, before, width)) {
        if (between(before.work, rows) === 0) continue;
        tiles.push({ rows: itemsOf(rows), columns: itemsOf(columnsBehind(rows, square)) });
      }
    }
  }
  return tiles;
}

/** A square of the triangle: a band of rows, and the same or a later band of columns. */
interface Square {
  readonly band: BlockRange;
  readonly columns: BlockRange;
  /** The work of a tile. */
  readonly target: number;
}

/** Sums over the blocks before each block. (M + 1) each */
interface SumsBefore {
  readonly entries: Float64Array;
  readonly work: Float64Array;
}

/** Cuts the rows of a square into ranges that have about the target's work each, and that fit into memory. */
function cutRows(square: Square, before: SumsBefore, width: number): BlockRange[] {
  const { band, columns, target } = square;
  // A row's work is spread over the columns behind it. The share of this square is about its share of their entries.
  const behind = { from: band.from, to: before.entries.length - 1 };
  const share = between(before.entries, columns) / between(before.entries, behind) || 0;
  const ranges: BlockRange[] = [];
  for (let { from } = band; from < band.to; ) {
    let to = from + 1;
    while (
      to < band.to &&
      between(before.work, { from, to }) * share < target &&
      fits({ from, to: to + 1 }, square, before, width)
    ) {
      to++;
    }
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

/** Returns the columns of a range of rows: in a square of one band they begin with the rows. */
const columnsBehind = (rows: BlockRange, { band, columns }: Square): BlockRange =>
  band === columns ? { from: rows.from, to: columns.to } : columns;

/** True when a worker can hold the entries or the counters of the tile. */
function fits(rows: BlockRange, square: Square, before: SumsBefore, width: number): boolean {
  const ranges = square.band === square.columns ? [] : [rows];
  ranges.push(columnsBehind(rows, square));
  const entries = ranges.reduce((sum, range) => sum + between(before.entries, range), 0);
  const items = ranges.reduce((sum, { from, to }) => sum + (to - from) * width, 0);
  return entries <= CHUNK_ENTRIES || items * (rows.to - rows.from) * width <= TILE_COUNTERS;
}

/** Returns as few ranges of blocks of about equal size as have at most `rangeItems` items each. */
function bandsOf({ items, width, rangeItems, entries }: TilePlan): BlockRange[] {
  const count = Math.ceil(items / (Math.floor(rangeItems / width) * width));
  const blocks = entries.length;
  return Array.from({ length: count }, (_, band) => ({
    from: Math.floor((band * blocks) / count),
    to: Math.floor(((band + 1) * blocks) / count),
  }));
}

/** Returns the sum of the values before each place, and of all values. */
function sumsBefore(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let at = 0; at < values.length; at++) sums[at + 1] = sums[at]! + values[at]!;
  return sums;
}

/** Returns the sum over a range of blocks. */
const between = (sums: Float64Array, { from, to }: BlockRange): number => sums[to]! - sums[from]!;
