/**
 * The baskets of a shard, with numbered and counted items. An item counts once for each basket.
 *
 *   lines `7 3 7`, `9`, `3 9`      items 7 3 9, counts 1 2 2
 *                                  baskets of two items or more   places 0 1 1 2, ends 2 4
 */
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';

export interface Baskets {
  /** The number of all baskets, also of those with fewer than two items. */
  readonly total: number;
  /** Distinct ids, in the order of their first baskets. (I) */
  readonly items: Float64Array;
  /** The number of baskets that hold each item. (I) */
  readonly counts: Uint32Array;
  /** The items of all baskets of two items or more, as indexes into `items`, one basket after another. */
  readonly places: Uint32Array;
  /** The end of each of these baskets in `places`. */
  readonly ends: Uint32Array;
}

export class BasketCounter {
  #total = 0;
  readonly #index = new IdIndex();
  #counts = new Uint32Array(1024);
  /** Place → the number of the last basket that holds the item, from 1. */
  #lastSeen = new Uint32Array(1024);
  readonly #places = new Growable(Uint32Array);
  readonly #ends = new Growable(Uint32Array);

  /** Adds a basket. @param ids its items in any order, which may be repeated */
  add(ids: Float64Array): void {
    const basket = ++this.#total;
    const start = this.#places.length;
    for (let at = 0; at < ids.length; at++) {
      const place = this.#index.add(ids[at]!);
      if (place === this.#counts.length) this.#grow();
      if (this.#lastSeen[place] === basket) continue;
      this.#lastSeen[place] = basket;
      this.#counts[place]!++;
      this.#places.push(place);
    }
    if (this.#places.length - start < 2) this.#places.truncate(start);
    else this.#ends.push(this.#places.length);
  }

  baskets(): Baskets {
    return {
      total: this.#total,
      items: this.#index.ids,
      counts: this.#counts.subarray(0, this.#index.size),
      places: this.#places.view(),
      ends: this.#ends.view(),
    };
  }

  #grow(): void {
    const larger = () => new Uint32Array(2 * this.#counts.length);
    const [counts, lastSeen] = [larger(), larger()];
    counts.set(this.#counts);
    lastSeen.set(this.#lastSeen);
    this.#counts = counts;
    this.#lastSeen = lastSeen;
  }
}
