/** Bytes out of an open file. */
import { type BigIntStats, fstatSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ResolvedRange } from './byte-range.ts';

/** Up to this many bytes a blocking read is cheaper than the way through the thread pool. */
const BLOCKING_BYTES = 1024 * 1024;
const STREAM_CHUNK_BYTES = 256 * 1024;

const readAsync = promisify(read);

export const statDescriptor = (fd: number): BigIntStats => fstatSync(fd, { bigint: true });

/**
 * The bytes of a range, at byte offset 0 of an `ArrayBuffer` of their own. Fewer when the file has become shorter
 * meanwhile.
 */
export async function readBytes(fd: number, { start, end }: ResolvedRange): Promise<Uint8Array> {
  // Not zeroed: every byte is written, or cut off below.
  const buffer = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  while (filled < buffer.byteLength) {
    const wanted = buffer.byteLength - filled;
    const got =
      wanted <= BLOCKING_BYTES
        ? readSync(fd, buffer, filled, wanted, start + filled)
        : (await readAsync(fd, buffer, filled, wanted, start + filled)).bytesRead;
    if (got === 0) break;
    filled += got;
  }
  return new Uint8Array(buffer.buffer, 0, filled);
}

/** The same in chunks, one in memory at a time. */
export async function* readChunks(fd: number, { start, end }: ResolvedRange): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const chunk = await readBytes(fd, { start: at, end: Math.min(at + STREAM_CHUNK_BYTES, end) });
    if (chunk.byteLength === 0) return;
    at += chunk.byteLength;
    yield chunk;
  }
}
