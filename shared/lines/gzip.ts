/** Compresses the files of an output, each into one gzip member, because Java's reader may stop after the first one. */
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** The fastest level. Lines of logs and of digits hardly become smaller at a higher one. */
const LEVEL = 1;
const CHUNK_BYTES = 1 << 18;

/** Yields the compressed chunks. @throws what the chunks throw */
export async function* gzipChunks(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES });
  // An error of the chunks destroys the stream, and reaches the loop below.
  pipeline(Readable.from(chunks), gzip, () => undefined);
  for await (const chunk of gzip) yield chunk as Uint8Array;
}

/** Returns the compressed chunks of a file that is small enough for the memory. */
export async function gzipped(chunks: Iterable<Uint8Array>): Promise<Uint8Array[]> {
  const compressed: Uint8Array[] = [];
  for await (const chunk of gzipChunks(chunks)) compressed.push(chunk);
  return compressed;
}
