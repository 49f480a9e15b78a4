/**
 * Tiles: how the upper triangle of item pairs is cut into shards. Each pair lies in one tile.
 *
 *   columns      A           B           C            A, B, C: as few equal ranges as a worker's memory allows, one for a
 *   rows A   ◥ ◥ ◥       ▉ ▉ ▉       ▉ ▉ ▉            catalogue of some ten thousand items; each square is cut into rows of
 *   rows B               ◥ ◥ ◥       ▉ ▉ ▉            like work
 *
 * A worker holds the entries of its rows and columns, or, where those are too many, the counters of its whole tile and one
 * part of the entries after another: a tile is cut until one of the two fits.
 */

/** Items from `from` up to, not including, `to`, by number. */
export interface ItemRange {
  readonly from: number;
  readonly to: number;
}

/** `columns` begins where `rows` begins, and reaches at least as far (rows then make pairs among themselves), or behind it. */
export interface Tile {
  readonly rows: ItemRange;
  readonly columns: ItemRange;
}

export interface TilePlan {
  readonly items: number;
  /** Items a block. */
  readonly width: number;
  /** Items of a range, at most. */
  readonly rangeItems: number;
  /** By block: entries, and pairs of entries by the smaller number's. (M) */
  readonly entries: Float64Array;
  readonly work: Float64Array;
  /** About so many tiles, which have about equal work. */
  readonly count: number;
}

/** Pairs of entries that one shard counts: a few seconds. */
export const SHARD_WORK = 1e9;
/** Entries that a worker holds at once, about 16 bytes each. */
export const CHUNK_ENTRIES = 1 << 24;
/** Counters that a worker holds where it cannot hold the entries, 4 bytes each. */
const TILE_COUNTERS = 1 << 24;

export function planTiles(plan: TilePlan): Tile[] {
  const { items, width, entries, work } = plan;
  const entriesBefore = sumsBefore(entries);
  const workBefore = sumsBefore(work);
  const target = workBefore.at(-1)! / plan.count;
  const range = (from: number, to: number): ItemRange => ({ from: from * width, to: Math.min(items, to * width) });
  const between = (sums: Float64Array, from: number, to: number): number => sums[to]! - sums[from]!;

  const tiles: Tile[] = [];
  const bands = bandsOf(plan);
  for (const [index, columns] of bands.entries()) {
    for (const rows of bands.slice(0, index + 1)) {
      const square = rows === columns;
      // What rows count in these columns is estimated: by the columns' share of the entries behind the rows.
      const share =
        between(entriesBefore, columns.from, columns.to) / between(entriesBefore, rows.from, entries.length) || 0;
      const workOf = (from: number, to: number): number => between(workBefore, from, to) * share;
      const isSmall = (from: number, to: number): boolean => {
        const first = square ? from : columns.from;
        const held = between(entriesBefore, first, columns.to) + (square ? 0 : between(entriesBefore, from, to));
        const counted = (columns.to - first + (square ? 0 : to - from)) * width;
        return held <= CHUNK_ENTRIES || counted * (to - from) * width <= TILE_COUNTERS;
      };
      for (let from = rows.from; from < rows.to; ) {
        let to = from + 1;
        while (to < rows.to && workOf(from, to) < target && isSmall(from, to + 1)) to++;
        const own = range(from, to);
        if (between(workBefore, from, to) > 0) {
          tiles.push({ rows: own, columns: square ? { ...range(from, columns.to) } : range(columns.from, columns.to) });
        }
        from = to;
      }
    }
  }
  return tiles;
}

/** The ranges of blocks that tiles are squares of, of like size. */
function bandsOf({ items, width, rangeItems, entries }: TilePlan): ItemRange[] {
  const count = Math.ceil(items / (Math.floor(rangeItems / width) * width));
  const blocks = entries.length;
  return Array.from({ length: count }, (_, band) => ({
    from: Math.floor((band * blocks) / count),
    to: Math.floor(((band + 1) * blocks) / count),
  }));
}

function sumsBefore(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let at = 0; at < values.length; at++) sums[at + 1] = sums[at]! + values[at]!;
  return sums;
}
