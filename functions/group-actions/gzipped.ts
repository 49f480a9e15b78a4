import { createGzip } from 'node:zlib';
import { GZIP_CHUNK_BYTES, GZIP_LEVEL } from './gzip-chunks.ts';

/** Returns the chunks as one gzip member. */
export async function gzipped(chunks: Iterable<Uint8Array>): Promise<Uint8Array[]> {
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES });
  const compressed: Uint8Array[] = [];
  gzip.on('data', (chunk: Uint8Array) => compressed.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    gzip.on('end', resolve);
    gzip.on('error', reject);
  });
  for (const chunk of chunks) {
    if (!gzip.write(chunk)) await new Promise<void>((resolve) => gzip.once('drain', resolve));
  }
  gzip.end();
  await ended;
  return compressed;
}
