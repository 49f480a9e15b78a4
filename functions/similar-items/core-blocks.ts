/**
 * Item blocks: ranges of consecutive item numbers, the grain in which rows are laid out and tiles are cut. They change no
 * similarity: counts are integers, and the best of an item's partners are the best of the best of any parts.
 */
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { sortRange } from '../../shared/columns/sort-range.ts';
import { MAX_TILE_ITEMS } from '../../shared/kernels/similarity.ts';
import { NO_ITEM } from './core-catalogue.ts';
import type { Pairs } from './core-pairs.ts';

/** Blocks of a small catalogue: so finely shards can be cut. */
const BLOCKS = 256;
const MAX_BLOCK_ITEMS = 512;
/** What a tile's candidates may take, bytes: for each item twice the limit, 12 bytes each; two ranges of items. */
const CANDIDATE_BYTES = 64 << 20;

/** The most items of one of a tile's two ranges. */
export const maxRangeItems = (limit: number): number =>
  Math.min(MAX_TILE_ITEMS / 2, Math.floor(CANDIDATE_BYTES / (2 * limit * 12)));

/** Items a block. */
export const blockWidth = (items: number, limit: number): number =>
  Math.max(1, Math.min(Math.ceil(items / BLOCKS), MAX_BLOCK_ITEMS, maxRangeItems(limit)));

/** The pairs of a shard of users, by item number. K users kept, E entries, M blocks, S distinct items. */
export interface NumberedRows {
  /** Ids of the users with at least two items. (K) */
  readonly users: Float64Array;
  /** Block `b` has the entries `offsets[b]` up to, not including, `offsets[b + 1]`. (M + 1) */
  readonly offsets: Uint32Array;
  /** By block, then user, then number: whose entry it is, a place in `users`. (E) */
  readonly rows: Uint32Array;
  /** Numbers. (E) */
  readonly items: Uint32Array;
  /** Pairs of entries of one user, by the block of the smaller number. (M) */
  readonly work: Float64Array;
  /** Numbers of the items that have a user, ascending, and how many users: those with one item count here too. (S) */
  readonly seen: Uint32Array;
  readonly seenUsers: Uint32Array;
  /** What is left after the filters. */
  readonly kept: { readonly users: number; readonly pairs: number };
}

/** @param numbers by place in the pairs' own list of items. (D) */
export function numberRows(
  { rows, offsets, items }: Pairs,
  numbers: Uint32Array,
  { minItemsPerUser, blocks, width }: { minItemsPerUser: number; blocks: number; width: number },
): NumberedRows {
  const usersOfPlace = new Uint32Array(numbers.length);
  const users: number[] = [];
  const entryRows = new Uint32Array(items.length);
  const entryItems = new Uint32Array(items.length);
  const entryBlocks = new Uint32Array(items.length);
  const work = new Float64Array(blocks);
  let entries = 0;
  let keptUsers = 0;
  let keptPairs = 0;
  for (let user = 0; user < rows.length; user++) {
    let end = entries;
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) {
      const number = numbers[items[at]!]!;
      if (number !== NO_ITEM) entryItems[end++] = number;
    }
    const count = end - entries;
    if (count === 0 || count < minItemsPerUser) continue;
    keptUsers++;
    keptPairs += count;
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) usersOfPlace[items[at]!]!++;
    if (count === 1) continue;
    sortRange(entryItems, entries, end);
    for (let at = entries; at < end; at++) {
      const block = (entryItems[at]! / width) >>> 0;
      entryBlocks[at] = block;
      entryRows[at] = users.length;
      work[block]! += end - 1 - at;
    }
    users.push(rows[user]!);
    entries = end;
  }
  const ownBlocks = entryBlocks.subarray(0, entries);
  const blockOffsets = offsetsOf(ownBlocks, blocks);
  const order = orderBy(ownBlocks, blockOffsets);
  return {
    users: Float64Array.from(users),
    offsets: blockOffsets,
    rows: permuted(entryRows.subarray(0, entries), order),
    items: permuted(entryItems.subarray(0, entries), order),
    work,
    ...seenItems(numbers, usersOfPlace),
    kept: { users: keptUsers, pairs: keptPairs },
  };
}

function seenItems(numbers: Uint32Array, users: Uint32Array): { seen: Uint32Array; seenUsers: Uint32Array } {
  const places = Uint32Array.from(numbers.keys()).filter((place) => numbers[place] !== NO_ITEM && users[place]! > 0);
  places.sort((a, b) => numbers[a]! - numbers[b]!);
  return { seen: permuted(numbers, places), seenUsers: permuted(users, places) };
}
