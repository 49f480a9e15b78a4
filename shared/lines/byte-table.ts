/**
 * Interns byte strings: equal bytes get the same small number, counted from 0 in order of first sight, and no string is
 * made. Open addressing with linear probing; the keys lie one after another in one arena.
 *
 *   intern('ab') = 0, intern('c') = 1, intern('ab') = 0
 *   arena  a b c          ends  0 2 3          slots  . 1 . . 0 . . .   (by hash; here as indices)
 *
 * Bytes come as a `DataView`, which reads four at a time.
 */
import { bytesOf, copyBytes, equalBytes, viewOf } from '../columns/bytes.ts';
import { hashBytes } from '../model/stable-hash.ts';

const FREE = -1;
/** A slot is two words: the index of its key, and the key's hash beside it, so that most others are told apart at once. */
const SLOT_WORDS = 2;

export class ByteTable {
  /** How many keys there are; their indices are 0 to size - 1. */
  size = 0;
  #arena = viewOf(new Uint8Array(1 << 12));
  /** `ends[k]` is where key k - 1 ends and key k begins in the arena. */
  #ends = new Float64Array(65);
  #slots = new Int32Array(128 * SLOT_WORDS).fill(FREE);
  #last = FREE;

  /** The index of `bytes[start, end)`, which is added when it is new. */
  intern(bytes: DataView, start: number, end: number): number {
    // Lines of one client, or of one user, often follow each other.
    if (this.#last !== FREE && this.#equals(this.#last, bytes, start, end)) return this.#last;
    const hash = hashBytes(bytes, start, end);
    const slot = this.#slotOf(hash, bytes, start, end);
    if (this.#slots[slot] !== FREE) {
      this.#last = this.#slots[slot]!;
      return this.#last;
    }
    this.#slots[slot] = this.size;
    this.#slots[slot + 1] = hash | 0;
    this.#last = this.size;
    return this.#append(bytes, start, end);
  }

  /** The index of `bytes[start, end)`, -1 when it was never interned. */
  find(bytes: DataView, start: number, end: number): number {
    if (this.#last !== FREE && this.#equals(this.#last, bytes, start, end)) return this.#last;
    return this.#slots[this.#slotOf(hashBytes(bytes, start, end), bytes, start, end)]!;
  }

  /** The key of an index: a view that lasts until the next key is added. */
  key(index: number): DataView {
    const start = this.#ends[index]!;
    return new DataView(this.#arena.buffer, start, this.#ends[index + 1]! - start);
  }

  /** Where the slot of these bytes begins: theirs, or the free one where they belong. */
  #slotOf(hash: number, bytes: DataView, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash * SLOT_WORDS) & mask; ; slot = (slot + SLOT_WORDS) & mask) {
      const index = slots[slot]!;
      if (index === FREE || (slots[slot + 1] === (hash | 0) && this.#equals(index, bytes, start, end))) return slot;
    }
  }

  #equals(index: number, bytes: DataView, start: number, end: number): boolean {
    const from = this.#ends[index]!;
    const length = end - start;
    return this.#ends[index + 1]! - from === length && equalBytes(this.#arena, from, bytes, start, length);
  }

  #append(bytes: DataView, start: number, end: number): number {
    const index = this.size++;
    const from = this.#ends[index]!;
    const to = from + end - start;
    if (to > this.#arena.byteLength) {
      const larger = new Uint8Array(Math.max(2 * this.#arena.byteLength, to));
      this.#arena = viewOf(grown(bytesOf(this.#arena), larger));
    }
    this.#ends[index + 1] = copyBytes(bytes, start, end, this.#arena, from);
    if (this.size === this.#ends.length - 1) {
      this.#ends = grown(this.#ends, new Float64Array(this.size * 2 + 1));
      this.#rehash();
    }
    return index;
  }

  /** Twice the slots, so that at most half of them are taken. */
  #rehash(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2).fill(FREE);
    const mask = slots.length - 1;
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      if (old[from] === FREE) continue;
      let slot = (old[from + 1]! * SLOT_WORDS) & mask;
      while (slots[slot] !== FREE) slot = (slot + SLOT_WORDS) & mask;
      slots[slot] = old[from]!;
      slots[slot + 1] = old[from + 1]!;
    }
    this.#slots = slots;
  }
}

function grown<T extends Uint8Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
