/**
 * Expands gzip of any number of members, one after another. Zero bytes between or behind members are padding, as tape
 * blocks and some writers leave it; any other byte that begins no member is an error. Nothing behind a member is dropped.
 *
 *   [member][member][0 0 0 …][member][0 0 …]     Node expands members that touch; here the runs of them are joined
 */
import { createGunzip, gunzipSync } from 'node:zlib';
import { CorruptInputError } from '../errors.ts';

/** What expanding in one call may produce; beyond it (a gzip bomb) the object is streamed. */
const WHOLE_CONTENT_BYTES = 1 << 26;
const WHOLE_CHUNK_BYTES = 1 << 18;
/** A buffer that is not filled to the brim tells zlib that nothing is left. */
const SPARE_BYTES = 64;
const STREAM_CHUNK_BYTES = 1 << 20;
/** Deflate's largest ratio: a byte of gzip stands for no more bytes of content than these. */
export const MOST_GZIP_RATIO = 1032;

/** Takes the content piece by piece; each is valid until what is returned is resolved. */
export type ContentSink = (content: Buffer) => Promise<void>;

/**
 * Expands a small object that is in memory, each run of members in one call, which costs less than setting up a stream.
 *
 * @throws CorruptInputError naming `object`
 */
export async function gunzipWhole(object: string, bytes: Uint8Array, onContent: ContentSink): Promise<void> {
  for (let start = 0; start < bytes.length; start = skipZeros(bytes, start)) {
    const rest = bytes.subarray(start);
    const run = expanded(object, rest);
    if (run === undefined) return gunzipStream(object, oneChunk(rest), onContent);
    await onContent(run.content);
    start += run.consumed;
  }
}

/** What `gunzipSync` returns with the option `info`. */
interface GunzipInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** The content of the members that touch, from the first on, or undefined when it is too much to hold. */
function expanded(object: string, bytes: Uint8Array): { content: Buffer; consumed: number } | undefined {
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
 * The length of the content as the last four bytes state it (modulo 2^32; of the last member alone): expanding into one
 * buffer of that size costs 0.6 of what chunks to be joined cost. What they say is a hint, never believed.
 */
function statedLength({ buffer, byteOffset, byteLength }: Uint8Array): number {
  return byteLength < 4 ? 0 : new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
}

/** The same for an object of any size. @throws CorruptInputError; what `chunks` throws */
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
        // A zero byte stands behind the members.
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

/** Members that touch, expanded by one engine. */
class MemberRun {
  readonly #gunzip = createGunzip({ chunkSize: STREAM_CHUNK_BYTES });
  readonly #reading: Promise<void>;
  #given = 0;

  constructor(onContent: ContentSink) {
    this.#reading = this.#read(onContent);
    // It is awaited by `write` and `finish`; between them it may fail with nobody waiting.
    this.#reading.catch(() => undefined);
  }

  /** Resolves to how many of the bytes belong to the run: fewer than all where a zero byte follows its last member. */
  async write(bytes: Uint8Array): Promise<number> {
    const before = this.#given;
    this.#given += bytes.length;
    // The engine does not answer once it has seen the end of the members.
    await Promise.race([new Promise<void>((resolve) => this.#gunzip.write(bytes, () => resolve())), this.#reading]);
    // After an error nothing more is read: it is told here.
    if (this.#gunzip.destroyed) await this.#reading;
    return this.#gunzip.bytesWritten - before;
  }

  /** Resolves when all content was handed over. @throws what zlib says of members that are cut short */
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
 * Frees the memory of a chunk that nobody will look at again. The garbage collector would free it too, but it is called
 * for every 30 MB that wait for it, and costs more each time than expanding them does. A buffer that is not filled to its
 * end stays: zlib goes on filling it.
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

/** zlib's own errors have codes such as Z_DATA_ERROR and Z_BUF_ERROR; any other error is handed back as it is. */
function corrupt(object: string, error: unknown): unknown {
  const isZlib =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
  if (!isZlib) return error;
  return new CorruptInputError(
    `${object} is no whole gzip file (${error.message}): it was cut short or damaged, or holds what is no gzip. ` +
      'Upload it again, or move it away.',
    { cause: error },
  );
}
