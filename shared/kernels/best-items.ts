/**
 * The best items of users by the inner product of their factors, exactly.
 *
 * *U users, I items, K rank, N items wanted for each user.* The score of a pair is what the original's server computes from the
 * published factors: from 0 on, for dimension 0 to K − 1, one multiplication and one addition, each rounded to float32. Of equal
 * scores the smaller id comes first. A score that is not a number is in no list.
 *
 * Most pairs are dropped by bounds that cover all rounding, and what is left is scored as the server does, so the lists are those
 * of `test/reference/best-items.ts`, bit for bit. `assembly/best-items.ts` has the method.
 *
 * The items may come in tiles. Each tile takes the lists that the tiles before it left, and returns the lists over all of them:
 *
 *     let lists = emptyLists(users, count);
 *     for (const { ids, factors, first } of tiles) {
 *       lists = BestItems.of(ids, factors, rank, first).best(userFactors, seen, count, lists);
 *     }
 */
import { offsetsOf, orderBy } from '../columns/counting-sort.ts';
import { type BalancedBasis, balancedBasis, type Turn } from './balanced-basis.ts';
import { type BestItemsMemory, bestItemsMemory, GROUP_ITEMS } from './best-items-memory.ts';
import { type BestLists, emptyLists, type SeenItems } from './best-lists.ts';
import { gramOf } from './gram.ts';
import { paddedLength } from './memory-layout.ts';

export { type BestLists, emptyLists, type SeenItems } from './best-lists.ts';

/** Vectors of a side from which the basis is computed. More do not change it much. */
const SAMPLE = 2_048;
/** The basis is computed again when so many times as many users come as it was computed from. */
const MORE_USERS = 4;
/** Groups of items, the largest first, after which it is estimated how far a user must go. */
const FIRST_GROUPS = 32;
const LANES = 4;

export class BestItems {
  readonly #factors: Float32Array;
  readonly #items: number;
  readonly #rank: number;
  readonly #first: number;
  /** The place of each item in the memory. */
  readonly #places: Uint32Array;
  #memory: BestItemsMemory | undefined;
  #basis: BalancedBasis | undefined;
  /** Users from which the basis was computed. */
  #sampled = 0;

  private constructor(factors: Float32Array, items: number, rank: number, first: number) {
    this.#factors = factors;
    this.#items = items;
    this.#rank = rank;
    this.#first = first;
    this.#places = new Uint32Array(items);
  }

  /**
   * @param ids (I) of the tile's items, ascending
   * @param factors (I,K) as published: five digits, rounded to float32. They must not change later
   * @param first the index of the tile's first item in the catalogue
   * @throws RangeError when the ids are not ascending or the factors are not those of as many items
   */
  static of(ids: Float64Array, factors: Float32Array, rank: number, first = 0): BestItems {
    for (let item = 1; item < ids.length; item++) {
      if (!(ids[item - 1]! < ids[item]!)) throw new RangeError(`item ${ids[item]} follows item ${ids[item - 1]}`);
    }
    if (factors.length !== ids.length * rank) {
      throw new RangeError(`${factors.length} factors are not those of ${ids.length} items of rank ${rank}`);
    }
    return new BestItems(factors, ids.length, rank, first);
  }

  /** The multiplications of factors so far: without bounds there would be U × I × K. */
  get multiplications(): number {
    return this.#memory?.kernel.multiplications.value ?? 0;
  }

  /**
   * Returns the `count` best items of each user.
   *
   * @param factors (U,K) as published
   * @param seen the items that are left out. Indexes outside of this tile are passed over
   * @param before the lists of the same users over other tiles
   * @throws LimitError when the items of the tile, or lists so long, do not fit into a kernel's memory
   */
  best(factors: Float32Array, seen: SeenItems, count: number, before?: BestLists): BestLists {
    const users = seen.starts.length - 1;
    const lists = emptyLists(users, count);
    if (count === 0) return lists;
    const memory = this.#prepared(factors, users, count);
    for (let from = 0; from < users; from += memory.chunk) {
      this.#bestOfChunk(memory, { factors, seen, before, lists, from, end: Math.min(from + memory.chunk, users) });
    }
    return lists;
  }

  /** Returns a memory with the items in it, turned by a basis that suits the users. */
  #prepared(factors: Float32Array, users: number, count: number): BestItemsMemory {
    const sampled = Math.min(users, SAMPLE);
    const keepsBasis = this.#basis !== undefined && sampled < MORE_USERS * this.#sampled;
    if (keepsBasis && this.#memory?.wanted === count) return this.#memory;
    if (this.#memory?.wanted !== count) this.#memory = bestItemsMemory(this.#items, this.#rank, count);
    if (!keepsBasis) {
      const gram = (rows: Float32Array, length: number) => gramOf(sampleOf(rows, length, this.#rank), this.#rank);
      this.#basis = balancedBasis(gram(factors, users), gram(this.#factors, this.#items), this.#rank);
      this.#sampled = sampled;
    }
    this.#putItems(this.#memory, this.#basis!);
    return this.#memory;
  }

  #putItems(memory: BestItemsMemory, { items, slack }: BalancedBasis): void {
    const norms = new Float32Array(this.#items);
    const order = Uint32Array.from(norms.keys());
    this.#turnItems(memory, items, slack, order, (from, end) => {
      for (let item = from; item < end; item++) norms[item] = memory.bounds[4 * (item - from)]!;
    });
    order.sort((a, b) => norms[b]! - norms[a]! || a - b);
    this.#turnItems(memory, items, slack, order, (from, end) => memory.kernel.putItems(from, end - from));
    for (const [place, item] of order.entries()) {
      this.#places[item] = place;
      memory.indexes[place] = this.#first + item;
    }
  }

  /** Turns the items in an order, some at a time, and calls `next` after each of these times. */
  #turnItems(
    memory: BestItemsMemory,
    { matrix, weight }: Turn,
    slack: number,
    order: Uint32Array,
    next: (from: number, end: number) => void,
  ): void {
    memory.matrix.set(matrix);
    for (let from = 0; from < order.length; from += memory.chunk) {
      const end = Math.min(from + memory.chunk, order.length);
      putRows(memory.vectors, this.#factors, this.#rank, order.subarray(from, end));
      memory.kernel.turn(end - from, weight, slack);
      next(from, end);
    }
  }

  #bestOfChunk(memory: BestItemsMemory, block: Block): void {
    const { kernel, wanted, limits } = memory;
    const { factors, before, lists, from, end } = block;
    const users = end - from;
    const rows = Uint32Array.from({ length: users }, (_, user) => from + user);
    putRows(memory.vectors, factors, this.#rank, rows);
    memory.matrix.set(this.#basis!.users.matrix);
    kernel.turn(users, this.#basis!.users.weight, this.#basis!.slack);
    memory.candidateCounts.fill(0);
    memory.bestCounts.fill(0);
    memory.bestScores.fill(0);
    memory.bestItems.fill(0);
    if (before !== undefined) {
      memory.bestCounts.set(before.counts.subarray(from, end));
      memory.bestScores.set(before.scores.subarray(from * wanted, end * wanted));
      memory.bestItems.set(before.items.subarray(from * wanted, end * wanted));
    }
    for (let user = 0; user < users; user++) kernel.refill(user);

    const groups = paddedLength(this.#items) / GROUP_ITEMS;
    const all = Uint32Array.from({ length: users }, (_, user) => user);
    this.#scan(memory, block, all, 0, Math.min(FIRST_GROUPS, groups));
    // Users who must go about as far share a tile, and those who are done take no part any more.
    const ends = all.map((user) => groupsAbove(memory.norms, memory.bounds[4 * user]!, limits[user]!, groups));
    const far = orderBy(ends, offsetsOf(ends, groups + 1)).filter((user) => ends[user]! > FIRST_GROUPS);
    this.#scan(memory, block, far, FIRST_GROUPS, groups);

    for (let user = 0; user < users; user++) kernel.settle(user);
    lists.counts.set(memory.bestCounts.subarray(0, users), from);
    lists.scores.set(memory.bestScores.subarray(0, users * wanted), from * wanted);
    lists.items.set(memory.bestItems.subarray(0, users * wanted), from * wanted);
  }

  /** Takes the users, in their order, through groups of items, four at a time. */
  #scan({ kernel, taken }: BestItemsMemory, block: Block, users: Uint32Array, from: number, end: number): void {
    for (let at = 0; at < users.length; at += LANES) {
      const lanes = Math.min(LANES, users.length - at);
      const lane = (r: number) => users[at + (r < lanes ? r : 0)]!;
      for (let r = 0; r < lanes; r++) this.#mark(taken, block, lane(r), 1 << r);
      kernel.scan(lane(0), lane(1), lane(2), lane(3), lanes, from, end);
      for (let r = 0; r < lanes; r++) this.#mark(taken, block, lane(r), 0);
    }
  }

  /** Writes `bits` over the places of what the user has seen. With 0, nothing is marked any more. */
  #mark(taken: Uint8Array, { seen, from }: Block, user: number, bits: number): void {
    const last = seen.starts[from + user + 1]!;
    for (let at = seen.starts[from + user]!; at < last; at++) {
      const item = seen.items[at]! - this.#first;
      if (item < 0 || item >= this.#items) continue;
      const place = this.#places[item]!;
      taken[place] = bits === 0 ? 0 : taken[place]! | bits;
    }
  }
}

/** A chunk of the users of a call: `from` is inclusive, `end` exclusive. */
interface Block {
  readonly factors: Float32Array;
  readonly seen: SeenItems;
  readonly before: BestLists | undefined;
  readonly lists: BestLists;
  readonly from: number;
  readonly end: number;
}

/** Writes the rows `order` of `factors`, (rows,K), to `to`, (order,Kp). */
function putRows(to: Float32Array, factors: Float32Array, rank: number, order: Uint32Array): void {
  const kp = paddedLength(rank);
  for (let at = 0; at < order.length; at++) {
    const row = order[at]! * rank;
    for (let k = 0; k < rank; k++) to[at * kp + k] = factors[row + k]!;
  }
}

/** Returns at most SAMPLE of `length` rows, evenly spread, (rows,Kp). */
function sampleOf(factors: Float32Array, length: number, rank: number): Float32Array {
  const rows = Math.min(length, SAMPLE);
  const sample = new Float32Array(rows * paddedLength(rank));
  const order = Uint32Array.from({ length: rows }, (_, row) => Math.floor((row * length) / rows));
  putRows(sample, factors, rank, order);
  return sample;
}

/** Returns the number of groups whose first item, which has the largest norm, is not below the limit for a user's norm. */
function groupsAbove(norms: Float32Array, norm: number, limit: number, groups: number): number {
  let low = 0;
  for (let high = groups; low < high; ) {
    const middle = (low + high) >> 1;
    if (norm * norms[GROUP_ITEMS * middle]! < limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
