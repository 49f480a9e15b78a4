/** A tile's share of the users' rows, in the numbering of the tile: its rows first, then its columns. */
import type { UserRows } from '../../shared/kernels/similarity.ts';
import type { Tile } from './core-tiles.ts';

/** Whether rows make pairs among themselves: the columns then begin where the rows do, and hold them. */
export const isSquare = ({ rows, columns }: Tile): boolean => rows.from === columns.from;

/** Where the tile's items stand, as ranges of catalogue numbers in the order of the tile's own. */
export const rangesOf = (tile: Tile) => (isSquare(tile) ? [tile.columns] : [tile.rows, tile.columns]);

/** Entries of some users: those of the tile's ranges one after another, by block, user and number. */
export interface Entries {
  /** Ids (K). */
  readonly users: Float64Array;
  /** A place in `users`, and a catalogue number, for each entry. */
  readonly rows: Uint32Array;
  readonly items: Uint32Array;
}

/** The rows of the users that can make a pair in this tile: they have one of its row items, and another item. */
export function tileRows({ users, rows, items }: Entries, tile: Tile): UserRows {
  const lengths = new Uint32Array(users.length);
  const isPaired = new Uint8Array(users.length);
  for (let entry = 0; entry < rows.length; entry++) {
    const user = rows[entry]!;
    if (items[entry]! < tile.rows.to) isPaired[user] = 1;
    lengths[user]!++;
  }
  const paired = Uint32Array.from(lengths.keys()).filter((user) => isPaired[user] === 1 && lengths[user]! > 1);
  const offsets = new Uint32Array(paired.length + 1);
  const next = new Uint32Array(users.length);
  for (let place = 0; place < paired.length; place++) {
    const user = paired[place]!;
    next[user] = offsets[place]!;
    offsets[place + 1] = offsets[place]! + lengths[user]!;
    isPaired[user] = 2;
  }
  const own = new Uint16Array(offsets.at(-1)!);
  const columnsAt = isSquare(tile) ? 0 : tile.rows.to - tile.rows.from;
  for (let entry = 0; entry < rows.length; entry++) {
    const user = rows[entry]!;
    if (isPaired[user] !== 2) continue;
    const number = items[entry]!;
    own[next[user]!++] = number < tile.rows.to ? number - tile.rows.from : columnsAt + number - tile.columns.from;
  }
  return { users: Float64Array.from(paired, (user) => users[user]!), offsets, items: own };
}

/** Rows of different users as one. */
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
