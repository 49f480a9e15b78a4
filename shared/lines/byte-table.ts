/**
 * Interns byte strings: equal bytes get the same small number, counted from 0 in order of first sight, and no string is
 * made. Open addressing with linear probing; the keys lie one after another in one arena.
 *
 *   intern('ab') = 0, intern('c') = 1, intern('ab') = 0
 *   arena  a b c          ends  0 2 3          slots  . 1 . . 0 . . .   (by hash; here as indices)
 */
import { hashBytes } from '../model/stable-hash.ts';

const FREE = -1;

export class ByteTable {
  /** How many keys there are; their indices are 0 to size - 1. */
  size = 0;
  #arena = new Uint8Array(1 << 12);
  /** `ends[k]` is where key k - 1 ends and key k begins in the arena. */
  #ends = new Float64Array(65);
  #hashes = new Uint32Array(64);
  #slots = new Int32Array(128).fill(FREE);
  #last = FREE;

  /** The index of `bytes[start, end)`, which is added when it is new. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    // Lines of one client, or of one user, often follow each other.
    if (this.#last !== FREE && this.#equals(this.#last, bytes, start, end)) return this.#last;
    const hash = hashBytes(bytes, start, end);
    const slot = this.#slotOf(hash, bytes, start, end);
    if (this.#slots[slot] !== FREE) {
      this.#last = this.#slots[slot]!;
      return this.#last;
    }
    this.#slots[slot] = this.size;
    this.#last = this.size;
    return this.#append(hash, bytes, start, end);
  }

  /** The index of `bytes[start, end)`, -1 when it was never interned. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (this.#last !== FREE && this.#equals(this.#last, bytes, start, end)) return this.#last;
    return this.#slots[this.#slotOf(hashBytes(bytes, start, end), bytes, start, end)]!;
  }

  /** The key of an index: a view that lasts until the next key is added. */
  key(index: number): Uint8Array {
    return this.#arena.subarray(this.#ends[index]!, this.#ends[index + 1]!);
  }

  /** The hash of a key, 0 to 2^32 - 1. */
  hash(index: number): number {
    return this.#hashes[index]!;
  }

  #slotOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.#slots[slot]!;
      if (index === FREE || (this.#hashes[index] === hash && this.#equals(index, bytes, start, end))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#ends[index]!;
    const length = end - start;
    if (this.#ends[index + 1]! - from !== length) return false;
    for (let i = 0; i < length; i++) if (this.#arena[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #append(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const index = this.size++;
    const from = this.#ends[index]!;
    const to = from + end - start;
    while (to > this.#arena.length) this.#arena = grown(this.#arena, new Uint8Array(this.#arena.length * 2));
    for (let i = start, at = from; i < end; i++, at++) this.#arena[at] = bytes[i]!;
    this.#ends[index + 1] = to;
    this.#hashes[index] = hash;
    if (this.size === this.#hashes.length) {
      this.#ends = grown(this.#ends, new Float64Array(this.size * 2 + 1));
      this.#hashes = grown(this.#hashes, new Uint32Array(this.size * 2));
      this.#rehash();
    }
    return index;
  }

  /** Twice the slots, so that at most half of them are taken. */
  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(FREE);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.size; index++) {
      let slot = this.#hashes[index]! & mask;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.#slots[slot] = index;
    }
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
