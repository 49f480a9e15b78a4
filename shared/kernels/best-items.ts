/**
 * The best items of users by the inner product of their factors, exactly.
 *
 * *U users, I items, K rank, N items wanted for each user.* The score of a pair is what the original's server computes from the
 * published factors: from 0 on, for dimension 0 to K − 1, one multiplication and one addition, each rounded to float32. Of equal
 * scores the smaller id comes first. A score that is not a number is in no list.
 *
 * The items may come in tiles. Each tile takes the lists that the tiles before it left, and returns the lists over all of them:
 *
 *     let lists = emptyLists(users, count);
 *     for (const { ids, factors, first } of tiles) {
 *       lists = BestItems.of(ids, factors, rank, first).best(userFactors, seen, count, lists);
 *     }
 */
import { type BestLists, emptyLists, type SeenItems } from './best-lists.ts';

export { type BestLists, emptyLists, type SeenItems } from './best-lists.ts';

export class BestItems {
  readonly #factors: Float32Array;
  readonly #items: number;
  readonly #rank: number;
  readonly #first: number;

  private constructor(factors: Float32Array, items: number, rank: number, first: number) {
    this.#factors = factors;
    this.#items = items;
    this.#rank = rank;
    this.#first = first;
  }

  /**
   * @param ids (I) of the tile's items, ascending
   * @param factors (I,K) as published: five digits, rounded to float32
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

  /**
   * Returns the `count` best items of each user.
   *
   * @param factors (U,K) as published
   * @param seen the items that are left out. Indexes outside of this tile are passed over
   * @param before the lists of the same users over other tiles
   */
  best(factors: Float32Array, seen: SeenItems, count: number, before?: BestLists): BestLists {
    const users = seen.starts.length - 1;
    const lists = emptyLists(users, count);
    for (let user = 0; user < users; user++) {
      const left = new Set(seen.items.subarray(seen.starts[user], seen.starts[user + 1]));
      const found: { readonly item: number; readonly score: number }[] = [];
      for (let place = 0; place < (before?.counts[user] ?? 0); place++) {
        found.push({ item: before!.items[user * count + place]!, score: before!.scores[user * count + place]! });
      }
      for (let item = 0; item < this.#items; item++) {
        const score = this.#score(factors, user, item);
        if (!left.has(this.#first + item) && !Number.isNaN(score)) found.push({ item: this.#first + item, score });
      }
      found.sort((a, b) => (a.score === b.score ? a.item - b.item : a.score < b.score ? 1 : -1));
      found.slice(0, count).forEach(({ item, score }, place) => {
        lists.items[user * count + place] = item;
        lists.scores[user * count + place] = score;
      });
      lists.counts[user] = Math.min(found.length, count);
    }
    return lists;
  }

  #score(factors: Float32Array, user: number, item: number): number {
    let sum = 0;
    for (let k = 0; k < this.#rank; k++) {
      const product = Math.fround(factors[user * this.#rank + k]! * this.#factors[item * this.#rank + k]!);
      sum = Math.fround(sum + product);
    }
    return sum;
  }
}
