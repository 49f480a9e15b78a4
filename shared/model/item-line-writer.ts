/** Writes lines of item ids, as `item-line.ts` reads them: decimal digits, single spaces, `\n`. */

const ZERO = 0x30;
const SPACE = 0x20;
const NEWLINE = 0x0a;
/** An id below 2^53 has at most 16 digits, and a space or a newline follows. */
const MAX_ID_BYTES = 17;
/** Integers below it are worked on in 32 bits, two to three times as fast. */
const INT32_LIMIT = 2 ** 31;

/** Appends lines to a buffer that grows. */
export class ItemLineWriter {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** What was written, a view that the next line may leave behind. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends the line of `ids[start, end)`, at least one, each from 0 to 2^53 − 1. */
  line(ids: Float64Array, start: number, end: number): void {
    this.#reserve((end - start) * MAX_ID_BYTES);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let place = start; place < end; place++) {
      at = writeId(bytes, at, ids[place] as number);
      bytes[at++] = SPACE;
    }
    bytes[at - 1] = NEWLINE;
    this.#length = at;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Returns the place after it. */
function writeId(bytes: Uint8Array, at: number, id: number): number {
  return id < INT32_LIMIT ? writeSmall(bytes, at, id | 0) : writeLarge(bytes, at, id);
}

function writeSmall(bytes: Uint8Array, at: number, id: number): number {
  let end = at + 1;
  for (let rest = (id / 10) | 0; rest > 0; rest = (rest / 10) | 0) end++;
  for (let place = end - 1, rest = id; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}

function writeLarge(bytes: Uint8Array, at: number, id: number): number {
  let end = at + 1;
  for (let power = 10; id >= power; power *= 10) end++;
  for (let place = end - 1, rest = id; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}
