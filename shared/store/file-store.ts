/**
 * A store in a folder: the object with key `a/b` is the file `a/b` below it.
 *
 * What replaces or removes an object does so under that object's lock; a write to where nothing is needs none, because
 * `link` fails on a name that is taken. Readers never wait: they keep one file open, and look afterwards whether it was
 * written to meanwhile (by others: this store never changes a file in place).
 *
 * Small reads and writes block the thread: each takes some microseconds from the page cache, where the way through the
 * thread pool costs twenty times that, and a run moves thousands of small objects.
 */
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError, MissingObjectError, StoreUnavailableError } from '../errors.ts';
import { CONTENT_ETAG_LENGTH, contentEtag, hashOfAll } from './body.ts';
import { resolveRange } from './byte-range.ts';
import { alreadyThere, commitDraft, otherEtag, removeFile } from './file-commit.ts';
import { isReservedName, linkDraft, sweep, writeDraft } from './file-draft.ts';
import { fileError, isNotThere, systemCode } from './file-errors.ts';
import { contentState, etagInState, etagOfDescriptor, knownEtag, rememberEtag, rememberLinked } from './file-etag.ts';
import { newOwner } from './file-owner.ts';
import { readBytes, readChunks, statDescriptor } from './file-read.ts';
import { walkFiles } from './file-walk.ts';
import { checkKey, checkPrefix } from './object-key.ts';
import type {
  Body,
  ListOptions,
  ObjectInfo,
  ReadOptions,
  Store,
  StoredObject,
  StreamOptions,
  WriteCondition,
  Written,
} from './store.ts';

const MAX_NAME_BYTES = 255;
/** Of a file's mode: who may write, and all rights that there are. */
const WRITE_BITS = 0o222;
const ALL_BITS = 0o777;
/** A file that others write to while it is read is read again, so often. */
const READ_ATTEMPTS = 5;
/** A file of another user, one with too many names already, or one on another mount below the root. */
const CANNOT_LINK: ReadonlySet<string> = new Set(['EPERM', 'EMLINK', 'EXDEV']);

export class FileStore implements Store {
  readonly root: string;

  /** @param folder need not be there yet: the first object makes it */
  constructor(folder: string) {
    this.root = resolve(folder);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.#path(key);
    try {
      const stat = statSync(path, { bigint: true });
      return stat.isFile() ? describe(key, path, stat) : undefined;
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw fileError(error, 'reading', path);
    }
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredObject> {
    const path = this.#path(key);
    return reading(path, async (fd) => {
      const seen = options.unchangedSince;
      const state = seen && states.get(seen);
      const ifMatch = state === undefined ? (options.ifMatch ?? seen?.etag) : options.ifMatch;
      for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
        const before = statDescriptor(fd);
        if (state !== undefined && state !== contentState(before)) throw otherEtag(path, undefined, state);
        const bytes = await readBytes(fd, resolveRange(options.range, Number(before.size)));
        const after = statDescriptor(fd);
        if (contentState(before) !== contentState(after)) continue;
        const info = describe(key, path, after);
        if (ifMatch === undefined) return withBytes(info, bytes);
        const etag = options.range ? etagOfDescriptor(fd, path) : etagOfWhole(bytes, after);
        if (etag !== ifMatch) throw otherEtag(path, etag, ifMatch);
        return withBytes(info, bytes);
      }
      throw unstable(path);
    });
  }

  async *stream(key: string, options: StreamOptions = {}): AsyncIterable<Uint8Array> {
    const path = this.#path(key);
    const fd = openToRead(path);
    try {
      const etag = options.ifMatch === undefined ? undefined : etagOfDescriptor(fd, path);
      if (etag !== options.ifMatch) throw otherEtag(path, etag, options.ifMatch);
      const before = statDescriptor(fd);
      yield* readChunks(fd, resolveRange(options.range, Number(before.size)), options);
      if (contentState(before) === contentState(statDescriptor(fd))) return;
      throw etag === undefined ? unstable(path) : otherEtag(path, undefined, etag);
    } catch (error) {
      throw fileError(error, 'reading', path);
    } finally {
      closeSync(fd);
    }
  }

  async *list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    for (const { key, path, stat } of walkFiles(this.root, prefix, options)) yield describe(key, path, stat);
  }

  async put(key: string, body: Body, condition?: WriteCondition): Promise<Written> {
    const path = this.#path(key);
    // Not the check that counts, that is `link`'s; it saves writing what has lost already.
    if (condition && 'absent' in condition && existsSync(path)) throw alreadyThere(path);
    try {
      const draft = await writeDraft(path, body);
      try {
        await commitDraft(draft, path, condition);
      } catch (error) {
        draft.discard();
        throw error;
      }
      return describe(key, path, draft.settle());
    } catch (error) {
      throw fileError(error, 'writing', path);
    }
  }

  async link(from: ObjectInfo, key: string, condition?: WriteCondition): Promise<boolean> {
    const [source, path] = [this.#path(from.key), this.#path(key)];
    if (!existsSync(source)) throw missing(source);
    try {
      const draft = await linkDraft(path, source);
      try {
        requireUnchanged(draft.path, from);
        await commitDraft(draft, path, condition);
      } finally {
        // Also after success: `rename` leaves both names where they are one file already.
        draft.discard();
      }
      return true;
    } catch (error) {
      if (CANNOT_LINK.has(systemCode(error) ?? '')) return false;
      throw fileError(error, 'linking', path);
    }
  }

  knowHash(from: ObjectInfo, key: string, sha256: string): void {
    const stat = statSync(this.#path(key), { bigint: true, throwIfNoEntry: false });
    // One file under two names: nobody has put another under this one meanwhile.
    if (stat && contentState(stat) === states.get(from)) rememberLinked(stat, sha256.slice(0, CONTENT_ETAG_LENGTH));
  }

  async protect(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      const { mode } = statSync(path);
      if ((mode & WRITE_BITS) !== 0) chmodSync(path, mode & ~WRITE_BITS & ALL_BITS);
    } catch (error) {
      // Somebody else's file, which only its owner can change; or it has gone again.
      if (systemCode(error) !== 'EPERM' && !isNotThere(error)) throw fileError(error, 'protecting', path);
    }
  }

  async holds(info: ObjectInfo, sha256: string): Promise<boolean> {
    return (await hashOfAll(this.stream(info.key, { transient: true }))).sha256 === sha256;
  }

  async delete(key: string, condition?: { readonly ifMatch: string }): Promise<void> {
    const path = this.#path(key);
    try {
      await removeFile(path, condition?.ifMatch);
    } catch (error) {
      if (!isNotThere(error)) throw fileError(error, 'removing', path);
    }
    this.#removeEmptied(dirname(path));
  }

  async tidy(prefix: string): Promise<void> {
    checkPrefix(prefix);
    const folder = join(this.root, prefix);
    try {
      await sweep(folder);
    } catch (error) {
      if (!isNotThere(error)) throw fileError(error, 'tidying', folder);
    }
  }

  async ignoresCase(): Promise<boolean> {
    const probe = join(this.root, `.case.${newOwner()}.tmp`);
    try {
      mkdirSync(this.root, { recursive: true });
      writeFileSync(probe, '');
      try {
        return existsSync(join(this.root, basename(probe).toUpperCase()));
      } finally {
        unlinkSync(probe);
      }
    } catch (error) {
      throw fileError(error, 'writing', probe);
    }
  }

  /** @throws ConfigError where the key is none, or no file can be called so */
  #path(key: string): string {
    checkKey(key);
    for (const name of key.split('/')) {
      if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
        throw new ConfigError(
          `${this.root}: no file can be called ${JSON.stringify(name)} (object ${JSON.stringify(key)}): ` +
            `names have at most ${MAX_NAME_BYTES} bytes in UTF-8`,
        );
      }
    }
    const path = join(this.root, key);
    if (isReservedName(basename(path))) {
      throw new ConfigError(`${path}: this form of name is kept for temporary files and locks: choose another`);
    }
    return path;
  }

  /**
   * Removes folders that hold nothing any more, up to the root: S3 has no empty folders either. A `put` that needs one
   * at the same time makes it again.
   */
  #removeEmptied(folder: string): void {
    for (let at = folder; at.length > this.root.length; at = dirname(at)) {
      try {
        rmdirSync(at);
      } catch (error) {
        // Gone already: go on above it. Anything else (not empty, a link, not ours to remove): it stays.
        if (systemCode(error) !== 'ENOENT') return;
      }
    }
  }
}

/** The ETag is worked out when it is first asked for, because the file must be read for it. */
function describe(key: string, path: string, stat: BigIntStats): ObjectInfo {
  const state = contentState(stat);
  let etag = knownEtag(stat);
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

function withBytes(info: ObjectInfo, bytes: Uint8Array): StoredObject {
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

/** The state in which a file was when an answer was given. */
const states = new WeakMap<ObjectInfo, string>();

/** @throws PreconditionFailedError where the file is not the one that an earlier answer was about */
function requireUnchanged(path: string, seen: ObjectInfo): void {
  const now = contentState(statSync(path, { bigint: true }));
  const state = states.get(seen);
  if (state !== undefined ? state === now : etagInState(path, now) === seen.etag) return;
  throw otherEtag(path, undefined, state ?? seen.etag);
}

function openToRead(path: string): number {
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

async function reading<T>(path: string, read: (fd: number) => Promise<T>): Promise<T> {
  const fd = openToRead(path);
  try {
    return await read(fd);
  } catch (error) {
    throw fileError(error, 'reading', path);
  } finally {
    closeSync(fd);
  }
}

function etagOfWhole(bytes: Uint8Array, stat: BigIntStats): string {
  const etag = knownEtag(stat) ?? contentEtag(bytes);
  rememberEtag(stat, etag);
  return etag;
}

const missing = (path: string, cause?: unknown): MissingObjectError =>
  new MissingObjectError(`${path}: there is no such object`, cause === undefined ? {} : { cause });

const unstable = (path: string): StoreUnavailableError =>
  new StoreUnavailableError(`${path} is being written to while it is read: try again when its writer is done`);
