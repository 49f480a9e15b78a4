/**
 * Counts actions by item and value, and computes the count of an item from that:
 *
 *     count = number of actions + Σ over the item's distinct values, ascending, of value × number of actions with it
 *
 * So an action adds `value + 1`. The numbers are integers, which shards add up exactly, and the sum is made once, in one order.
 * Therefore no split of the input changes a bit of it. For example, item 20 has actions of the values 0, 0.1, 0.1 and 5:
 *
 *   rows     (0, 2)   (0.1, 2)   (5, 1)          as (value, number)
 *   count    5 + (0 × 2 + 0.1 × 2 + 5 × 1) = 10.2
 */
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { narrowed } from '../../shared/columns/narrow.ts';
import type { GroupedRuns } from '../../shared/shuffle/join-runs.ts';
import type { Runs } from '../../shared/shuffle/runs.ts';

export type ValueColumn = 'values' | 'numbers';

/** A run is one item, with a row for each of its values. */
export type ValueRuns = Runs<ValueColumn>;

/** Takes the actions of a shard. Most values are equal, so the rows are made distinct whenever they have doubled. */
export class ValueCounter {
  readonly #index = new IdIndex();
  #items = new Growable(Uint32Array);
  #values = new Growable(Float64Array);
  #numbers = new Growable(Float64Array);
  #limit: number;
  readonly #leastLimit: number;

  /** @param leastLimit the number of rows up to which they are not made distinct */
  constructor(leastLimit = 1 << 20) {
    this.#leastLimit = leastLimit;
    this.#limit = leastLimit;
  }

  /** Adds the first `count` actions of a batch. */
  add(items: Float64Array, values: Float64Array, count: number): void {
    for (let row = 0; row < count; row++) {
      this.#items.push(this.#index.add(items[row]!));
      // -0 and 0 are one value.
      this.#values.push(values[row]! + 0);
      this.#numbers.push(1);
    }
    if (this.#items.length >= this.#limit) this.#makeDistinct();
  }

  finish(): ValueRuns {
    this.#makeDistinct();
    const starts = offsetsOf(this.#items.view(), this.#index.size);
    const columns = new Map([
      ['values', narrowed(this.#values.view())] as const,
      ['numbers', narrowed(this.#numbers.view())] as const,
    ]);
    return { ids: this.#index.ids, starts, columns };
  }

  /** Sorts the rows by item and value, and joins equal ones. */
  #makeDistinct(): void {
    const [items, values, numbers] = [this.#items.view(), this.#values.view(), this.#numbers.view()];
    const starts = offsetsOf(items, this.#index.size);
    const order = orderBy(items, starts);
    const distinct = {
      items: new Growable(Uint32Array),
      values: new Growable(Float64Array),
      numbers: new Growable(Float64Array),
    };
    for (let item = 0; item < this.#index.size; item++) {
      eachValue(order.subarray(starts[item]!, starts[item + 1]!), values, numbers, (value, number) => {
        distinct.items.push(item);
        distinct.values.push(value);
        distinct.numbers.push(number);
      });
    }
    this.#items = distinct.items;
    this.#values = distinct.values;
    this.#numbers = distinct.numbers;
    this.#limit = Math.max(this.#leastLimit, 2 * distinct.items.length);
  }
}

/** Returns the count of each item. Its rows come from several shards, in any order. (U) */
export function countsOfItems({ ids, starts, columns }: GroupedRuns<ValueColumn>): Float64Array {
  const counts = new Float64Array(ids.length);
  if (ids.length === 0) return counts;
  const [values, numbers] = [columns.get('values')!, columns.get('numbers')!];
  for (let item = 0; item < ids.length; item++) {
    const rows = Uint32Array.from({ length: starts[item + 1]! - starts[item]! }, (_, at) => starts[item]! + at);
    let [actions, sum] = [0, 0];
    eachValue(rows, values, numbers, (value, number) => {
      actions += number;
      sum += value * number;
    });
    counts[item] = actions + sum;
  }
  return counts;
}

/** Calls `visit` for each distinct value of the rows, ascending, with the sum of the numbers of its rows. Sorts `rows`. */
function eachValue(
  rows: Uint32Array,
  values: Float64Array,
  numbers: Float64Array,
  visit: (value: number, number: number) => void,
): void {
  if (rows.length > 1) rows.sort((a, b) => values[a]! - values[b]!);
  for (let at = 0; at < rows.length; ) {
    const value = values[rows[at]!]!;
    let number = 0;
    for (; at < rows.length && values[rows[at]!] === value; at++) number += numbers[rows[at]!]!;
    visit(value, number);
  }
}
