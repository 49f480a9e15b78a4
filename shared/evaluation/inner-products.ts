/**
 * Ranks items by the inner product of vectors, for scorers of models whose items have vectors. The items are streamed in tiles
 * past the users of a block.
 *
 * *U users with a vector, K rank, T items of a tile.*
 */
import { BestItems } from '../kernels/best-items.ts';
import { RankedLists } from './ranked-lists.ts';
import type { ScoredBlock } from './scorer.ts';

/** Bytes of the vectors of one tile. A tile of fewer items would give the kernel less to skip. */
const TILE_BYTES = 64 << 20;
const NOT_IN_TILE = 0xffffffff;

/** The vectors of some users of a block. */
export interface UserVectors {
  /** (U) the places of the users in the block, ascending. */
  readonly places: Uint32Array;
  /** (U,K) */
  readonly vectors: Float32Array;
}

/** Ranks the items that are added, for the users of a block that have a vector. */
export class InnerProducts {
  readonly lists: RankedLists;
  readonly #block: ScoredBlock;
  readonly #users: UserVectors;
  readonly #rank: number;
  readonly #capacity: number;
  /** (T) indexes of known items, and their vectors (T,K), in the order in which they came. */
  readonly #items: Uint32Array;
  readonly #vectors: Float32Array;
  #length = 0;

  constructor(block: ScoredBlock, users: UserVectors, rank: number) {
    this.lists = new RankedLists(block.users.length, block.cutoff);
    this.#block = block;
    this.#users = users;
    this.#rank = rank;
    const most = Math.max(1, Math.floor(TILE_BYTES / Float32Array.BYTES_PER_ELEMENT / rank));
    this.#capacity = Math.max(1, Math.min(block.items.length, most));
    this.#items = new Uint32Array(this.#capacity);
    this.#vectors = new Float32Array(this.#capacity * rank);
  }

  /** Adds an item. @param item index of a known item, each once @param vector its K values, which are copied */
  add(item: number, vector: Float32Array): void {
    this.#items[this.#length] = item;
    this.#vectors.set(vector, this.#length * this.#rank);
    if (++this.#length === this.#capacity) this.#rankTile();
  }

  /** Returns the lists over all items. */
  finish(): RankedLists {
    this.#rankTile();
    return this.lists;
  }

  #rankTile(): void {
    const { items, vectors } = this.#sortedTile();
    this.#length = 0;
    if (items.length === 0 || this.#users.places.length === 0) return;
    const ids = Float64Array.from(items, (item) => this.#block.items[item]!);
    const { cutoff } = this.#block;
    const best = BestItems.of(ids, vectors, this.#rank).best(this.#users.vectors, this.#metIn(items), cutoff);
    for (const [row, user] of this.#users.places.entries()) {
      for (let place = 0; place < best.counts[row]!; place++) {
        const at = row * cutoff + place;
        this.lists.offer(user, items[best.items[at]!]!, best.scores[at]!);
      }
    }
  }

  /** Returns the tile's items by ascending id. */
  #sortedTile(): { readonly items: Uint32Array; readonly vectors: Float32Array } {
    const rank = this.#rank;
    const items = this.#items.slice(0, this.#length).sort();
    const isSorted = items.every((item, place) => item === this.#items[place]);
    if (isSorted) return { items, vectors: this.#vectors.subarray(0, items.length * rank) };
    const order = Uint32Array.from(items.keys()).sort((a, b) => this.#items[a]! - this.#items[b]!);
    const vectors = new Float32Array(items.length * rank);
    for (const [place, row] of order.entries()) {
      vectors.set(this.#vectors.subarray(row * rank, (row + 1) * rank), place * rank);
    }
    return { items, vectors };
  }

  /** Returns the items of a tile that each user met, as places in the tile. */
  #metIn(items: Uint32Array): { readonly starts: Uint32Array; readonly items: Uint32Array } {
    const { met } = this.#block;
    const places = new Uint32Array(this.#block.items.length).fill(NOT_IN_TILE);
    for (const [place, item] of items.entries()) places[item] = place;
    const { places: users } = this.#users;
    const starts = new Uint32Array(users.length + 1);
    let most = 0;
    for (const user of users) most += met.starts[user + 1]! - met.starts[user]!;
    const found = new Uint32Array(most);
    let length = 0;
    for (const [row, user] of users.entries()) {
      for (let at = met.starts[user]!; at < met.starts[user + 1]!; at++) {
        const place = places[met.items[at]!]!;
        if (place !== NOT_IN_TILE) found[length++] = place;
      }
      starts[row + 1] = length;
    }
    return { starts, items: found.subarray(0, length) };
  }
}
