/** Bytes out of an open file. */
import { type BigIntStats, fstatSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ResolvedRange } from './byte-range.ts';
import type { StreamOptions } from './store.ts';

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
  // Not zeroed: every byte is written, or cut off.
  const buffer = Buffer.allocUnsafeSlow(end - start);
  return new Uint8Array(buffer.buffer, 0, await fill(buffer, fd, start));
}

/** The same in chunks, one in memory at a time. `transient`: all in the same memory, so each lasts until the next. */
export async function* readChunks(
  fd: number,
  { start, end }: ResolvedRange,
  { transient = false, chunkBytes: most = STREAM_CHUNK_BYTES }: Pick<StreamOptions, 'transient' | 'chunkBytes'> = {},
): AsyncGenerator<Uint8Array> {
  const chunkBytes = Math.min(most, end - start);
  let buffer: Buffer | undefined;
  for (let at = start; at < end; ) {
    if (buffer === undefined || !transient) buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at));
    const wanted = Math.min(buffer.byteLength, end - at);
    const got = await fill(buffer.subarray(0, wanted), fd, at);
    if (got === 0) return;
    at += got;
    yield new Uint8Array(buffer.buffer, 0, got);
  }
}

/** Reads from `position` on until the buffer is full or the file at its end; resolves to how many bytes it got. */
async function fill(buffer: Buffer, fd: number, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const wanted = buffer.byteLength - filled;
    const got =
      wanted <= BLOCKING_BYTES
        ? readSync(fd, buffer, filled, wanted, position + filled)
        : (await readAsync(fd, buffer, filled, wanted, position + filled)).bytesRead;
    if (got === 0) break;
    filled += got;
  }
  return filled;
}
