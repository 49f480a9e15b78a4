/**
 * The features of items, which are dimensions or tags. The table is built from (item, feature) pairs in any order, and pairs
 * may be repeated. *I items, F features.* An example:
 *
 *   pairs      (9, comedy) (4, drama) (9, action) (9, comedy)
 *   labels     [action, comedy, drama]      (F) ascending
 *   items      [4, 9]                       (I) ascending, only items with a feature
 *   offsets    [0, 1, 3]                    (I + 1) the features of item i are offsets[i] … offsets[i + 1] (exclusive)
 *   features   [2, 0, 1]                    indices into `labels`, ascending within an item, each once
 */
import { offsetsOf, orderBy } from '../columns/counting-sort.ts';
import { Growable } from '../columns/growable.ts';
import { IdIndex } from '../columns/id-index.ts';

export interface ItemFeatures<L> {
  readonly labels: readonly L[];
  readonly items: Float64Array;
  readonly offsets: Uint32Array;
  readonly features: Uint32Array;
}

export class FeatureTable<L extends string | number> {
  readonly #items = new IdIndex();
  readonly #numbers = new Map<L, number>();
  // One entry for each pair. Items and features are numbered in the order of their first pair.
  readonly #itemOf = new Growable(Uint32Array);
  readonly #featureOf = new Growable(Uint32Array);

  /** The number of pairs, including repeated ones. */
  get length(): number {
    return this.#itemOf.length;
  }

  add(item: number, label: L): void {
    let number = this.#numbers.get(label);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(label, number);
    }
    this.#itemOf.push(this.#items.add(item));
    this.#featureOf.push(number);
  }

  /** Returns the features. Labels are sorted by number, or by UTF-16 code units. */
  finish(): ItemFeatures<L> {
    const labels = [...this.#numbers.keys()].sort((a, b) => (a < b ? -1 : Number(a > b)));
    const placeOfFeature = new Uint32Array(labels.length);
    for (const [place, label] of labels.entries()) placeOfFeature[this.#numbers.get(label)!] = place;
    const items = Float64Array.from(this.#items.ids).sort();
    const placeOfItem = new Uint32Array(items.length);
    for (let place = 0; place < items.length; place++) placeOfItem[this.#items.get(items[place]!)] = place;

    const rows = this.#itemOf.view().map((item) => placeOfItem[item]!);
    const starts = offsetsOf(rows, items.length);
    const order = orderBy(rows, starts);
    const featureOf = this.#featureOf.view();
    const features = order.map((pair) => placeOfFeature[featureOf[pair]!]!);
    return { labels, items, ...distinct(features, starts) };
  }
}

/** Sorts each row of `features` and removes repetitions. */
function distinct(features: Uint32Array, starts: Uint32Array): { offsets: Uint32Array; features: Uint32Array } {
  const offsets = new Uint32Array(starts.length);
  let kept = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    const own = features
      .subarray(starts[row], starts[row + 1])
      .slice()
      .sort();
    for (let at = 0; at < own.length; at++) {
      if (at === 0 || own[at] !== own[at - 1]) features[kept++] = own[at]!;
    }
    offsets[row + 1] = kept;
  }
  return { offsets, features: features.slice(0, kept) };
}
