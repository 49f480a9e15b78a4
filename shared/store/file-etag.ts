/**
 * ETags of files: a hash of the content, worked out when it is first asked for, and once for each state of a file.
 *
 * A state is what `stat` says of it: device, inode, size, time of the last change of the content (`mtime`) and of the
 * inode (`ctime`), in nanoseconds. A file system's clock ticks every few milliseconds, and an inode number is used again
 * once it is free, so a file read in the very tick of its change could change once more and look the same: such a hash is
 * not kept. (Git calls such an entry of its index "racily clean".)
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreUnavailableError } from '../errors.ts';
import { CONTENT_ETAG_LENGTH } from './body.ts';
import { EtagLog, WORTH_KEEPING_BYTES } from './etag-log.ts';
import { fileError, isNotThere } from './file-errors.ts';

const KEPT = 100_000;
/** Longer than the tick of any common file system's clock. */
const SETTLED_AFTER_MS = 50;
const CHUNK_BYTES = 256 * 1024;
const ATTEMPTS = 5;

/** State of a file → its ETag, the oldest entry first. */
const known = new Map<string, string>();
/** Hashing never waits, so all hashing of a thread can share one buffer. */
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

/** Names a file's content without reading it: equal for two looks at a file that was not written to in between. */
export function contentState(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

/** What was found by reading a file: kept only if a change since then could not go unseen. */
export function rememberEtag(stat: BigIntStats, etag: string): void {
  if (Date.now() - Number(stat.ctimeMs) > SETTLED_AFTER_MS) remember(stat, etag);
}

/** The same for a file that has a further name since just now: its content, which was written before, is what counts. */
export function rememberLinked(stat: BigIntStats, etag: string): void {
  if (Date.now() - Number(stat.mtimeMs) > SETTLED_AFTER_MS) remember(stat, etag);
}

function remember(stat: BigIntStats, etag: string): void {
  const entry: KnownEtag = [fullState(stat), etag];
  if (known.has(entry[0])) return;
  learnEtag(entry);
  onEtagRead?.(entry);
  if (stat.size >= WORTH_KEEPING_BYTES) log?.add(...entry);
}

/** ETags of files that runs before this one have read or written. */
let log: EtagLog | undefined;

/** From here on this thread takes ETags from the log at `path`, and adds to it. */
export function keepEtagsIn(path: string): void {
  log = new EtagLog(path);
}

/** A state of a file and the ETag that belongs to it: true for every thread of the machine. */
export type KnownEtag = readonly [state: string, etag: string];

let onEtagRead: ((entry: KnownEtag) => void) | undefined;

/** From here on `tell` hears of every file that this thread has read for its ETag. */
export function shareEtags(tell: (entry: KnownEtag) => void): void {
  onEtagRead = tell;
}

/** Takes what another thread has found. */
export function learnEtag([state, etag]: KnownEtag): void {
  if (known.size >= KEPT) known.delete(known.keys().next().value as string);
  known.set(state, etag);
}

export function knownEtag(stat: BigIntStats): string | undefined {
  const state = fullState(stat);
  return known.get(state) ?? (stat.size >= WORTH_KEEPING_BYTES ? log?.get(state) : undefined);
}

/** The ETag of the open file. @throws StoreUnavailableError when the file keeps changing while it is read */
export function etagOfDescriptor(fd: number, path: string): string {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = fstatSync(fd, { bigint: true });
    const etag = knownEtag(before) ?? hashOfDescriptor(fd);
    const after = fstatSync(fd, { bigint: true });
    if (contentState(before) !== contentState(after)) continue;
    rememberEtag(after, etag);
    return etag;
  }
  throw new StoreUnavailableError(`${path} is being written to while it is read: try again when its writer is done`);
}

/**
 * The ETag that the file had when it was in `state`. Where it is in another state by now, what it held cannot be known;
 * the answer is then an ETag that no object has, so every condition on it fails, as it should.
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

const fullState = (stat: BigIntStats): string => `${contentState(stat)}:${stat.ctimeNs}`;

function hashOfDescriptor(fd: number): string {
  const hash = createHash('sha256');
  for (let at = 0; ; ) {
    const read = readSync(fd, chunk, 0, CHUNK_BYTES, at);
    if (read === 0) return hash.digest('hex').slice(0, CONTENT_ETAG_LENGTH);
    hash.update(chunk.subarray(0, read));
    at += read;
  }
}
