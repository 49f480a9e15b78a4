/** ETags of files: a hash of the content. It is computed when it is first needed, and once for each state of a file. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreUnavailableError } from '../errors.ts';
import { CONTENT_ETAG_LENGTH } from './body.ts';
import { threadEtags } from './etag-memory.ts';
import { fileError, isNotThere } from './file-errors.ts';
import { contentState } from './file-state.ts';

const CHUNK_BYTES = 256 * 1024;
const ATTEMPTS = 5;

/** All hashing of a thread shares this buffer, since hashing never waits. */
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

export const beingWritten = (path: string): StoreUnavailableError =>
  new StoreUnavailableError(`${path} is being written to while it is read: try again when its writer is done`);

/** Returns the ETag of the open file. @throws StoreUnavailableError when the file keeps changing while it is read */
export function etagOfDescriptor(fd: number, path: string): string {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = fstatSync(fd, { bigint: true });
    const etag = threadEtags.get(before) ?? hashOfDescriptor(fd);
    const after = fstatSync(fd, { bigint: true });
    if (contentState(before) !== contentState(after)) continue;
    threadEtags.remember(after, etag);
    return etag;
  }
  throw beingWritten(path);
}

/**
 * Returns the ETag that the file had in `state`. When the file is in another state by now, that cannot be known. The result is
 * then an ETag that no object has, so that every condition on it fails.
 */
export function etagInState(path: string, state: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isNotThere(error)) return `replaced:${state}`;
    throw fileError(error, 'reading', path);
  }
  try {
    const etag = etagOfDescriptor(fd, path);
    return contentState(fstatSync(fd, { bigint: true })) === state ? etag : `replaced:${state}`;
  } finally {
    closeSync(fd);
  }
}

function hashOfDescriptor(fd: number): string {
  const hash = createHash('sha256');
  for (let at = 0; ; ) {
    const read = readSync(fd, chunk, 0, CHUNK_BYTES, at);
    if (read === 0) return hash.digest('hex').slice(0, CONTENT_ETAG_LENGTH);
    hash.update(chunk.subarray(0, read));
    at += read;
  }
}
