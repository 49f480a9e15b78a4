/**
 * What comes between the values of an action's JSON, remembered from line to line.
 *
 * Lines of one writer have their keys in one order with the same spaces. So, for each field, the bytes that came between
 * its value and the next one are kept (two ways each, for fields that come and go), to be compared eight at a time:
 *
 *   behind "client":      `,"client_userid":` → client_userid      or      `,"userid":` → userid
 */
import { FIELD_COUNT, FIELD_NAMES } from './action.ts';
import { skipJsonSpace } from './json-bytes.ts';

/** The field number of every key that is no field of an action. */
export const UNKNOWN = FIELD_COUNT;
/** Stands for the previous field before the first key. */
export const BEGINNING = FIELD_COUNT + 1;
/** Slots for what follows field f: `f * WAYS` and the one after it. */
export const WAYS = 2;
/** The longest separator and key that is remembered; slot s keeps its bytes from `s * BETWEEN_BYTES` on. */
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
  /** By slot: how many bytes are kept; 0 in a slot not yet used. */
  readonly lengths = new Int32Array(SLOTS);
  /** By slot: the field that follows. */
  readonly fields = new Int32Array(SLOTS);
  readonly #nextWay = new Uint8Array(FIELD_COUNT + 2);

  /** Reads a separator and a key at `start`, keeps them, and returns their slot; -1 when they are not surely right. */
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
 * Whether the bytes at `at` are the `length` that `kept` has at `from`, compared as doubles: what is kept is ASCII without
 * zeros, so as a double it is neither NaN nor zero and equals only itself. The last step overlaps the one before it.
 */
export function sameBytes(view: DataView, at: number, kept: DataView, from: number, length: number): boolean {
  // The shortest is `,"":`.
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
