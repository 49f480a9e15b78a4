/**
 * Cosine similarities of the columns of a binary users × items matrix: counts of common users, and each item's best
 * partners.
 *
 * The product of the matrix's transpose and the matrix is counted row by row, as in Gustavson's sparse product (1978), in
 * the upper triangle only. With three users of the items 0 1 2, 0 2 and 1 2, the row of item 0 is counted from the rows of
 * its users:
 *
 *   user 0: 0 [1 2]    user 1: 0 [2]    counters of row 0:  – 1 2
 *
 * Each user's cursor (the bracket) is behind the row's item, since rows ascend. The counters are a dense array that stays
 * in the cache and is scanned and cleared once for each row. Items are numbered from the most popular on. An item thus meets
 * its best partners early, and one comparison rejects most later candidates.
 *
 * A *tile* is R rows against L items; the rows are the first R of the items. A tile counts the pairs of a row and a later
 * item. Without `rowPairs` it counts only the pairs of a row and an item that is not a row, so that tiles can cover the
 * triangle of any number of items. In DIMSUM's draws the row's item is the first of a pair.
 */
import { BestPartners, type Partners } from './similarity-best.ts';
import { ALWAYS, firstDraw, firstTerm, secondDraw, secondTerm, userTerm } from './similarity-sampling.ts';

export type { Partners } from './similarity-best.ts';

/** The most items of a tile. Item numbers of 16 bits halve the memory that counting reads. */
export const MAX_TILE_ITEMS = 2 ** 16;

/** The rows of U users. */
export interface UserRows {
  /** The users' ids (U). Draws follow from them. */
  readonly users: Float64Array;
  /** User `u` has the entries `offsets[u]` (inclusive) to `offsets[u + 1]` (exclusive). (U + 1) */
  readonly offsets: Uint32Array;
  /** Item numbers, 0 to L − 1, ascending within a user. */
  readonly items: Uint16Array;
}

export interface TileOptions {
  /** The items' ids (L). They decide ties. */
  readonly ids: Float64Array;
  /** The items' weights (L): the similarity of i and j is their count over √(weights[i] × weights[j]). */
  readonly weights: Float64Array;
  /** R: the first R items are rows. */
  readonly rows: number;
  /** True when pairs of two rows are counted too. */
  readonly rowPairs: boolean;
  /** The partners to keep for each item. */
  readonly limit: number;
  /** DIMSUM: `chances` is 2^30 times the probability of each item (L). Without it every pair is counted. */
  readonly sampling?: { readonly seed: number; readonly chances: Int32Array } | undefined;
}

/** Returns the best partners of each item, among the pairs that the tile counts. @param rows the rows of all users */
export function bestPartners(options: TileOptions, rows: UserRows): Partners {
  const best = bestOf(options);
  const offer = rowOffers(options, best);
  const counters = new Uint32Array(options.ids.length);
  const count = rowCounter(options, rows);
  for (let row = 0; row < options.rows; row++) if (count(row, counters)) offer(row, counters);
  return best.take();
}

/**
 * Finds the best partners when the rows of all users do not fit into memory at once. It holds the counters of the whole
 * tile instead, R × L of 4 bytes.
 */
export class TileCounters {
  readonly #options: TileOptions;
  readonly #counters: Uint32Array;

  constructor(options: TileOptions) {
    this.#options = options;
    this.#counters = new Uint32Array(options.rows * options.ids.length);
  }

  /** Adds the pairs of more users. @param rows the rows of users that were not added before */
  add(rows: UserRows): void {
    const count = rowCounter(this.#options, rows);
    for (let row = 0; row < this.#options.rows; row++) count(row, this.#row(row));
  }

  /** Returns the best partners of each item. Nothing may be added afterwards. */
  best(): Partners {
    const best = bestOf(this.#options);
    const offer = rowOffers(this.#options, best);
    for (let row = 0; row < this.#options.rows; row++) offer(row, this.#row(row));
    return best.take();
  }

  #row(row: number): Uint32Array {
    const items = this.#options.ids.length;
    return this.#counters.subarray(row * items, (row + 1) * items);
  }
}

function bestOf({ ids, limit }: TileOptions): BestPartners {
  if (ids.length > MAX_TILE_ITEMS) throw new RangeError(`a tile of ${ids.length} items: at most ${MAX_TILE_ITEMS}`);
  return new BestPartners(ids, limit);
}

/** Adds a row's common users to `counters` (L) and returns true when the row has a user. Rows must come in order. */
type RowCounter = (row: number, counters: Uint32Array) => boolean;

function rowCounter(options: TileOptions, users: UserRows): RowCounter {
  const byRow = usersByRow(options, users);
  return options.sampling === undefined ? countAll(options, users, byRow) : countDrawn(options, users, byRow);
}

/** The users of each row's item, and the users' cursors. */
interface UsersByRow {
  /** Row `r` has the users `offsets[r]` (inclusive) to `offsets[r + 1]` (exclusive). (R + 1) */
  readonly offsets: Uint32Array;
  readonly users: Uint32Array;
  /** The entry at each user's cursor (U): the first one, or with `rowPairs` false the first that is not a row. */
  readonly cursors: Uint32Array;
}

function usersByRow({ rows, rowPairs }: TileOptions, { offsets, items }: UserRows): UsersByRow {
  const count = offsets.length - 1;
  const cursors = new Uint32Array(count);
  const rowOffsets = new Uint32Array(rows + 1);
  for (let user = 0; user < count; user++) {
    const end = offsets[user + 1]!;
    let at = offsets[user]!;
    cursors[user] = at;
    for (; at < end && items[at]! < rows; at++) rowOffsets[items[at]! + 1]!++;
    if (!rowPairs) cursors[user] = at;
  }
  for (let row = 0; row < rows; row++) rowOffsets[row + 1]! += rowOffsets[row]!;
  const next = rowOffsets.slice();
  const users = new Uint32Array(rowOffsets[rows]!);
  for (let user = 0; user < count; user++) {
    const end = offsets[user + 1]!;
    for (let at = offsets[user]!; at < end && items[at]! < rows; at++) users[next[items[at]!]!++] = user;
  }
  return { offsets: rowOffsets, users, cursors };
}

function countAll({ rowPairs }: TileOptions, { offsets: ends, items }: UserRows, byRow: UsersByRow): RowCounter {
  const { offsets, users, cursors } = byRow;
  const step = rowPairs ? 1 : 0;
  return (row, counters) => {
    const last = offsets[row + 1]!;
    for (let at = offsets[row]!; at < last; at++) {
      const user = users[at]!;
      const end = ends[user + 1]!;
      const start = cursors[user]! + step;
      cursors[user] = start;
      for (let entry = start; entry < end; entry++) counters[items[entry]!]!++;
    }
    return offsets[row]! < last;
  };
}

function countDrawn(options: TileOptions, rows: UserRows, byRow: UsersByRow): RowCounter {
  const { ids, rowPairs } = options;
  const { seed, chances } = options.sampling as NonNullable<TileOptions['sampling']>;
  const { offsets: ends, items } = rows;
  const { offsets, users, cursors } = byRow;
  const step = rowPairs ? 1 : 0;
  const userTerms = Int32Array.from(rows.users, (user) => userTerm(seed, user));
  const secondTerms = Int32Array.from(ids, secondTerm);
  const certain = firstCertain(rows, chances);
  return (row, counters) => {
    const last = offsets[row + 1]!;
    const term = firstTerm(ids[row]!);
    const chance = chances[row]!;
    for (let at = offsets[row]!; at < last; at++) {
      const user = users[at]!;
      let entry = cursors[user]! + step;
      cursors[user] = entry;
      const both = (userTerms[user]! + term) | 0;
      if (firstDraw(both) >= chance) continue;
      const end = ends[user + 1]!;
      for (const to = Math.min(certain[user]!, end); entry < to; entry++) {
        const item = items[entry]!;
        // Adds 1 when the draw is below the chance, without a branch that the processor cannot predict.
        counters[item]! += (secondDraw(both + secondTerms[item]!) - chances[item]!) >>> 31;
      }
      for (; entry < end; entry++) counters[items[entry]!]!++;
    }
    return offsets[row]! < last;
  };
}

/** Returns, for each user, the first entry from which every item is drawn with certainty. Rare items come last. */
function firstCertain({ offsets, items }: UserRows, chances: Int32Array): Uint32Array {
  const drawn = chances.findLastIndex((chance) => chance < ALWAYS) + 1;
  const certain = new Uint32Array(offsets.length - 1);
  for (let user = 0; user < certain.length; user++) {
    let at = offsets[user]!;
    while (at < offsets[user + 1]! && items[at]! < drawn) at++;
    certain[user] = at;
  }
  return certain;
}

/** Returns a function that offers a row's counts to both items of each pair and clears the counters. */
function rowOffers(
  { weights, rows, rowPairs }: TileOptions,
  best: BestPartners,
): (row: number, counters: Uint32Array) => void {
  const items = weights.length;
  const scales = Float64Array.from(weights, (weight) => (weight === 0 ? 0 : 1 / Math.sqrt(weight)));
  const { floors } = best;
  return (row, counters) => {
    const scale = scales[row]!;
    const weight = weights[row]!;
    for (let item = rowPairs ? row + 1 : rows; item < items; item++) {
      const count = counters[item]!;
      counters[item] = 0;
      const nearly = count * scale * scales[item]!;
      const enters = nearly >= floors[item]!;
      if (!enters && nearly < floors[row]!) continue;
      // Every similarity is computed by this formula, in this order of operations.
      const sim = count / Math.sqrt(weight * weights[item]!);
      best.offer(row, item, sim);
      if (enters) best.offer(item, row, sim);
    }
  };
}
