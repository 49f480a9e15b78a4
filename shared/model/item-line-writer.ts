/** Writes lines of item ids, as `item-line.ts` reads them: decimal digits, single spaces, `\n`. */
import { MOST_DIGITS, writeDigits } from '../lines/decimal.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
/** An id is followed by a space or a newline. */
const MAX_ID_BYTES = MOST_DIGITS + 1;
/** The most bytes of a UTF-16 code unit in UTF-8. */
const MAX_UTF8_BYTES = 3;

/** Appends lines to a buffer that grows. */
export class ItemLineWriter {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  /** The number of bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Returns a view of the bytes written. It is valid until the next line. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends the line of `ids[start, end)`: at least one id, each from 0 to 2^53 − 1. */
  line(ids: Float64Array, start: number, end: number): void {
    this.#reserve((end - start) * MAX_ID_BYTES);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let place = start; place < end; place++) {
      at = writeDigits(bytes, at, ids[place]!);
      bytes[at++] = SPACE;
    }
    bytes[at - 1] = NEWLINE;
    this.#length = at;
  }

  /** Appends a line of other text. @param text with its newline */
  text(text: string): void {
    this.#reserve(MAX_UTF8_BYTES * text.length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
