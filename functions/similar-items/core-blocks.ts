/**
 * Item blocks: ranges of consecutive item numbers. Users' rows are laid out by block, and tiles consist of whole
 * blocks. Blocks change no similarity: counts are integers, and the best partners of an item are the best of those that
 * are found in its tiles.
 */
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { sortRange } from '../../shared/columns/sort-range.ts';
import { MAX_TILE_ITEMS } from '../../shared/kernels/similarity.ts';
import { NO_ITEM } from './core-catalogue.ts';
import type { Pairs } from './core-pairs.ts';

/** Blocks of a small catalogue, which can be cut into as many shards. */
const BLOCKS = 256;
const MAX_BLOCK_ITEMS = 512;
/** Bytes that the candidates of a tile may take. */
const CANDIDATES_BYTES = 64 << 20;
/** Bytes of a candidate: a similarity, and the number of the partner. */
const CANDIDATE_BYTES = Float64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT;

/** Returns the most items of a range. A tile has two ranges, and holds up to twice `limit` candidates of each item. */
export const maxRangeItems = (limit: number): number =>
  Math.min(MAX_TILE_ITEMS / 2, Math.floor(CANDIDATES_BYTES / (2 * limit * CANDIDATE_BYTES)));

/** Returns the number of items of a block. @param items of the catalogue */
export const blockWidth = (items: number, limit: number): number =>
  Math.max(1, Math.min(Math.ceil(items / BLOCKS), MAX_BLOCK_ITEMS, maxRangeItems(limit)));

/**
 * The users, the (user, item) pairs, and the sessions that are left after the filters. When sessions are compared, pairs are of
 * a session and an item, and a user counts who has a session left. Otherwise there is no number of sessions.
 */
export type KeptRows = { readonly users: number; readonly pairs: number; readonly sessions?: number };

/**
 * The pairs of a shard of users, as entries by item number. A user with one item makes no pair of items, and so has no
 * entry.
 *
 * *K users with at least two items, E entries, M blocks, S items that have a user.*
 */
export interface NumberedRows {
  /** (K) */
  readonly userIds: Float64Array;
  /** Block `b` has the entries `offsets[b]` up to, not including, `offsets[b + 1]`. (M + 1) */
  readonly offsets: Uint32Array;
  /** The user of each entry, as an index into `userIds`. Entries are by block, then user, then item number. (E) */
  readonly entryUsers: Uint32Array;
  /** The item number of each entry. (E) */
  readonly entryItems: Uint32Array;
  /** Pairs of entries of one user, by the block of the smaller number. (M) */
  readonly work: Float64Array;
  /** Numbers of the items that have a user, ascending. Users with one item count here too. (S) */
  readonly seenItems: Uint32Array;
  /** The number of users of each of these items. (S) */
  readonly seenUserCounts: Uint32Array;
  readonly kept: KeptRows;
}

/** The options of numbering rows. Users with fewer items are left out, and M blocks have `width` items each. */
export interface Numbering {
  /** The user of each session, as a number; the sessions of a user follow each other. Without it users are compared. */
  readonly owners?: Uint32Array | undefined;
  readonly minItemsPerUser: number;
  readonly blocks: number;
  readonly width: number;
}

/** @param numbers the number of each of the pairs' own items, or NO_ITEM (D) */
export function numberRows(
  { userIds, offsets, items }: Pairs,
  numbers: Uint32Array,
  { owners, minItemsPerUser, blocks, width }: Numbering,
): NumberedRows {
  const userCounts = new Uint32Array(numbers.length);
  const pairedUsers: number[] = [];
  const entryUsers = new Uint32Array(items.length);
  const entryItems = new Uint32Array(items.length);
  const entryBlocks = new Uint32Array(items.length);
  const work = new Float64Array(blocks);
  let entries = 0;
  let rows = 0;
  let pairs = 0;
  let keptOwners = 0;
  let lastOwner: number | undefined;
  for (let user = 0; user < userIds.length; user++) {
    let end = entries;
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) {
      const number = numbers[items[at]!]!;
      if (number !== NO_ITEM) entryItems[end++] = number;
    }
    const count = end - entries;
    if (count === 0 || count < minItemsPerUser) continue;
    rows++;
    pairs += count;
    if (owners !== undefined && owners[user] !== lastOwner) {
      keptOwners++;
      lastOwner = owners[user];
    }
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) userCounts[items[at]!]!++;
    if (count === 1) continue;
    sortRange(entryItems, entries, end);
    for (let at = entries; at < end; at++) {
      const block = (entryItems[at]! / width) >>> 0;
      entryBlocks[at] = block;
      entryUsers[at] = pairedUsers.length;
      work[block]! += end - 1 - at;
    }
    pairedUsers.push(userIds[user]!);
    entries = end;
  }
  const ownBlocks = entryBlocks.subarray(0, entries);
  const blockOffsets = offsetsOf(ownBlocks, blocks);
  const order = orderBy(ownBlocks, blockOffsets);
  return {
    userIds: Float64Array.from(pairedUsers),
    offsets: blockOffsets,
    entryUsers: permuted(entryUsers.subarray(0, entries), order),
    entryItems: permuted(entryItems.subarray(0, entries), order),
    work,
    ...itemsSeen(numbers, userCounts),
    kept: owners === undefined ? { users: rows, pairs } : { users: keptOwners, pairs, sessions: rows },
  };
}

/** @param numbers (D) @param userCounts the users that have each item after the filters (D) */
function itemsSeen(numbers: Uint32Array, userCounts: Uint32Array): Pick<NumberedRows, 'seenItems' | 'seenUserCounts'> {
  const places = Uint32Array.from(numbers.keys()).filter(
    (place) => numbers[place] !== NO_ITEM && userCounts[place]! > 0,
  );
  places.sort((a, b) => numbers[a]! - numbers[b]!);
  return { seenItems: permuted(numbers, places), seenUserCounts: permuted(userCounts, places) };
}
