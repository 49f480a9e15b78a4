/** Reads bytes from an open file. */
import { type BigIntStats, fstatSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ResolvedRange } from './byte-range.ts';
import type { StreamOptions } from './store.ts';

/** Up to this many bytes a blocking read is cheaper than the thread pool. */
const BLOCKING_BYTES = 1024 * 1024;
const STREAM_CHUNK_BYTES = 256 * 1024;

const readAsync = promisify(read);

export const statDescriptor = (fd: number): BigIntStats => fstatSync(fd, { bigint: true });

/**
 * Returns the bytes of a range, at byte offset 0 of a new `ArrayBuffer`. They are fewer when the file has become shorter.
 */
export async function readBytes(fd: number, { start, end }: ResolvedRange): Promise<Uint8Array> {
  // The buffer is not zeroed: every byte is overwritten or cut off.
  const buffer = Buffer.allocUnsafeSlow(end - start);
  return new Uint8Array(buffer.buffer, 0, await fill(buffer, fd, start));
}

/** Yields the bytes of a range in chunks. With `transient` all chunks use the same memory, so each is valid until the next. */
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

/** Reads from `position` on until the buffer is full or the file ends. Resolves to the number of bytes read. */
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
