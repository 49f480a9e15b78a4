/**
 * Cuts bytes that come in chunks of any size into lines, without making strings and without copying: a line is
 * `buffer[start, end)` of the very chunk it came in. Only a line that crosses chunks is put together in a buffer of the
 * splitter's own, never longer than the cap.
 *
 * Lines end in `\n` or `\r\n`; the last one may lack its end. Blank lines (white space alone) count but are not reported.
 * A UTF-8 byte order mark at the start of the object is left out.
 *
 *   chunks  `a\nb` `c\r\n \nd`   →   line 1 `a` at 0, line 2 `bc` at 2, (line 3 is blank), line 4 `d` at 8
 */
import { LongLine } from './joined-records.ts';
import { isWhite } from './white-space.ts';

export const MAX_LINE_BYTES = 1 << 20;

/** Where a line lies in what is read. Read it during the call; it changes with the next line. */
export interface LinePosition {
  /** From 1, blank lines counted; undefined in an object that is read by ranges. */
  readonly number: number | undefined;
  /** Of the line's first byte, in bytes from the start of the object (of its content, where it is compressed). */
  readonly offset: number;
}

/** Takes the lines. The bytes are valid during the call only. */
export interface LineSink {
  /** A line is bare JSON, or may be: records that follow each other on one line have the cap each, not together. */
  readonly takesJoined?: boolean;
  /** A line that is not blank, without its end. */
  line(buffer: Buffer, start: number, end: number, position: LinePosition): void;
  /**
   * A line longer than the cap; `buffer[start, end)` is how it begins.
   * @param unread 0 for a record that is too long; the bytes of a line that surely holds more than one record
   */
  tooLong(buffer: Buffer, start: number, end: number, position: LinePosition, unread: number): void;
  /**
   * For sinks that keep much of what they take: called now and then between lines, and waited for before more is read. What
   * comes between two calls are at most 128 KiB of text and a line.
   */
  drain?(): Promise<void> | undefined;
  /**
   * For sinks that read many lines at once: the whole lines of a chunk, `buffer[start, end)` with their ends, in place of
   * a call for each. It accounts for all of them, in order, to `run`.
   */
  lines?(buffer: Buffer, start: number, end: number, run: LineRun): void;
}

/** The lines of a chunk as a sink goes through them. */
export interface LineRun {
  /** So many lines have been dealt with. */
  skip(lines: number): void;
  /**
   * Hands over the line that begins at `start` as if there were no run, and returns where the next one begins that is not
   * blank: it may lie behind the end of the run.
   */
  single(buffer: Buffer, start: number): number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const OPEN_BRACE = 0x7b;
/** U+FEFF in UTF-8. */
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

export interface SplitterOptions {
  readonly maxLineBytes?: number;
  /** Where the first byte pushed lies in the object. Default 0. */
  readonly offset?: number;
  /** Whether lines can be numbered, because they are read from the first on. Default true. */
  readonly numbered?: boolean;
  /** The first byte pushed belongs to a line that began before it: that line is left out. Default false. */
  readonly withinLine?: boolean;
}

export class LineSplitter implements LinePosition, LineRun {
  number: number | undefined;
  offset = 0;
  readonly #sink: LineSink;
  readonly #maxLineBytes: number;
  /** Object offset of the next chunk's first byte. */
  #chunkOffset: number;
  /** The beginning of a line that crosses chunks: `carry[0, carried)`, from `carryOffset` of the object on. */
  #carry: Buffer = Buffer.allocUnsafe(1 << 12);
  #carried = 0;
  #carryOffset = 0;
  /** The line under way is none of ours: its bytes are dropped until it ends. */
  #dropping: boolean;
  /** The line under way, once it is longer than the cap. */
  #long: LongLine | undefined;

  constructor(sink: LineSink, options: SplitterOptions = {}) {
    this.#sink = sink;
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#chunkOffset = options.offset ?? 0;
    this.#dropping = options.withinLine ?? false;
    this.number = (options.numbered ?? true) ? 1 : undefined;
  }

  /** Whether a line to be reported has begun and waits for its end. */
  get waiting(): boolean {
    return this.#carried > 0 || this.#long !== undefined;
  }

  /** @throws what the sink throws */
  push(chunk: Uint8Array): void {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    // Behind the last line that ends here.
    const end = buffer.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (this.#carried > 0 || this.#dropping || this.#long !== undefined) {
      const lineEnd = end === 0 ? buffer.length : buffer.indexOf(NEWLINE);
      this.#carryOn(buffer, 0, lineEnd);
      if (end > 0) this.#endCarried();
      start = Math.min(lineEnd + 1, buffer.length);
    }
    if (start < end && this.#sink.lines !== undefined) {
      // The first line of the object may begin with a mark, which is for `single` to leave out.
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

  /** Returns where the next line begins that is not blank or has no end in the buffer: millions of blank ones take no time. */
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

  /** The end of the input: the last line needs no newline. @throws what the sink throws */
  finish(): void {
    if (this.waiting) this.#endCarried();
  }

  /** Adds to the line under way, until it is too long even if its last byte should be a `\r`. */
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

  /** A line longer than the cap, from its beginning `buffer[start, end)` on. */
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

  /** A line may have the cap, a `\r` behind it and, where it is the object's first, a byte order mark before it. */
  get #maxCarried(): number {
    return this.#maxLineBytes + 1 + (this.#carryOffset === 0 ? BYTE_ORDER_MARK.length : 0);
  }

  /** Behind the byte order mark, where the line at `offset` has one. */
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

/** Whether there is nothing but white space. */
function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isWhite(buffer[at]!)) return false;
  return true;
}
