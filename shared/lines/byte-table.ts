/**
 * Interns byte strings: equal bytes get the same index, counted from 0 in the order of first use. No string is made. The
 * table uses open addressing with linear probing, and one arena holds all keys, one after another.
 *
 *   intern('ab') = 0, intern('c') = 1, intern('ab') = 0
 *   arena  a b c          ends  0 2 3          slots  . 1 . . 0 . . .   (by hash; only the indices are shown)
 *
 * The bytes are passed as a `DataView`, which reads four at a time.
 */
import { bytesOf, copyBytes, equalBytes, viewOf } from '../columns/bytes.ts';
import { hashBytes } from '../model/stable-hash.ts';

const FREE = -1;
/** A slot is two words: the index of a key, and the key's hash. Most other keys are ruled out by their hash. */
const SLOT_WORDS = 2;

export class ByteTable {
  /** The number of keys. Their indices are 0 to size - 1. */
  size = 0;
  #arena = viewOf(new Uint8Array(1 << 12));
  /** Key k is `arena[ends[k], ends[k + 1])`. */
  #ends = new Float64Array(65);
  #slots = new Int32Array(128 * SLOT_WORDS).fill(FREE);
  #last = FREE;

  /** Returns the index of `bytes[start, end)`, and adds it when it is new. */
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

  /** Returns the index of `bytes[start, end)`, or -1 when it was never interned. */
  find(bytes: DataView, start: number, end: number): number {
    if (this.#last !== FREE && this.#equals(this.#last, bytes, start, end)) return this.#last;
    return this.#slots[this.#slotOf(hashBytes(bytes, start, end), bytes, start, end)]!;
  }

  /** Returns the key of an index: a view that is valid until the next key is added. */
  key(index: number): DataView {
    const start = this.#ends[index]!;
    return new DataView(this.#arena.buffer, start, this.#ends[index + 1]! - start);
  }

  /** Returns the position of the slot that holds these bytes, or of the free slot for them. */
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

  /** Doubles the slots, so that at most half of them are full. */
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
