/**
 * The best partners of many items at once: those with the highest similarity and, of equal similarities, the smaller id.
 *
 * An item collects up to twice as many candidates as it may keep, then drops the worse half. The worst candidate that it
 * kept is its *bar*: a candidate that does not pass the bar is not collected. The order in which candidates come does not
 * change which of them stay.
 *
 *   limit 2: 0.5 0.3 0.4 0.1 | full: keep 0.5 0.4, the bar is 0.4 | 0.2 does not pass | 0.45 …
 */

/** The floor's share of the bar: callers compute a similarity by another formula, whose rounding may differ. */
const SLACK = 1 - 1e-12;

/** Item `x` has the partners `offsets[x]` (inclusive) to `offsets[x + 1]` (exclusive), in no order. */
export interface Partners {
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** The item numbers of the partners. */
  readonly partners: Uint32Array<ArrayBuffer>;
  readonly sims: Float64Array<ArrayBuffer>;
}

export class BestPartners {
  /** By item: a similarity below this floor cannot enter. It is a little below the bar and leaves room for rounding. */
  readonly floors: Float64Array;
  readonly #ids: Float64Array;
  readonly #limit: number;
  readonly #capacity: number;
  readonly #sims: Float64Array;
  readonly #partners: Uint32Array;
  readonly #lengths: Uint32Array;
  /** The bar: the similarity and the id of the worst partner kept. */
  readonly #barSims: Float64Array;
  readonly #barIds: Float64Array;

  /** @param ids by item number: they decide ties @param limit the partners to keep for each item, at least 1 */
  constructor(ids: Float64Array, limit: number) {
    const items = ids.length;
    this.#ids = ids;
    this.#limit = limit;
    this.#capacity = Math.min(2 * limit, Math.max(1, items - 1));
    this.#sims = new Float64Array(items * this.#capacity);
    this.#partners = new Uint32Array(items * this.#capacity);
    this.#lengths = new Uint32Array(items);
    this.#barSims = new Float64Array(items);
    this.#barIds = new Float64Array(items).fill(Number.POSITIVE_INFINITY);
    // Above zero, so that two items without a common user are never partners.
    this.floors = new Float64Array(items).fill(Number.MIN_VALUE);
  }

  /** Offers `partner` to `item` at a similarity above zero. Each partner may be offered to an item only once. */
  offer(item: number, partner: number, sim: number): void {
    const bar = this.#barSims[item]!;
    if (sim < bar || (sim === bar && this.#ids[partner]! > this.#barIds[item]!)) return;
    const base = item * this.#capacity;
    const at = this.#lengths[item]!++;
    this.#sims[base + at] = sim;
    this.#partners[base + at] = partner;
    if (at + 1 === this.#capacity) this.#drop(item);
  }

  /** Returns the best partners of all items. Nothing may be offered afterwards. */
  take(): Partners {
    const items = this.#lengths.length;
    const offsets = new Uint32Array(items + 1);
    for (let item = 0; item < items; item++) {
      this.#drop(item);
      offsets[item + 1] = offsets[item]! + this.#lengths[item]!;
    }
    const partners = new Uint32Array(offsets[items]!);
    const sims = new Float64Array(offsets[items]!);
    for (let item = 0; item < items; item++) {
      const from = item * this.#capacity;
      const to = from + this.#lengths[item]!;
      partners.set(this.#partners.subarray(from, to), offsets[item]);
      sims.set(this.#sims.subarray(from, to), offsets[item]);
    }
    return { offsets, partners, sims };
  }

  /** Keeps the best `limit` of an item that has more, and sets its bar. */
  #drop(item: number): void {
    const length = this.#lengths[item]!;
    if (length <= this.#limit) return;
    const base = item * this.#capacity;
    const worst = base + this.#limit - 1;
    this.#select(base, base + length - 1, worst);
    this.#lengths[item] = this.#limit;
    this.#barSims[item] = this.#sims[worst]!;
    this.#barIds[item] = this.#ids[this.#partners[worst]!]!;
    this.floors[item] = this.#barSims[item]! * SLACK;
  }

  /**
   * Reorders `low … high` so that index `wanted` has its sorted candidate, with better ones before it (Hoare's quickselect).
   */
  #select(low: number, high: number, wanted: number): void {
    const sims = this.#sims;
    const partners = this.#partners;
    const ids = this.#ids;
    while (low < high) {
      const middle = (low + high) >> 1;
      const sim = sims[middle]!;
      const id = ids[partners[middle]!]!;
      let left = low;
      let right = high;
      while (left <= right) {
        while (sims[left]! > sim || (sims[left] === sim && ids[partners[left]!]! < id)) left++;
        while (sims[right]! < sim || (sims[right] === sim && ids[partners[right]!]! > id)) right--;
        if (left > right) break;
        const [oneSim, onePartner] = [sims[left]!, partners[left]!];
        sims[left] = sims[right]!;
        partners[left++] = partners[right]!;
        sims[right] = oneSim;
        partners[right--] = onePartner;
      }
      if (wanted <= right) high = right;
      else if (wanted >= left) low = left;
      else return;
    }
  }
}
