/**
 * The catalogue: every item that the filters leave, and its number. The item with the most users has number 0. Items
 * with equally many users are numbered by ascending id. The kernel is fast in this order, and DIMSUM draws a pair's
 * items in it.
 */
import { IdIndex } from '../../shared/columns/id-index.ts';
import type { ItemCounts } from './core-pairs.ts';

/** *N items.* */
export interface Catalogue {
  /** Ascending. (N) */
  readonly ids: Float64Array;
  /** The number of each item, 0 to N − 1. (N) */
  readonly numbers: Uint32Array;
}

/** Stands for the number of an item that is not in the catalogue. */
export const NO_ITEM = 0xffffffff;

const FIRST_CAPACITY = 1024;

/** Adds up the users of each item over shards of users. */
export class Tally {
  readonly #index = new IdIndex();
  #userCounts = new Uint32Array(FIRST_CAPACITY);

  add({ itemIds, userCounts }: ItemCounts): void {
    for (let place = 0; place < itemIds.length; place++) {
      const item = this.#index.add(itemIds[place]!);
      if (item === this.#userCounts.length) {
        const larger = new Uint32Array(2 * this.#userCounts.length);
        larger.set(this.#userCounts);
        this.#userCounts = larger;
      }
      this.#userCounts[item]! += userCounts[place]!;
    }
  }

  /** Returns the items with at least `minUsers` and at most `maxUsers` users. */
  catalogue(minUsers: number, maxUsers: number): Catalogue {
    const usersOf = (id: number): number => this.#userCounts[this.#index.get(id)]!;
    const ids = Float64Array.from(this.#index.ids)
      .sort()
      .filter((id) => usersOf(id) >= minUsers && usersOf(id) <= maxUsers);
    const users = Uint32Array.from(ids, usersOf);
    const order = Uint32Array.from(ids.keys()).sort((a, b) => users[b]! - users[a]! || a - b);
    const numbers = new Uint32Array(ids.length);
    for (let number = 0; number < order.length; number++) numbers[order[number]!] = number;
    return { ids, numbers };
  }
}

/** Returns the catalogue's ids by number. (N) */
export function idsByNumber({ ids, numbers }: Catalogue): Float64Array {
  const byNumber = new Float64Array(ids.length);
  for (let place = 0; place < ids.length; place++) byNumber[numbers[place]!] = ids[place]!;
  return byNumber;
}

/** Returns the number of each id, or NO_ITEM for an id that the catalogue does not have. @param ids ascending */
export function numbersOf(ids: Float64Array, catalogue: Catalogue): Uint32Array {
  const numbers = new Uint32Array(ids.length).fill(NO_ITEM);
  for (let place = 0, at = 0; place < ids.length; place++) {
    while (at < catalogue.ids.length && catalogue.ids[at]! < ids[place]!) at++;
    if (catalogue.ids[at] === ids[place]) numbers[place] = catalogue.numbers[at]!;
  }
  return numbers;
}
