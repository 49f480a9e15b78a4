/**
 * Counts how often each hash occurs, in bounded memory: the `most` smallest distinct hashes are kept with their exact counts.
 * Hashes are integers from 0 to 2^53 − 1. With `most` 2:
 *
 *   add 40, 10, 40, 70, 20     kept: 10 once, 20 once; others were dropped, so there are more than two
 *
 * What is kept depends only on the hashes that were added, and not on their order. Counts of parts can therefore be merged, and
 * give the counts of the whole: a hash that is among the smallest of all is among the smallest of each part that has it.
 *
 * The number of distinct hashes is exact up to `most`. Beyond it, it is estimated from the largest hash that is kept (Bar-Yossef
 * et al., *Counting distinct elements in a data stream*, 2002), with a standard error of 1 / √most.
 */
import { IdIndex } from './id-index.ts';

const HASHES = 2 ** 53;
const FIRST_CAPACITY = 32;

/** The contents, for storing them. *N kept hashes, G groups.* */
export interface CountsColumns {
  /** Ascending. (N) */
  readonly hashes: Float64Array;
  /** (N) */
  readonly counts: Float64Array;
  /** The counts of the groups of all hashes, if hashes were dropped and there are groups. (G), or empty */
  readonly groups: Float64Array;
  readonly wereDropped: boolean;
}

export class SmallestCounts {
  readonly #most: number;
  readonly #groupCount: number;
  #index = new IdIndex(FIRST_CAPACITY);
  /** The count of each hash, by its number in `#index`. */
  #counts = new Float64Array(FIRST_CAPACITY);
  #limit = Number.POSITIVE_INFINITY;
  /** The counts of the groups of all added hashes; empty until a hash is dropped. */
  #groups = new Float64Array();

  /**
   * @param most the number of hashes that are kept
   * @param groups the number of groups of hashes, from which `largest` follows when hashes were dropped; 0 without `largest`
   */
  constructor(most: number, groups = 0) {
    this.#most = most;
    this.#groupCount = groups;
  }

  /** Hashes of this size or larger are dropped. */
  get limit(): number {
    return this.#limit;
  }

  add(hash: number, count = 1): void {
    if (this.#groups.length > 0) this.#groups[this.#groupOf(hash)]! += count;
    if (hash < this.#limit) this.#keep(hash, count);
  }

  /** Adds the counts of another part. */
  merge({ hashes, counts, groups, wereDropped }: CountsColumns): void {
    if (!wereDropped) {
      for (let at = 0; at < hashes.length; at++) this.add(hashes[at]!, counts[at]!);
      return;
    }
    this.#startGroups();
    for (let group = 0; group < groups.length; group++) this.#groups[group]! += groups[group]!;
    for (let at = 0; at < hashes.length; at++) if (hashes[at]! < this.#limit) this.#keep(hashes[at]!, counts[at]!);
    // Above its largest hash the part has dropped some, so counts of larger hashes would be too small.
    this.#cut(Math.min(this.#limit, hashes.at(-1)! + 1));
  }

  /** The number of distinct hashes, estimated if some were dropped. */
  get distinct(): number {
    const { hashes, wereDropped } = this.toColumns();
    if (!wereDropped) return hashes.length;
    return Math.max(hashes.length + 1, Math.round(((hashes.length - 1) * HASHES) / hashes.at(-1)!));
  }

  /** The largest count of a hash; if some were dropped, the largest count of a group. */
  get largest(): number {
    const { counts, groups, wereDropped } = this.toColumns();
    return (wereDropped ? groups : counts).reduce((most, count) => Math.max(most, count), 0);
  }

  toColumns(): CountsColumns {
    if (this.#index.size > this.#most) this.#cut();
    const hashes = Float64Array.from(this.#index.ids).sort();
    return {
      hashes,
      counts: hashes.map((hash) => this.#counts[this.#index.get(hash)]!),
      groups: this.#groups,
      wereDropped: this.#limit !== Number.POSITIVE_INFINITY,
    };
  }

  #keep(hash: number, count: number): void {
    const number = this.#index.add(hash);
    if (number === this.#counts.length) {
      const larger = new Float64Array(2 * number);
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#counts[number]! += count;
    if (number + 1 === 2 * this.#most) this.#cut();
  }

  /** Drops the hashes that are not among the `most` smallest ones, and those from `limit` on. */
  #cut(limit = this.#limit): void {
    this.#startGroups();
    const hashes = Float64Array.from(this.#index.ids).sort();
    const end = Math.min(hashes.length, this.#most);
    this.#limit = Math.min(limit, hashes[end] ?? Number.POSITIVE_INFINITY);
    const [index, counts] = [this.#index, this.#counts];
    this.#index = new IdIndex(2 * this.#most);
    this.#counts = new Float64Array(2 * this.#most);
    for (const hash of hashes.subarray(0, end)) {
      if (hash < this.#limit) this.#counts[this.#index.add(hash)] = counts[index.get(hash)]!;
    }
  }

  /** Begins to count by group, before the first hash is dropped. */
  #startGroups(): void {
    if (this.#groupCount === 0 || this.#groups.length > 0) return;
    this.#groups = new Float64Array(this.#groupCount);
    for (const [number, hash] of this.#index.ids.entries()) this.#groups[this.#groupOf(hash)]! += this.#counts[number]!;
  }

  /** Groups are equal ranges of hashes. */
  #groupOf(hash: number): number {
    return Math.floor((hash / HASHES) * this.#groupCount);
  }
}
