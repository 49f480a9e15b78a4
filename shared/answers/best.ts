/** Keeps the best of many keys while their scores come in any order. */

export interface Scored<Key extends number | string> {
  readonly key: Key;
  readonly score: number;
}

/** The best keys by falling score. Of equal scores the smaller key comes first, and a score that is not a number is left out. */
export class Best<Key extends number | string> {
  readonly #most: number;
  readonly #list: Scored<Key>[] = [];

  /** @param most the length of the list, at least 1 */
  constructor(most: number) {
    this.#most = most;
  }

  /** Best first. */
  get list(): readonly Scored<Key>[] {
    return this.#list;
  }

  /** Offers a key, each once. */
  offer(key: Key, score: number): void {
    if (Number.isNaN(score)) return;
    const list = this.#list;
    let place = list.length;
    while (place > 0 && isBefore(key, score, list[place - 1]!)) place--;
    if (place === this.#most) return;
    list.splice(place, 0, { key, score });
    if (list.length > this.#most) list.pop();
  }
}

const isBefore = <Key extends number | string>(key: Key, score: number, other: Scored<Key>): boolean =>
  score > other.score || (score === other.score && key < other.key);
