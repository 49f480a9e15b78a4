/**
 * Expands gzip data of any number of members, one after another. Zero bytes between or behind members are padding, which
 * tape blocks and some writers leave. Any other byte that does not begin a member is an error. Nothing is dropped.
 *
 *   [member][member][0 0 0 …][member][0 0 …]     a *run* is members without padding between them; Node expands a run
 */
import { createGunzip, gunzipSync } from 'node:zlib';
import { CorruptInputError } from '../errors.ts';

/** The most content that one call may expand. An object with more (a gzip bomb) is streamed. */
const WHOLE_CONTENT_BYTES = 1 << 26;
const WHOLE_CHUNK_BYTES = 1 << 18;
/** Spare room in the output buffer: a buffer that is not full tells zlib that nothing is left. */
const SPARE_BYTES = 64;
const STREAM_CHUNK_BYTES = 1 << 20;
/** Deflate's largest ratio: the most bytes of content that one byte of gzip can make. */
export const MOST_GZIP_RATIO = 1032;

/** Takes the content piece by piece. A piece is valid until the returned promise is resolved. */
export type ContentSink = (content: Buffer) => Promise<void>;

/**
 * Expands a small object in memory. It expands each run of members in one call, which costs less than setting up a stream.
 *
 * @throws CorruptInputError with the name `object`, when the data is not whole gzip
 */
export async function gunzipWhole(object: string, bytes: Uint8Array, onContent: ContentSink): Promise<void> {
  for (let start = 0; start < bytes.length; start = skipZeros(bytes, start)) {
    const rest = bytes.subarray(start);
    const run = expandRun(object, rest);
    if (run === undefined) return gunzipStream(object, oneChunk(rest), onContent);
    await onContent(run.content);
    start += run.consumed;
  }
}

/** The result of `gunzipSync` with the option `info`. */
interface GunzipInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** Returns the content of the run at the beginning of `bytes`, or undefined when it is too much to hold. */
function expandRun(object: string, bytes: Uint8Array): { content: Buffer; consumed: number } | undefined {
  const chunkSize = Math.min(Math.max(WHOLE_CHUNK_BYTES, statedLength(bytes) + SPARE_BYTES), WHOLE_CONTENT_BYTES);
  try {
    const options = { chunkSize, maxOutputLength: WHOLE_CONTENT_BYTES, info: true };
    // biome-ignore lint/plugin: the types of Node do not say what the option `info` changes about the result.
    const { buffer, engine } = gunzipSync(bytes, options) as unknown as GunzipInfo;
    return { content: buffer, consumed: engine.bytesWritten };
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw corrupt(object, error);
  }
}

/**
 * Returns the length of the last member's content (modulo 2^32), as the last four bytes state it. Expanding into one buffer
 * of that size costs 0.6 of expanding into chunks that are then joined. The length is only a hint and may be wrong.
 */
function statedLength({ buffer, byteOffset, byteLength }: Uint8Array): number {
  return byteLength < 4 ? 0 : new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
}

/**
 * Expands an object of any size.
 *
 * @throws CorruptInputError with the name `object`, when the data is not whole gzip; what `chunks` and `onContent` throw
 */
export async function gunzipStream(
  object: string,
  chunks: AsyncIterable<Uint8Array>,
  onContent: ContentSink,
): Promise<void> {
  let run: MemberRun | undefined;
  try {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; ) {
        if (run === undefined) {
          start = skipZeros(chunk, start);
          if (start === chunk.length) break;
          run = new MemberRun(onContent);
        }
        start += await run.write(chunk.subarray(start));
        if (start === chunk.length) break;
        // The next byte is a zero byte behind the run.
        await run.finish();
        run = undefined;
      }
    }
    await run?.finish();
  } catch (error) {
    run?.abandon();
    throw corrupt(object, error);
  }
}

/** Expands a run of members with one zlib engine. */
class MemberRun {
  readonly #gunzip = createGunzip({ chunkSize: STREAM_CHUNK_BYTES });
  readonly #reading: Promise<void>;
  #given = 0;

  constructor(onContent: ContentSink) {
    this.#reading = this.#read(onContent);
    // `write` and `finish` await it. It may fail between these calls, and that must not be an unhandled rejection.
    this.#reading.catch(() => undefined);
  }

  /** Resolves to the number of bytes that belong to the run: not all of them when a zero byte follows its last member. */
  async write(bytes: Uint8Array): Promise<number> {
    const before = this.#given;
    this.#given += bytes.length;
    // After the end of the run the engine no longer calls back.
    await Promise.race([new Promise<void>((resolve) => this.#gunzip.write(bytes, () => resolve())), this.#reading]);
    // An error has destroyed the engine: awaiting the reader throws that error.
    if (this.#gunzip.destroyed) await this.#reading;
    return this.#gunzip.bytesWritten - before;
  }

  /** Resolves when the sink has taken all content. @throws zlib's error when the last member is cut short */
  async finish(): Promise<void> {
    this.#gunzip.end();
    await this.#reading;
  }

  abandon(): void {
    this.#gunzip.destroy();
  }

  async #read(onContent: ContentSink): Promise<void> {
    for await (const content of this.#gunzip as AsyncIterable<Buffer<ArrayBuffer>>) {
      await onContent(content);
      release(content);
    }
  }
}

/**
 * Frees the memory of a chunk that is no longer used. The garbage collector would run for every 30 MB of such chunks, and
 * each run costs more than expanding them. A buffer that is not full is kept, because zlib continues to fill it.
 */
function release({ buffer, byteOffset, byteLength }: Buffer<ArrayBuffer>): void {
  if (byteOffset + byteLength === buffer.byteLength) buffer.transfer(0);
}

function skipZeros(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Turns an error of zlib (its code is Z_DATA_ERROR, Z_BUF_ERROR, …) into a CorruptInputError. Returns other errors unchanged.
 */
function corrupt(object: string, error: unknown): unknown {
  const isZlib =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
  if (!isZlib) return error;
  return new CorruptInputError(
    `${object} is not a whole gzip file (${error.message}): it was cut short or damaged, or part of it is not gzip. ` +
      'Upload it again, or move it away.',
    { cause: error },
  );
}
