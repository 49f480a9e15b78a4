/** Shelves: ranges of item ids with about equally many items each, by which kept pairs are laid out for the output. */
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { Growable } from '../../shared/columns/growable.ts';
import type { PairSink } from './core-select.ts';

/** Shelves of a catalogue of at least as many items. The output can be cut into as many shards. */
const MAX_SHELVES = 1024;

/** Returns the first id of every shelf but the first. @param ids of all items, ascending */
export function shelfStarts(ids: Float64Array): Float64Array {
  const shelves = Math.min(MAX_SHELVES, ids.length);
  return Float64Array.from(
    { length: shelves - 1 },
    (_, shelf) => ids[Math.floor(((shelf + 1) * ids.length) / shelves)]!,
  );
}

/** Kept pairs by the shelf of their smaller id. *R pairs, S shelves.* */
export interface ShelvedPairs {
  /** The smaller id of each pair. (R) */
  readonly low: Float64Array;
  /** The larger id of each pair. (R) */
  readonly high: Float64Array;
  /** (R) */
  readonly sims: Float64Array;
  /** The first pair of each shelf, and the end of the last shelf's. (S + 1) */
  readonly offsets: Uint32Array;
}

/** Collects kept pairs. */
export class Shelves implements PairSink {
  readonly #starts: Float64Array;
  readonly #shelves = new Growable(Uint32Array);
  readonly #low = new Growable(Float64Array);
  readonly #high = new Growable(Float64Array);
  readonly #sims = new Growable(Float64Array);

  /** @param starts the first id of every shelf but the first */
  constructor(starts: Float64Array) {
    this.#starts = starts;
  }

  add(low: number, high: number, sim: number): void {
    this.#shelves.push(this.#shelfOf(low));
    this.#low.push(low);
    this.#high.push(high);
    this.#sims.push(sim);
  }

  /** Returns all pairs by shelf. Pairs of one shelf keep the order in which they were added. */
  pairs(): ShelvedPairs {
    const shelves = this.#shelves.view();
    const offsets = offsetsOf(shelves, this.#starts.length + 1);
    const order = orderBy(shelves, offsets);
    return {
      low: permuted(this.#low.view(), order),
      high: permuted(this.#high.view(), order),
      sims: permuted(this.#sims.view(), order),
      offsets,
    };
  }

  /** Returns the shelf of an id: the number of starts that are at most `id`. */
  #shelfOf(id: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
