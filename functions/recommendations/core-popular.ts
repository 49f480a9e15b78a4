/** The recently popular items, for users whom the model does not know. */
import { joined } from '../../shared/columns/bytes.ts';
import { permuted } from '../../shared/columns/counting-sort.ts';
import type { IdIndex } from '../../shared/columns/id-index.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import { recentPopularity } from '../../shared/evaluation/recent-popularity.ts';
import type { GroupedRuns } from '../../shared/shuffle/join-runs.ts';

/** *P items, by falling popularity; of equally popular ones the smaller id first.* */
export interface PopularItems {
  /** (P) ids. */
  readonly items: Float64Array;
  /** (P) */
  readonly popularity: Float64Array;
}

/**
 * Returns the most popular items, at most `count`.
 *
 * @param runs the times of positive actions, by item
 * @param endMs the end of the last day that is read, in milliseconds since 1970
 */
export function popularItems(
  { ids, starts, columns }: GroupedRuns<'times'>,
  isAllowed: (item: number) => boolean,
  endMs: number,
  count: number,
): PopularItems {
  const times = columns.get('times') ?? new Float64Array();
  const allowed = Uint32Array.from(ids.keys()).filter((item) => isAllowed(ids[item]!));
  const popularity = Float64Array.from(allowed, (item) =>
    recentPopularity([...times.subarray(starts[item], starts[item + 1]).sort()], endMs),
  );
  return mostPopular([{ items: permuted(ids, allowed), popularity }], count);
}

/** Returns the most popular of distinct items, at most `count`. */
export function mostPopular(lists: readonly PopularItems[], count: number): PopularItems {
  const items = joined(lists.map((list) => list.items));
  const popularity = joined(lists.map((list) => list.popularity));
  const order = Uint32Array.from(items.keys())
    .sort((a, b) => popularity[b]! - popularity[a]! || items[a]! - items[b]!)
    .subarray(0, count);
  return { items: permuted(items, order), popularity: permuted(popularity, order) };
}

/** The list that every user gets, less the items that the user met. */
export class PopularList {
  readonly #popular: PopularItems;
  readonly #places: IdIndex;
  readonly #isMet: Uint8Array;

  constructor(popular: PopularItems) {
    this.#popular = popular;
    this.#places = placesOf(popular.items);
    this.#isMet = new Uint8Array(popular.items.length);
  }

  /** The items of the list, the most popular first. */
  get items(): Float64Array {
    return this.#popular.items;
  }

  /** Returns a user's items with their popularity in single precision, at most `count`. @param met ids */
  itemsFor(met: Float64Array, count: number): (readonly [item: number, score: number])[] {
    const { items, popularity } = this.#popular;
    const own = [...met].map((item) => this.#places.get(item)).filter((place) => place >= 0);
    for (const place of own) this.#isMet[place] = 1;
    const list: (readonly [number, number])[] = [];
    for (let place = 0; place < items.length && list.length < count; place++) {
      if (this.#isMet[place] === 0) list.push([items[place]!, Math.fround(popularity[place]!)]);
    }
    for (const place of own) this.#isMet[place] = 0;
    return list;
  }
}
