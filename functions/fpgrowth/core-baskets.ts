/**
 * Baskets as they are read: items numbered, counted, and each once in a basket.
 *
 *   lines `7 3 7`, `9`, `3 9`      items 7 3 9, counts 1 2 2
 *                                  baskets of two items or more   places 0 1 1 2, ends 2 4
 */
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';

export interface Baskets {
  /** All of them, also those too small for a set. */
  readonly total: number;
  /** Distinct ids, in order of first sight. (I) */
  readonly items: Float64Array;
  /** Baskets that hold each. (I) */
  readonly counts: Uint32Array;
  /** The items of all baskets of two items or more, as places in `items`, one basket after another. */
  readonly places: Uint32Array;
  /** Where each of these baskets ends. */
  readonly ends: Uint32Array;
}

export class BasketCounter {
  #total = 0;
  readonly #index = new IdIndex();
  #counts = new Uint32Array(1024);
  /** Place → the last basket that it was seen in, from 1. */
  #lastSeen = new Uint32Array(1024);
  readonly #places = new Growable(Uint32Array);
  readonly #ends = new Growable(Uint32Array);

  /** @param ids one basket's, in any order, also repeated */
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
