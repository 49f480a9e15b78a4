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
const HASHES = 2 ** 53;
const MIDDLE = 2 ** 21;
const FIRST_SLOTS = 64;

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

/** Returns the number of distinct hashes, estimated if some were dropped. */
export function distinctIn({ hashes, wereDropped }: CountsColumns): number {
  if (!wereDropped) return hashes.length;
  return Math.max(hashes.length + 1, Math.round(((hashes.length - 1) * HASHES) / hashes.at(-1)!));
}

/** Returns the largest count of a hash; if some were dropped, the largest count of a group. */
export const largestIn = ({ counts, groups, wereDropped }: CountsColumns): number =>
  (wereDropped ? groups : counts).reduce((most, count) => Math.max(most, count), 0);

/**
 * The counts are in a hash table with open addressing and linear probing. A hash and its count are neighbours, so that an addition
 * touches one place of memory. The slot follows from the middle and the last bits of a hash, because the first bits of small
 * hashes are alike.
 */
export class SmallestCounts {
  readonly #most: number;
  readonly #groupCount: number;
  /** For each slot a hash and its count. A count of 0 marks a free slot, and at least half of the slots are free. */
  #slots = new Float64Array(2 * FIRST_SLOTS);
  #size = 0;
  #limit = Number.POSITIVE_INFINITY;
  /** The counts of the groups of all added hashes; empty until a hash is dropped. */
  #groups = new Float64Array();

  /**
   * @param most the number of hashes that are kept
   * @param groups the number of groups of hashes, from which `largestIn` follows when hashes were dropped; 0 if it is not needed
   */
  constructor(most: number, groups = 0) {
    this.#most = most;
    this.#groupCount = groups;
  }

  /** Hashes of this size or larger are dropped. */
  get limit(): number {
    return this.#limit;
  }

  /** @param count at least 1 */
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

  toColumns(): CountsColumns {
    if (this.#size > this.#most) this.#cut();
    const hashes = this.#hashes();
    return {
      hashes,
      counts: hashes.map((hash) => this.#slots[this.#slotOf(hash) + 1]!),
      groups: this.#groups,
      wereDropped: this.#limit !== Number.POSITIVE_INFINITY,
    };
  }

  #keep(hash: number, count: number): void {
    const slot = this.#slotOf(hash);
    const before = this.#slots[slot + 1]!;
    this.#slots[slot + 1] = before + count;
    if (before > 0) return;
    this.#slots[slot] = hash;
    this.#size++;
    if (this.#size === 2 * this.#most) this.#cut();
    else if (4 * this.#size > this.#slots.length) this.#fill(this.#slots, 2 * this.#slots.length);
  }

  /** Returns the place in `#slots` of a hash, or of the free slot for it. */
  #slotOf(hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (((hash / MIDDLE) ^ hash) << 1) & mask; ; slot = (slot + 2) & mask) {
      if (slots[slot + 1] === 0 || slots[slot] === hash) return slot;
    }
  }

  /** Makes a table of this length, and moves the entries below the limit to it. */
  #fill(entries: Float64Array, length: number): void {
    this.#slots = new Float64Array(length);
    this.#size = 0;
    for (let entry = 0; entry < entries.length; entry += 2) {
      const count = entries[entry + 1]!;
      const hash = entries[entry]!;
      if (count === 0 || hash >= this.#limit) continue;
      const slot = this.#slotOf(hash);
      this.#slots[slot] = hash;
      this.#slots[slot + 1] = count;
      this.#size++;
    }
  }

  /** Drops the hashes that are not among the `most` smallest ones, and those from `limit` on. */
  #cut(limit = this.#limit): void {
    this.#startGroups();
    this.#limit = Math.min(limit, this.#hashes()[this.#most] ?? Number.POSITIVE_INFINITY);
    this.#fill(this.#slots, this.#slots.length);
  }

  /** Returns the hashes in the table, ascending. */
  #hashes(): Float64Array {
    const hashes = new Float64Array(this.#size);
    let next = 0;
    for (let slot = 0; slot < this.#slots.length; slot += 2) {
      if (this.#slots[slot + 1]! > 0) hashes[next++] = this.#slots[slot]!;
    }
    return hashes.sort();
  }

  /** Begins to count by group, before the first hash is dropped. */
  #startGroups(): void {
    if (this.#groupCount === 0 || this.#groups.length > 0) return;
    this.#groups = new Float64Array(this.#groupCount);
    for (let slot = 0; slot < this.#slots.length; slot += 2) {
      const count = this.#slots[slot + 1]!;
      if (count > 0) this.#groups[this.#groupOf(this.#slots[slot]!)]! += count;
    }
  }

  /** Groups are equal ranges of hashes. */
  #groupOf(hash: number): number {
    return Math.floor((hash / HASHES) * this.#groupCount);
  }
}
