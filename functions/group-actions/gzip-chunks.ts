/** Compresses the parts of an output, in one gzip member each. */
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** The fastest level. Log lines shrink well at any level. */
export const GZIP_LEVEL = 1;
export const GZIP_CHUNK_BYTES = 1 << 18;

/** Yields the compressed chunks. @throws what the chunks throw */
export async function* gzipChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES });
  // An error of the chunks destroys the stream, and reaches the loop below.
  pipeline(Readable.from(chunks), gzip, () => undefined);
  for await (const chunk of gzip) yield chunk as Uint8Array;
}
