/**
 * Cuts bytes that come in chunks of any size into lines, without making strings and without copying: a line is
 * `buffer[start, end)` of the chunk that it came in. Only a line that crosses chunks is copied to a buffer of the splitter,
 * which never grows beyond the cap.
 *
 * Lines end in `\n` or `\r\n`, and the last line may have no end. Blank lines (only white space) are counted but not
 * reported. A UTF-8 byte order mark at the start of the object is left out.
 *
 *   chunks  `a\nb` `c\r\n \nd`   →   line 1 `a` at 0, line 2 `bc` at 2, (line 3 is blank), line 4 `d` at 8
 */
import { LongLine } from './joined-records.ts';
import type { LinePosition, LineRun, LineSink } from './line-sink.ts';
import { isWhite } from './white-space.ts';

export const MAX_LINE_BYTES = 1 << 20;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const OPEN_BRACE = 0x7b;
/** U+FEFF in UTF-8. */
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

export interface SplitterOptions {
  readonly maxLineBytes?: number;
  /** The offset in the object of the first byte pushed. Default 0. */
  readonly offset?: number;
  /** True when lines can be numbered, because reading begins at the first line. Default true. */
  readonly numbered?: boolean;
  /** True when the first byte pushed belongs to a line that began before it. That line is left out. Default false. */
  readonly withinLine?: boolean;
}

export class LineSplitter implements LinePosition, LineRun {
  number: number | undefined;
  offset = 0;
  readonly #sink: LineSink;
  readonly #maxLineBytes: number;
  /** The offset in the object of the next chunk's first byte. */
  #chunkOffset: number;
  /** The beginning of a line that crosses chunks is `carry[0, carried)`. It begins at `carryOffset` of the object. */
  #carry: Buffer = Buffer.allocUnsafe(1 << 12);
  #carried = 0;
  #carryOffset = 0;
  /** True while the current line is left out. */
  #dropping: boolean;
  /** The current line, when it is longer than the cap. */
  #long: LongLine | undefined;

  constructor(sink: LineSink, options: SplitterOptions = {}) {
    this.#sink = sink;
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#chunkOffset = options.offset ?? 0;
    this.#dropping = options.withinLine ?? false;
    this.number = (options.numbered ?? true) ? 1 : undefined;
  }

  /** True when a line that will be reported has begun and its end has not come yet. */
  get waiting(): boolean {
    return this.#carried > 0 || this.#long !== undefined;
  }

  /** @throws what the sink throws */
  push(chunk: Uint8Array): void {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    // The position behind the last line that ends in this chunk.
    const end = buffer.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (this.#carried > 0 || this.#dropping || this.#long !== undefined) {
      const lineEnd = end === 0 ? buffer.length : buffer.indexOf(NEWLINE);
      this.#carryOn(buffer, 0, lineEnd);
      if (end > 0) this.#endCarried();
      start = Math.min(lineEnd + 1, buffer.length);
    }
    if (start < end && this.#sink.lines !== undefined) {
      // The object's first line may begin with a byte order mark, which `single` leaves out.
      if (this.#chunkOffset + start === 0) start = this.single(buffer, start);
      if (start < end) this.#sink.lines(buffer, start, end, this);
      start = end;
    }
    while (start < end) start = this.single(buffer, start);
    if (start < buffer.length) {
      this.#carryOffset = this.#chunkOffset + start;
      this.#carryOn(buffer, start, buffer.length);
    }
    this.#chunkOffset += buffer.length;
  }

  skip(lines: number): void {
    if (this.number !== undefined) this.number += lines;
  }

  single(buffer: Buffer, start: number): number {
    const newline = buffer.indexOf(NEWLINE, start);
    this.offset = this.#chunkOffset + start;
    this.#report(buffer, start, newline);
    this.skip(1);
    return this.#skipBlankLines(buffer, newline + 1);
  }

  /**
   * Returns the start of the next line that is not blank, or that has no end in the buffer. Millions of blank lines thus take
   * almost no time.
   */
  #skipBlankLines(buffer: Buffer, start: number): number {
    let next = start;
    for (let at = start; at < buffer.length && isWhite(buffer[at]!); at++) {
      if (buffer[at] !== NEWLINE) continue;
      if (at - next > this.#maxLineBytes) return next;
      this.skip(1);
      next = at + 1;
    }
    return next;
  }

  /** Ends the input. The last line needs no newline. @throws what the sink throws */
  finish(): void {
    if (this.waiting) this.#endCarried();
  }

  /** Adds to the current line, until it is too long even if its last byte is a `\r`. */
  #carryOn(buffer: Buffer, start: number, end: number): void {
    if (this.#dropping) return;
    if (this.#long !== undefined) {
      this.#long.push(buffer, start, end);
      return;
    }
    const room = this.#maxCarried - this.#carried;
    const taken = Math.min(end - start, room);
    const length = this.#carried + taken;
    if (length > this.#carry.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(length, 2 * this.#carry.length), this.#maxCarried));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(buffer.subarray(start, start + taken), this.#carried);
    this.#carried = length;
    if (end - start <= room) return;
    this.offset = this.#carryOffset;
    this.#long = this.#longLine(this.#carry, this.#textStart(this.#carry, 0, length), length);
    this.#carried = 0;
    this.#long.push(buffer, start + taken, end);
  }

  #endCarried(): void {
    if (this.#long !== undefined) this.#long.finish();
    else if (!this.#dropping) {
      this.offset = this.#carryOffset;
      this.#report(this.#carry, 0, this.#carried);
    }
    this.skip(1);
    this.#carried = 0;
    this.#dropping = false;
    this.#long = undefined;
  }

  /** Begins a line that is longer than the cap, with its beginning `buffer[start, end)`. */
  #longLine(buffer: Buffer, start: number, end: number): LongLine {
    let first = start;
    while (first < end && isWhite(buffer[first]!)) first++;
    const isBare = (this.#sink.takesJoined ?? false) && buffer[first] === OPEN_BRACE && first < end;
    const from = isBare ? first : start;
    const line = new LongLine(
      this.#sink,
      this.#maxLineBytes,
      isBare,
      this.number,
      this.offset + (isBare ? first - start : 0),
    );
    line.push(buffer, from, end);
    return line;
  }

  /** The most bytes to carry: the cap, a `\r` behind it and, in the object's first line, a byte order mark before it. */
  get #maxCarried(): number {
    return this.#maxLineBytes + 1 + (this.#carryOffset === 0 ? BYTE_ORDER_MARK.length : 0);
  }

  /** Returns the start of the line's text: behind the byte order mark, if the line at `offset` has one. */
  #textStart(buffer: Buffer, start: number, end: number): number {
    const behind = start + BYTE_ORDER_MARK.length;
    if (this.offset > 0 || behind > end || BYTE_ORDER_MARK.compare(buffer, start, behind) !== 0) return start;
    return behind;
  }

  #report(buffer: Buffer, lineStart: number, lineEnd: number): void {
    const start = this.#textStart(buffer, lineStart, lineEnd);
    const end = lineEnd > start && buffer[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    if (end - start > this.#maxLineBytes) this.#longLine(buffer, start, end).finish();
    else if (!isBlank(buffer, start, end)) this.#sink.line(buffer, start, end, this);
  }
}

/** True when `buffer[start, end)` is only white space. */
function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isWhite(buffer[at]!)) return false;
  return true;
}
