/**
 * The fast scanner of an action: it finds the fields in the bytes of a line and makes no string.
 *
 * It accepts only lines that are surely right. It leaves everything unusual (an escaped key, a key that comes twice, an
 * exponent, an id above 2^53 - 1, …) to the exact parser, and therefore never has to say what is wrong.
 */
import { isUtf8 } from 'node:buffer';
import { EXTRA_DATA, FIELD_COUNT, ID_FIELDS, NUMBER_FIELDS, STRING_FIELDS, TIME, TYPE } from './action.ts';
import { BEGINNING, BETWEEN_BYTES, KeyMemory, sameBytes, UNKNOWN, WAYS } from './action-keys.ts';
import { endOfValue, isJsonSpace, skipJsonSpace } from './json-bytes.ts';

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const BACKSLASH = 0x5c;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * 1 for the usual bytes of strings: ASCII that does not end a string. `}` is not among them, so that a loop over such bytes
 * stops at the end of the line.
 */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH && byte !== CLOSE_BRACE ? 1 : 0,
);
const ESCAPABLE = Buffer.from('"\\/bfnrt');
/**
 * An integer of at most 15 digits is an exact double, and dividing it by a power of ten rounds only once (Clinger's fast
 * path).
 */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => Number(`1e${exponent}`));
/** JSON.stringify prints smaller numbers with an exponent. */
const SMALLEST_PLAIN = 1e-6;

export class ActionScanner {
  /**
   * The value of field f is `buffer[starts[f], ends[f])`, with its quotes. A number's text ends before the zeros at the end of
   * its fraction, as JSON prints it. Valid for the fields in `present`.
   */
  readonly starts = new Int32Array(FIELD_COUNT + 1);
  readonly ends = new Int32Array(FIELD_COUNT + 1);
  /** The values of the number fields in `present`. */
  readonly numbers = new Float64Array(FIELD_COUNT + 1);
  /** The set of fields that the line has and that are not null. */
  present = 0;
  /** The set of fields whose string has an escape. */
  escaped = 0;

  /** The fields that are no strings, and those that are no numbers. */
  readonly #noStrings: number;
  readonly #noNumbers: number;
  readonly #keys = new KeyMemory();
  #buffer: Buffer = Buffer.alloc(0);
  #view = new DataView(this.#buffer.buffer, 0, 0);
  /** True while strings and nested values were all ASCII. */
  #ascii = true;

  /** @param takesTextIds true when an id may also be a string, and a time may also be a number */
  constructor(takesTextIds = false) {
    this.#noStrings = takesTextIds ? NUMBER_FIELDS & ~ID_FIELDS : NUMBER_FIELDS;
    this.#noNumbers = takesTextIds ? STRING_FIELDS & ~(1 << TIME) : STRING_FIELDS;
  }

  /** The buffer last scanned. */
  get view(): DataView {
    return this.#view;
  }

  /**
   * Returns true when `buffer[start, end)` surely is a JSON object with fields of the right types. Else ask the exact parser.
   */
  scan(buffer: Buffer, start: number, end: number): boolean {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    this.#ascii = true;
    this.escaped = 0;
    let close = end - 1;
    while (close > start && isJsonSpace(buffer[close]!)) close--;
    // The code below never reads past this brace: the brace ends every token, or the code compares positions with it.
    if (buffer[close] !== CLOSE_BRACE) return false;

    // This is the hottest loop of grouping and of reading actions, so it keeps its fields in local variables.
    const { starts, ends, numbers } = this;
    const view = this.#view;
    const noStrings = this.#noStrings;
    const noNumbers = this.#noNumbers;
    const { view: kept, lengths, fields } = this.#keys;
    let present = 0;
    let seen = 0;
    let previous = BEGINNING;
    for (let at = start; at !== close; ) {
      let slot = previous * WAYS;
      let length = lengths[slot]!;
      if (length === 0 || at + length > close || !sameBytes(view, at, kept, slot * BETWEEN_BYTES, length)) {
        length = lengths[++slot]!;
        if (length === 0 || at + length > close || !sameBytes(view, at, kept, slot * BETWEEN_BYTES, length)) {
          if (skipJsonSpace(buffer, at, close) === close && previous !== BEGINNING) break;
          slot = this.#keys.learn(buffer, at, close, previous);
          if (slot < 0) return false;
          length = lengths[slot]!;
        }
      }
      const valueStart = at + length;
      at = valueStart;
      const field = fields[slot]!;
      const bit = 1 << field;

      const first = buffer[at]!;
      if (first === QUOTE) {
        if ((noStrings & bit) !== 0) return false;
        at++;
        while (IS_PLAIN[buffer[at]!] === 1) at++;
        at = buffer[at] === QUOTE ? at + 1 : this.#string(valueStart, close, bit);
        ends[field] = at;
        present |= bit;
      } else if (first <= NINE) {
        if ((noNumbers & bit) !== 0) return false;
        let value = first - ZERO;
        let byte = buffer[++at]!;
        if (value > 0) for (; byte >= ZERO && byte <= NINE; byte = buffer[++at]!) value = value * 10 + byte - ZERO;
        // Rounding begins above 2^53 and never leads back below it, so the value is exact.
        if (value >= 0 && value <= Number.MAX_SAFE_INTEGER && (byte === COMMA || byte === CLOSE_BRACE)) {
          numbers[field] = value;
          ends[field] = at;
        } else at = this.#number(valueStart, field, bit);
        present |= bit;
      } else {
        at = this.#wordOrNested(at, close, field < EXTRA_DATA);
        ends[field] = at;
        if (first !== LOWER_N) present |= bit;
      }
      // Of two equal keys the last counts. The exact parser handles that.
      if (at < 0 || ((seen & bit) !== 0 && field !== UNKNOWN)) return false;
      seen |= bit;
      starts[field] = valueStart;
      previous = field;
    }
    if (previous === BEGINNING) return false;
    this.present = present;
    return this.#ascii || isUtf8(buffer.subarray(start, end));
  }

  /** Scans any string. Returns the position behind it, or -1 when it is not surely valid. */
  #string(start: number, close: number, bit: number): number {
    const buffer = this.#buffer;
    for (let at = start + 1; at < close; at++) {
      const byte = buffer[at]!;
      if (byte === QUOTE) return at + 1;
      if (byte < 0x20) return -1;
      if (byte > 0x7f) this.#ascii = false;
      if (byte !== BACKSLASH) continue;
      this.escaped |= bit;
      at++;
      if (buffer[at] === LOWER_U) {
        for (const last = at + 4; at < last; ) if (!isHexDigit(buffer[++at]!)) return -1;
      } else if (!ESCAPABLE.includes(buffer[at]!)) return -1;
    }
    return -1;
  }

  /** Reads any number into `numbers[field]`. Returns the position behind it, or -1 when it is not surely valid and exact. */
  #number(start: number, field: number, bit: number): number {
    const buffer = this.#buffer;
    const negative = buffer[start] === MINUS;
    const digits = negative ? start + 1 : start;
    let at = digits;
    let value = 0;
    for (; isDigit(buffer[at]!); at++) value = value * 10 + buffer[at]! - ZERO;
    let count = at - digits;
    if (count === 0 || (count > 1 && buffer[digits] === ZERO)) return -1;
    let textEnd = at;
    if (buffer[at] === DOT) {
      const fraction = ++at;
      for (; isDigit(buffer[at]!); at++) {
        value = value * 10 + buffer[at]! - ZERO;
        if (buffer[at] !== ZERO) textEnd = at + 1;
      }
      if (at === fraction) return -1;
      count += at - fraction;
      // `5.0` is an integer, and `5.5` is not.
      if (textEnd >= fraction && (bit & (ID_FIELDS | (1 << TYPE))) !== 0) return -1;
      if (count <= EXACT_DIGITS) value /= POWERS_OF_TEN[at - fraction]!;
    }
    // A number that nobody reads need only be valid.
    if (field >= EXTRA_DATA) {
      this.ends[field] = this.#exponent(at);
      return this.ends[field]!;
    }
    if (count > EXACT_DIGITS || buffer[at] === LOWER_E || buffer[at] === UPPER_E) return -1;
    if (value < SMALLEST_PLAIN && (value !== 0 || negative)) return -1;
    if (negative && (bit & ID_FIELDS) !== 0) return -1;
    this.numbers[field] = negative ? -value : value;
    this.ends[field] = textEnd;
    return at;
  }

  /** Returns the position behind the exponent at `at`: `at` when it is no exponent, and -1 when it has no digit. */
  #exponent(at: number): number {
    const buffer = this.#buffer;
    if (buffer[at] !== LOWER_E && buffer[at] !== UPPER_E) return at;
    at++;
    if (buffer[at] === PLUS || buffer[at] === MINUS) at++;
    const digits = at;
    while (isDigit(buffer[at]!)) at++;
    return at === digits ? -1 : at;
  }

  /**
   * Scans `null` or, unless `nullOnly` is set, `true`, `false`, an object or an array. Returns the position behind it, or -1
   * when it is not surely valid.
   */
  #wordOrNested(start: number, close: number, nullOnly: boolean): number {
    const buffer = this.#buffer;
    const first = buffer[start]!;
    if (first === LOWER_N) return this.#word('null', start, close);
    if (nullOnly) return -1;
    if (first === LOWER_T) return this.#word('true', start, close);
    if (first === LOWER_F) return this.#word('false', start, close);
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return -1;
    const end = endOfValue(buffer, start, close);
    if (!isJson(buffer.toString('utf8', start, end))) return -1;
    this.#ascii = false;
    return end;
  }

  #word(word: string, start: number, close: number): number {
    const end = start + word.length;
    if (end > close) return -1;
    for (let i = 0; i < word.length; i++) if (this.#buffer[start + i] !== word.charCodeAt(i)) return -1;
    return end;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20;
  return isDigit(byte) || (letter >= 0x61 && letter <= LOWER_F);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
