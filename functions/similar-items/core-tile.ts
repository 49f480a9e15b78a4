/** The users' rows in one tile, by the item numbers of the tile: its rows first, then its columns. */
import type { UserRows } from '../../shared/kernels/similarity.ts';
import type { ItemRange, Tile } from './core-tiles.ts';

/** True when the rows make pairs among themselves. The columns then begin with the rows. */
export const isSquare = ({ rows, columns }: Tile): boolean => rows.from === columns.from;

/** Returns the tile's items as ranges of catalogue numbers, in the order of the tile's own numbers. */
export const rangesOf = (tile: Tile): readonly ItemRange[] =>
  isSquare(tile) ? [tile.columns] : [tile.rows, tile.columns];

/**
 * Entries of some users in the ranges of a tile: one range after another, by block, user and number.
 * *K users, E entries.*
 */
export interface Entries {
  /** (K) */
  readonly userIds: Float64Array;
  /** The user of each entry, as an index into `userIds`. (E) */
  readonly entryUsers: Uint32Array;
  /** The catalogue number of each entry's item. (E) */
  readonly entryItems: Uint32Array;
}

/** Returns the rows of the users who can make a pair in this tile: they have an item of its rows, and another item. */
export function tileRows({ userIds, entryUsers, entryItems }: Entries, tile: Tile): UserRows {
  const lengths = new Uint32Array(userIds.length);
  const isPaired = new Uint8Array(userIds.length);
  for (let entry = 0; entry < entryUsers.length; entry++) {
    const user = entryUsers[entry]!;
    if (entryItems[entry]! < tile.rows.to) isPaired[user] = 1;
    lengths[user]!++;
  }
  for (let user = 0; user < lengths.length; user++) if (lengths[user] === 1) isPaired[user] = 0;
  const paired = Uint32Array.from(lengths.keys()).filter((user) => isPaired[user] === 1);
  const offsets = new Uint32Array(paired.length + 1);
  const next = new Uint32Array(userIds.length);
  for (let place = 0; place < paired.length; place++) {
    const user = paired[place]!;
    next[user] = offsets[place]!;
    offsets[place + 1] = offsets[place]! + lengths[user]!;
  }
  const items = new Uint16Array(offsets.at(-1)!);
  const firstColumn = isSquare(tile) ? 0 : tile.rows.to - tile.rows.from;
  for (let entry = 0; entry < entryUsers.length; entry++) {
    const user = entryUsers[entry]!;
    if (isPaired[user] === 0) continue;
    const item = entryItems[entry]!;
    items[next[user]!++] = item < tile.rows.to ? item - tile.rows.from : firstColumn + item - tile.columns.from;
  }
  return { users: Float64Array.from(paired, (user) => userIds[user]!), offsets, items };
}

/** Joins the rows of different users. */
export function joinedRows(parts: readonly UserRows[]): UserRows {
  if (parts.length === 1) return parts[0]!;
  const total = (count: (part: UserRows) => number) => parts.reduce((sum, part) => sum + count(part), 0);
  const users = new Float64Array(total((part) => part.users.length));
  const offsets = new Uint32Array(users.length + 1);
  const items = new Uint16Array(total((part) => part.items.length));
  let user = 0;
  let entry = 0;
  for (const part of parts) {
    users.set(part.users, user);
    items.set(part.items, entry);
    for (let own = 1; own < part.offsets.length; own++) offsets[user + own] = entry + part.offsets[own]!;
    user += part.users.length;
    entry += part.items.length;
  }
  return { users, offsets, items };
}
