/**
 * The catalogue: every item that the filters leave, and its number. Numbers go from the item with the most users on, equal
 * ones by ascending id: the order in which the kernel is fast, and in which a pair's items are drawn.
 */
import { IdIndex } from '../../shared/columns/id-index.ts';
import type { ItemCounts } from './core-pairs.ts';

/** N items. */
export interface Catalogue {
  /** Ascending. (N) */
  readonly ids: Float64Array;
  /** The number of each, 0 to N − 1. (N) */
  readonly numbers: Uint32Array;
}

/** What stands for the number of an item that is not in the catalogue. */
export const NO_ITEM = 0xffffffff;

/** Adds up the users of each item over shards of users. */
export class Tally {
  readonly #index = new IdIndex();
  #users = new Uint32Array(1024);

  add({ ids, users }: ItemCounts): void {
    for (let place = 0; place < ids.length; place++) {
      const item = this.#index.add(ids[place]!);
      if (item === this.#users.length) {
        const larger = new Uint32Array(2 * this.#users.length);
        larger.set(this.#users);
        this.#users = larger;
      }
      this.#users[item]! += users[place]!;
    }
  }

  /** The items with at least `minUsers` and at most `maxUsers` users. */
  catalogue(minUsers: number, maxUsers: number): Catalogue {
    const usersOf = (id: number): number => this.#users[this.#index.get(id)]!;
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

/** The catalogue's ids by number. (N) */
export function idsByNumber({ ids, numbers }: Catalogue): Float64Array {
  const byNumber = new Float64Array(ids.length);
  for (let place = 0; place < ids.length; place++) byNumber[numbers[place]!] = ids[place]!;
  return byNumber;
}

/** The number of each of `ids`, which ascend; NO_ITEM for those that the catalogue does not have. */
export function numbersOf(ids: Float64Array, catalogue: Catalogue): Uint32Array {
  const numbers = new Uint32Array(ids.length).fill(NO_ITEM);
  for (let place = 0, at = 0; place < ids.length; place++) {
    while (at < catalogue.ids.length && catalogue.ids[at]! < ids[place]!) at++;
    if (catalogue.ids[at] === ids[place]) numbers[place] = catalogue.numbers[at]!;
  }
  return numbers;
}
