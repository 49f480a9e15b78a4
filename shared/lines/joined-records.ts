/**
 * Records of bare JSON that follow each other on one line. Some log shippers lose line breaks and write such lines:
 *
 *   {"a":1}{"b":{"c":"}{"}} {"d":2}     three records, at 0, 7 and 24
 *
 * A record begins at the line's first brace, and at each brace that follows a closed object with nothing but white space
 * between them. All other bytes belong to the record before them, which is then not valid JSON: `{"a":1}x{"b":2}` is one bad
 * record. This scanner only looks at braces and strings; the parser decides whether a record is valid JSON.
 */
import type { LinePosition, LineSink } from './line-sink.ts';
import { isWhite } from './white-space.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The scanner's state: outside of objects, in an object, in its string, behind a string's backslash, behind an object. */
const OUTSIDE = 0;
const INSIDE = 1;
const STRING = 2;
const ESCAPE = 3;
const CLOSED = 4;

/** Finds the beginnings of records. The bytes come in pieces, and the state lasts from one piece to the next. */
class RecordScanner {
  /** True when bytes that begin no record follow an object, so that the record is not valid. */
  spoilt = false;
  #state = OUTSIDE;
  #depth = 0;

  /** Returns the position in `buffer[start, end)` at which a record begins behind another one, or `end`. */
  next(buffer: Uint8Array, start: number, end: number): number {
    let state = this.#state;
    let depth = this.#depth;
    let at = start;
    for (; at < end; at++) {
      const byte = buffer[at]!;
      if (state === STRING) {
        if (byte === QUOTE) state = INSIDE;
        else if (byte === BACKSLASH) state = ESCAPE;
      } else if (state === INSIDE) {
        if (byte === QUOTE) state = STRING;
        else if (byte === OPEN_BRACE) depth++;
        else if (byte === CLOSE_BRACE && --depth === 0) state = CLOSED;
      } else if (state === ESCAPE) state = STRING;
      else if (byte === OPEN_BRACE) {
        const follows = state === CLOSED;
        state = INSIDE;
        depth = 1;
        if (follows) break;
      } else if (state === CLOSED && !isWhite(byte)) {
        state = OUTSIDE;
        this.spoilt = true;
      }
    }
    this.#state = state;
    this.#depth = depth;
    return at;
  }
}

/** The bytes of a record in a buffer: `start` inclusive, `end` exclusive. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Returns the records on the line `buffer[start, end)`, or undefined when it has fewer than two. */
export function joinedRecords(buffer: Uint8Array, start: number, end: number): Place[] | undefined {
  let first = start;
  while (first < end && isWhite(buffer[first]!)) first++;
  if (buffer[first] !== OPEN_BRACE) return undefined;
  const scanner = new RecordScanner();
  const records: Place[] = [];
  for (let from = first; from < end; ) {
    const next = scanner.next(buffer, from === first ? from : from + 1, end);
    if (from === first && next === end) return undefined;
    records.push({ start: from, end: trimmedEnd(buffer, from, next) });
    from = next;
  }
  return records;
}

/**
 * Passes each record of a line to `onRecord`, with the record's own offset. Returns false when the line has fewer than two.
 */
export function eachJoinedRecord(
  buffer: Buffer,
  start: number,
  end: number,
  { number, offset }: LinePosition,
  onRecord: LineSink['line'],
): boolean {
  const records = joinedRecords(buffer, start, end);
  for (const place of records ?? []) {
    onRecord(buffer, place.start, place.end, { number, offset: offset + place.start - start });
  }
  return records !== undefined;
}

/** Returns the position behind the last byte of `buffer[start, end)` that is not white space. */
function trimmedEnd(buffer: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isWhite(buffer[at - 1]!)) at--;
  return at;
}

/**
 * Reports a line that is longer than the cap. When the line is bare JSON, it reports each record, and a record may be as long
 * as the cap. Any other line is reported as too long. Memory stays within the cap.
 */
export class LongLine implements LinePosition {
  readonly number: number | undefined;
  /** The offset of the current record. */
  offset = 0;
  readonly #sink: LineSink;
  readonly #maxBytes: number;
  readonly #isBare: boolean;
  readonly #scanner = new RecordScanner();
  /** The beginning of the current record, up to the cap. */
  #kept: Buffer = Buffer.allocUnsafe(1 << 12);
  /** The number of bytes of the current record so far, with and without white space at its end. */
  #length = 0;
  #trimmed = 0;

  /** @param isBare true when the line begins with a brace and its sink takes several records on one line */
  constructor(sink: LineSink, maxBytes: number, isBare: boolean, number: number | undefined, offset: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    this.#isBare = isBare;
    this.number = number;
    this.offset = offset;
  }

  /** @throws what the sink throws */
  push(buffer: Buffer, start: number, end: number): void {
    let from = start;
    for (let at = start; at < end; ) {
      const next = this.#scanner.next(buffer, at, end);
      if (next < end && this.#isBare) {
        this.#keep(buffer, from, next);
        this.#report();
        from = next;
      } else if (next < end) this.#scanner.spoilt = true;
      at = next + 1;
    }
    this.#keep(buffer, from, end);
  }

  /** Ends the line. @throws what the sink throws */
  finish(): void {
    this.#report();
  }

  #keep(buffer: Buffer, start: number, end: number): void {
    const taken = Math.min(end - start, Math.max(0, this.#maxBytes - this.#length));
    if (taken > 0) {
      const length = this.#length + taken;
      if (length > this.#kept.length) {
        const larger = Buffer.allocUnsafe(Math.min(Math.max(length, 2 * this.#kept.length), this.#maxBytes));
        larger.set(this.#kept.subarray(0, this.#length));
        this.#kept = larger;
      }
      this.#kept.set(buffer.subarray(start, start + taken), this.#length);
    }
    const trimmed = trimmedEnd(buffer, start, end);
    if (trimmed > start) this.#trimmed = this.#length + trimmed - start;
    this.#length += end - start;
  }

  #report(): void {
    if (this.#isBare && this.#trimmed <= this.#maxBytes) {
      if (this.#trimmed > 0) this.#sink.line(this.#kept, 0, this.#trimmed, this);
    } else {
      // A record that is too long counts as one line. If it surely is more than one record, all its bytes count as unread.
      this.#sink.tooLong(this.#kept, 0, this.#maxBytes, this, this.#scanner.spoilt ? this.#trimmed : 0);
    }
    this.offset += this.#length;
    this.#length = 0;
    this.#trimmed = 0;
    this.#scanner.spoilt = false;
  }
}
