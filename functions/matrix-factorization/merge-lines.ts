/**
 * Merges runs of lines `<id>|…`, each by ascending id, into one. It streams: one chunk of each run is in memory at a
 * time.
 */
import { CorruptInputError } from '../../shared/errors.ts';
import { byKey, LeastFirst } from '../../shared/shuffle/least-first.ts';

const NEWLINE = 0x0a;
const BAR = 0x7c;
const ZERO = 0x30;
/** A chunk of the output has about so many bytes. */
const CHUNK_BYTES = 1 << 18;

/** A run of lines. Its current line is `chunk[start, end)`, the newline included. */
class LineRun {
  /** The id of the current line. */
  key = Number.NaN;
  start = 0;
  end = 0;
  chunk: Buffer = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Moves to the next line of the chunk. Returns false when the chunk has no whole line left. */
  next(): boolean {
    const newline = this.chunk.indexOf(NEWLINE, this.end);
    if (newline < 0) return false;
    this.start = this.end;
    this.end = newline + 1;
    let id = 0;
    // Only a damaged line has no bar. Its checksum is compared later, and ends the merge.
    for (let at = this.start; at < this.end && this.chunk[at] !== BAR; at++) id = id * 10 + this.chunk[at]! - ZERO;
    this.key = id;
    return true;
  }

  /** Moves to the next line, and reads more chunks where that is needed. Returns false at the end of the run. */
  async advance(): Promise<boolean> {
    while (!this.next()) if (!(await this.#refill())) return false;
    return true;
  }

  /** Puts the next chunk behind the unfinished line. Returns false at the end of the run. */
  async #refill(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      if (this.end < this.chunk.length) throw new CorruptInputError('a run of factors ends within a line');
      return false;
    }
    this.chunk = Buffer.concat([this.chunk.subarray(this.end), value]);
    this.start = 0;
    this.end = 0;
    return true;
  }
}

/** Yields the merged lines. A single run is passed on unread. @throws CorruptInputError when a run ends within a line */
export async function* mergeLines(sources: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  if (sources.length === 1) {
    yield* sources[0]!;
    return;
  }
  const opened: LineRun[] = [];
  for (const source of sources) {
    const run = new LineRun(source);
    if (await run.advance()) opened.push(run);
  }
  const runs = new LeastFirst(opened, byKey);
  let out = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  for (let run = runs.first; run; run = runs.first) {
    const length = run.end - run.start;
    if (used + length > out.length) {
      yield out.subarray(0, used);
      out = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, length));
      used = 0;
    }
    used += run.chunk.copy(out, used, run.start, run.end);
    if (run.next() || (await run.advance())) runs.moved();
    else runs.ended();
  }
  if (used > 0) yield out.subarray(0, used);
}
