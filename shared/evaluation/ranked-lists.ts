/** Keeps the best items of each user while scores come in any order. */
import type { RankedItems } from './scorer.ts';

/** *U users, N the length of a list.* */
export class RankedLists implements RankedItems {
  /** (U,N) */
  readonly items: Uint32Array;
  /** (U) */
  readonly counts: Uint32Array;
  /** (U,N) */
  readonly #scores: Float64Array;
  readonly #length: number;

  constructor(users: number, length: number) {
    this.items = new Uint32Array(users * length);
    this.counts = new Uint32Array(users);
    this.#scores = new Float64Array(users * length);
    this.#length = length;
  }

  /** Offers an item to a user's list: the larger score comes first, of equal scores the smaller item. */
  offer(user: number, item: number, score: number): void {
    const first = user * this.#length;
    const count = this.counts[user]!;
    let place = first + count;
    while (place > first && this.#isBefore(item, score, place - 1)) place--;
    const isFull = count === this.#length;
    if (isFull && place === first + count) return;
    const end = isFull ? first + count - 1 : first + count;
    this.items.copyWithin(place + 1, place, end);
    this.#scores.copyWithin(place + 1, place, end);
    this.items[place] = item;
    this.#scores[place] = score;
    if (!isFull) this.counts[user] = count + 1;
  }

  #isBefore(item: number, score: number, place: number): boolean {
    const other = this.#scores[place]!;
    return score > other || (score === other && item < this.items[place]!);
  }
}
