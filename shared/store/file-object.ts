/** An object of a folder store: its file, the state in which the file was seen, and its ETag. */
import { type BigIntStats, closeSync, openSync, statSync } from 'node:fs';
import { MissingObjectError } from '../errors.ts';
import { contentEtag } from './body.ts';
import { threadEtags } from './etag-memory.ts';
import { otherEtag } from './file-commit.ts';
import { fileError, isNotThere } from './file-errors.ts';
import { etagInState } from './file-etag.ts';
import { statDescriptor } from './file-read.ts';
import { contentState } from './file-state.ts';
import type { ObjectInfo, StoredObject } from './store.ts';

/** The content state of each object that a folder store described. */
const states = new WeakMap<ObjectInfo, string>();

/** Returns the state in which the file was when a store of this process described the object. */
export const stateWhenSeen = (info: ObjectInfo): string | undefined => states.get(info);

/** Describes the object in a file. Its ETag is computed when it is first read, because the file must be read for it. */
export function describe(key: string, path: string, stat: BigIntStats): ObjectInfo {
  const state = contentState(stat);
  let etag = threadEtags.get(stat);
  const info = {
    key,
    size: Number(stat.size),
    get etag() {
      etag ??= etagInState(path, state);
      return etag;
    },
  };
  states.set(info, state);
  return info;
}

/** Adds the bytes that were read to the description of their object. */
export function withBytes(info: ObjectInfo, bytes: Uint8Array): StoredObject {
  const { key, size } = info;
  const object = {
    key,
    size,
    bytes,
    info,
    get etag() {
      return info.etag;
    },
  };
  states.set(object, states.get(info)!);
  return object;
}

/** @throws PreconditionFailedError when the file at `path` is not the one that `seen` describes */
export function requireUnchanged(path: string, seen: ObjectInfo): void {
  const now = contentState(statSync(path, { bigint: true }));
  const state = states.get(seen);
  if (state !== undefined ? state === now : etagInState(path, now) === seen.etag) return;
  throw otherEtag(path, undefined, state ?? seen.etag);
}

/**
 * Opens the file of an object.
 * @throws MissingObjectError when there is no file, and what `fileError` makes of system errors
 */
export function openToRead(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isNotThere(error)) throw missing(path, error);
    throw fileError(error, 'reading', path);
  }
  if (statDescriptor(fd).isFile()) return fd;
  closeSync(fd);
  throw missing(path);
}

/** Opens a file, passes it to `read`, and closes it. */
export async function withOpenFile<T>(path: string, read: (fd: number) => Promise<T>): Promise<T> {
  const fd = openToRead(path);
  try {
    return await read(fd);
  } catch (error) {
    throw fileError(error, 'reading', path);
  } finally {
    closeSync(fd);
  }
}

/** Returns the ETag of a file whose bytes were all read. */
export function etagOfWhole(bytes: Uint8Array, stat: BigIntStats): string {
  const etag = threadEtags.get(stat) ?? contentEtag(bytes);
  threadEtags.remember(stat, etag);
  return etag;
}

export const missing = (path: string, cause?: unknown): MissingObjectError =>
  new MissingObjectError(`${path}: there is no such object`, cause === undefined ? {} : { cause });
