/** The interfaces of a sink that takes the lines of an object, one by one or many at once. */

/** The position of a line in its object. It is valid during the call only, and changes with the next line. */
export interface LinePosition {
  /** The line's number from 1, with blank lines counted; undefined in an object that is read by ranges. */
  readonly number: number | undefined;
  /** The offset of the line's first byte, in bytes from the start of the object (of its content, if it is compressed). */
  readonly offset: number;
}

/** Takes the lines. The bytes are valid during the call only. */
export interface LineSink {
  /** True when lines may be bare JSON: several records on one line may each be as long as the cap. */
  readonly takesJoined?: boolean;
  /** Takes a line that is not blank, without its line end. */
  line(buffer: Buffer, start: number, end: number, position: LinePosition): void;
  /**
   * Takes a line that is longer than the cap; `buffer[start, end)` is its beginning.
   *
   * @param unread 0 for one record that is too long; the number of bytes when the line surely holds more than one record
   */
  tooLong(buffer: Buffer, start: number, end: number, position: LinePosition, unread: number): void;
  /**
   * Lets a sink that keeps much of its input write it away: called between lines, and awaited before more is read. Between two
   * calls come at most 128 KiB of text and one line.
   */
  drain?(): Promise<void> | undefined;
  /**
   * Takes all whole lines of a chunk at once, `buffer[start, end)` with their ends. It replaces the calls of `line` for a sink
   * that has it, and must account for all lines, in order, to `run`.
   */
  lines?(buffer: Buffer, start: number, end: number, run: LineRun): void;
}

/** Accounts for the lines that a sink takes at once. */
export interface LineRun {
  /** Counts `lines` lines that the sink has read. */
  skip(lines: number): void;
  /**
   * Passes the line that begins at `start` to the sink's `line` or `tooLong`. Returns the start of the next line that is not
   * blank, which may be behind the end of the run.
   */
  single(buffer: Buffer, start: number): number;
}
