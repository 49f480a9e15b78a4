/**
 * Reads the lines of one input object: gzip (also of several members), plain text, or a range of plain text.
 *
 * It holds at most a few chunks and one line in memory, even for gzip that expands a thousandfold.
 */
import { CorruptInputError, InputChangedError, MissingObjectError, PreconditionFailedError } from '../errors.ts';
import type { ByteRange, ObjectInfo, Store } from '../store/store.ts';
import { isGzipName, MAGIC_BYTES, refuseByContent } from './compression.ts';
import { gunzipStream, gunzipWhole } from './gunzip.ts';
import type { LineSink } from './line-sink.ts';
import { LineSplitter, MAX_LINE_BYTES, type SplitterOptions } from './line-splitter.ts';

/** An object as the run's manifest lists it. Reading fails when the object has changed since. */
export interface LineSource extends ObjectInfo {
  /**
   * Limits reading to the lines whose first byte is in `[start, end)`. It is for plain text only. Lines are then identified by
   * their byte offset instead of their number.
   */
  readonly range?: { readonly start: number; readonly end: number };
}

/**
 * Compressed objects up to this size (1 MiB) are read whole and expanded in one call, which costs less than setting up a
 * stream. Larger objects cost less as a stream, which reuses its memory.
 */
const WHOLE_GZIP_BYTES = 1 << 20;
/** The bytes that are first read beyond a range, to finish a line that crosses its end. */
const BEYOND_RANGE_BYTES = 1 << 16;
/** The text between two calls of a sink's `drain`. */
const PACE_BYTES = 1 << 17;
const NEWLINE = 0x0a;

export interface ReadLinesOptions {
  /** Default 1 MiB. */
  readonly maxLineBytes?: number;
}

/**
 * Passes every line of `source` to `sink`, in order.
 *
 * @throws InputChangedError when the object was replaced or removed
 * @throws CorruptInputError when it is not whole gzip or has another compression
 * @throws StoreUnavailableError, and what the sink throws
 */
export async function readLines(
  store: Store,
  source: LineSource,
  sink: LineSink,
  options: ReadLinesOptions = {},
): Promise<void> {
  const maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
  const gzip = isGzipName(source.key);
  if (source.size === 0) return;
  try {
    if (source.range !== undefined && !gzip) await readRange(store, source, source.range, sink, maxLineBytes);
    else if (source.range !== undefined) {
      throw new CorruptInputError(`${source.key}: gzip cannot be read by ranges: plan it as one piece.`);
    } else {
      const lines = new PacedSplitter(sink, { maxLineBytes });
      await (gzip ? readGzip(store, source, lines) : readPlain(store, source, lines));
      await lines.finish();
    }
  } catch (error) {
    if (error instanceof PreconditionFailedError || error instanceof MissingObjectError) {
      throw new InputChangedError(
        `${source.key} in ${store.root} was replaced or removed while the run was reading it (its ETag was ${source.etag}). ` +
          'Start a new run: it will read the object as it is now.',
        { cause: error },
      );
    }
    throw error;
  }
}

/** A splitter that waits for its sink's `drain`. */
class PacedSplitter {
  readonly #sink: LineSink;
  readonly #splitter: LineSplitter;

  constructor(sink: LineSink, options: SplitterOptions) {
    this.#sink = sink;
    this.#splitter = new LineSplitter(sink, options);
  }

  /** True when a line to be reported has begun and waits for its end. */
  get waiting(): boolean {
    return this.#splitter.waiting;
  }

  async push(chunk: Uint8Array): Promise<void> {
    if (this.#sink.drain === undefined) {
      this.#splitter.push(chunk);
      return;
    }
    for (let at = 0; at < chunk.length; at += PACE_BYTES) {
      this.#splitter.push(chunk.subarray(at, at + PACE_BYTES));
      await this.#sink.drain();
    }
  }

  async finish(): Promise<void> {
    this.#splitter.finish();
    await this.#sink.drain?.();
  }
}

async function readPlain(store: Store, source: LineSource, lines: PacedSplitter): Promise<void> {
  const chunks = store.stream(source.key, { ifMatch: source.etag, listed: true, transient: true });
  for await (const chunk of checked(source.key, chunks, false)) await lines.push(chunk);
}

async function readGzip(store: Store, source: LineSource, lines: PacedSplitter): Promise<void> {
  const condition = { ifMatch: source.etag, listed: true };
  const object = `${source.key} in ${store.root}`;
  const onContent = (content: Buffer) => lines.push(content);
  if (source.size > WHOLE_GZIP_BYTES) {
    await gunzipStream(object, checked(source.key, store.stream(source.key, condition), true), onContent);
    return;
  }
  const { bytes } = await store.get(source.key, condition);
  refuseByContent(source.key, bytes, true);
  await gunzipWhole(object, bytes, onContent);
}

/**
 * Reads the lines that begin in `[start, end)`. The byte before `start` shows whether a line begins at `start`. The last
 * line may end beyond `end`.
 *
 *   aaa\nbbb\nccc\n in ranges [0,5) [5,12): the first has `aaa` and `bbb`, the second `ccc`
 */
async function readRange(
  store: Store,
  source: LineSource,
  range: { start: number; end: number },
  sink: LineSink,
  maxLineBytes: number,
): Promise<void> {
  const end = Math.min(range.end, source.size);
  if (range.start >= end) return;
  const first = Math.max(0, range.start - 1);
  const lines = new PacedSplitter(sink, {
    maxLineBytes,
    offset: first,
    numbered: false,
    withinLine: range.start > 0,
  });
  const read = (piece: ByteRange) =>
    store.stream(source.key, { range: piece, ifMatch: source.etag, listed: true, transient: true });
  const own = read({ start: first, end });
  for await (const chunk of first === 0 ? checked(source.key, own, false) : own) await lines.push(chunk);

  let beyond = BEYOND_RANGE_BYTES;
  for (let from = end; lines.waiting && from < source.size; beyond *= 2) {
    const to = Math.min(from + beyond, source.size);
    for await (const chunk of read({ start: from, end: to })) {
      // The lines behind this one belong to the next range.
      const newline = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).indexOf(NEWLINE);
      if (lines.waiting) await lines.push(newline < 0 ? chunk : chunk.subarray(0, newline + 1));
    }
    from = to;
  }
  await lines.finish();
}

/** Passes the chunks on. It first checks that their first bytes are not the mark of an unexpected compression. */
async function* checked(
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  expectGzip: boolean,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < MAGIC_BYTES) {
      // The chunk's memory may be reused, so its bytes are copied.
      head = Buffer.from(head);
      continue;
    }
    refuseByContent(key, head, expectGzip);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  refuseByContent(key, head, expectGzip);
  yield head;
}
