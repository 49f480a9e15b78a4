/** The items that users have met, as the kernel of the best items takes them: by their index, tile by tile. */
import { Growable } from '../../shared/columns/growable.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { SeenItems } from '../../shared/kernels/best-items.ts';
import type { MetItems } from './core-met.ts';

/** *U users whose lists are made.* Tiles must come by ascending id of their items, each once. */
export class SeenByTile {
  readonly #met: Float64Array;
  /** (U) the next item of each user in `met`, and the end of the user's items. */
  readonly #next: Uint32Array;
  readonly #ends: Uint32Array;

  /** @param users (U) ids; a user who is not in `met` has met nothing */
  constructor(users: Float64Array, { users: all, metStarts, met }: MetItems) {
    const rows = placesOf(all);
    this.#met = met;
    this.#next = Uint32Array.from(users, (user) => (rows.get(user) < 0 ? 0 : metStarts[rows.get(user)]!));
    this.#ends = Uint32Array.from(users, (user) => (rows.get(user) < 0 ? 0 : metStarts[rows.get(user) + 1]!));
  }

  /** Returns the items of a tile that each user met. @param ids of the tile's items, ascending @param first its first index */
  inTile(ids: Float64Array, first: number): SeenItems {
    const places = placesOf(ids);
    const last = ids.at(-1)!;
    const starts = new Uint32Array(this.#next.length + 1);
    const items = new Growable(Uint32Array);
    for (let user = 0; user < this.#next.length; user++) {
      let at = this.#next[user]!;
      for (; at < this.#ends[user]! && this.#met[at]! <= last; at++) {
        const place = places.get(this.#met[at]!);
        if (place >= 0) items.push(first + place);
      }
      this.#next[user] = at;
      starts[user + 1] = items.length;
    }
    return { starts, items: items.view() };
  }
}
