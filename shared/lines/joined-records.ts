/**
 * Records of bare JSON that follow each other on one line, as log shippers write them that lose the line breaks:
 *
 *   {"a":1}{"b":{"c":"}{"}} {"d":2}     three records, at 0, 7 and 24
 *
 * A record begins at the line's first brace, or at a brace behind a closed object and white space alone. All else belongs
 * to the record before it, which then is no JSON: `{"a":1}x{"b":2}` is one record, and a bad one. Only braces and strings
 * are looked at; whether a record is JSON is for its parser to say.
 */
import type { LinePosition, LineSink } from './line-splitter.ts';
import { isWhite } from './white-space.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the scanner is: outside of objects, in one, in a string of one, behind the backslash of a string, behind an object. */
const OUTSIDE = 0;
const INSIDE = 1;
const STRING = 2;
const ESCAPE = 3;
const CLOSED = 4;

/** Finds where records begin. Bytes come in pieces; the state stays from one to the next. */
class RecordScanner {
  /** Something follows an object that is no object: this is not one record. */
  spoilt = false;
  #state = OUTSIDE;
  #depth = 0;

  /** Returns where in `buffer[start, end)` the next record begins behind another, `end` where none does. */
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

/** A record within a buffer: `start` inclusive, `end` exclusive. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** The records on the line `buffer[start, end)`; undefined where there are not several. */
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
 * Hands over the records on a line that is no record itself, placed where they begin; false where there are not several.
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

/** Behind the last byte of `buffer[start, end)` that is no white space. */
function trimmedEnd(buffer: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isWhite(buffer[at - 1]!)) at--;
  return at;
}

/**
 * A line that is longer than the cap: the records on it where it is bare JSON, each of at most the cap, else one line
 * that is too long. Memory stays within the cap.
 */
export class LongLine implements LinePosition {
  readonly number: number | undefined;
  /** Of the record under way. */
  offset = 0;
  readonly #sink: LineSink;
  readonly #maxBytes: number;
  readonly #isBare: boolean;
  readonly #scanner = new RecordScanner();
  /** The record under way, as far as it fits. */
  #kept: Buffer = Buffer.allocUnsafe(1 << 12);
  /** All bytes of the record so far, and those up to its last that is no white space. */
  #length = 0;
  #trimmed = 0;

  /** @param isBare the line begins with a brace, and its sink takes records that follow each other */
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

  /** The line ends. @throws what the sink throws */
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
      // A record that is too long counts as a line, but what is more than one record is so much that nobody has read.
      this.#sink.tooLong(this.#kept, 0, this.#maxBytes, this, this.#scanner.spoilt ? this.#trimmed : 0);
    }
    this.offset += this.#length;
    this.#length = 0;
    this.#trimmed = 0;
    this.#scanner.spoilt = false;
  }
}
