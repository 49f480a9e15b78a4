/**
 * Remembers the bytes between the values of an action's JSON from line to line.
 *
 * Lines of one writer have their keys in one order and with the same spaces. For each field, the memory therefore keeps the
 * bytes between its value and the next one, and compares them eight at a time. It keeps two variants, because the next field
 * may be missing from some lines:
 *
 *   behind "client":      `,"client_userid":` → client_userid      or      `,"userid":` → userid
 */
import { FIELD_COUNT, FIELD_NAMES } from './action.ts';
import { skipJsonSpace } from './json-bytes.ts';

/** The field number of every key that is not a field of an action. */
export const UNKNOWN = FIELD_COUNT;
/** The number of the previous field at the first key, which has none before it. */
export const BEGINNING = FIELD_COUNT + 1;
/** The variants that are kept behind each field. Those behind field f have the slots `f * WAYS` and `f * WAYS + 1`. */
export const WAYS = 2;
/** The most bytes of a separator and key that are remembered. Slot s keeps its bytes from `s * BETWEEN_BYTES` on. */
export const BETWEEN_BYTES = 64;

const SLOTS = (FIELD_COUNT + 2) * WAYS;
const KEYS = FIELD_NAMES.map((name) => Buffer.from(name));
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;

export class KeyMemory {
  readonly #bytes = new Uint8Array(SLOTS * BETWEEN_BYTES);
  readonly view = new DataView(this.#bytes.buffer);
  /** The number of bytes that each slot keeps; 0 in an unused slot. */
  readonly lengths = new Int32Array(SLOTS);
  /** The field that follows the bytes of each slot. */
  readonly fields = new Int32Array(SLOTS);
  readonly #nextWay = new Uint8Array(FIELD_COUNT + 2);

  /** Reads a separator and a key at `start`, keeps them, and returns their slot. Returns -1 when they are not surely valid. */
  learn(buffer: Buffer, start: number, close: number, previous: number): number {
    let at = skipJsonSpace(buffer, start, close);
    if (buffer[at] !== (previous === BEGINNING ? OPEN_BRACE : COMMA)) return -1;
    at = skipJsonSpace(buffer, at + 1, close);
    if (buffer[at] !== QUOTE) return -1;
    const keyStart = ++at;
    for (; buffer[at] !== QUOTE; at++) {
      const byte = buffer[at]!;
      if (at >= close || byte === BACKSLASH || byte < 0x20 || byte > 0x7f) return -1;
    }
    const keyEnd = at;
    at = skipJsonSpace(buffer, at + 1, close);
    if (buffer[at] !== COLON) return -1;
    at = skipJsonSpace(buffer, at + 1, close);
    const length = at - start;
    if (length > BETWEEN_BYTES || at >= close) return -1;

    const slot = previous * WAYS + this.#nextWay[previous]!;
    this.#nextWay[previous]! ^= 1;
    const known = KEYS.findIndex((key) => key.compare(buffer, keyStart, keyEnd) === 0);
    this.fields[slot] = known < 0 ? UNKNOWN : known;
    this.lengths[slot] = length;
    this.#bytes.set(buffer.subarray(start, at), slot * BETWEEN_BYTES);
    return slot;
  }
}

/**
 * True when the `length` bytes of `view` at `at` equal those of `kept` at `from`. They are compared as doubles: the kept bytes
 * are ASCII without zeros, so as doubles they are neither NaN nor zero, and equal doubles have equal bytes. The last step
 * overlaps the one before it.
 */
export function sameBytes(view: DataView, at: number, kept: DataView, from: number, length: number): boolean {
  // The shortest separator and key is `,"":`, four bytes.
  const last = length - 8;
  if (last < 0) {
    return (
      view.getInt32(at, true) === kept.getInt32(from, true) &&
      view.getInt32(at + length - 4, true) === kept.getInt32(from + length - 4, true)
    );
  }
  for (let i = 0; i < last; i += 8) {
    if (view.getFloat64(at + i, true) !== kept.getFloat64(from + i, true)) return false;
  }
  return view.getFloat64(at + last, true) === kept.getFloat64(from + last, true);
}
