/**
 * A store in a folder: the object with key `a/b` is the file `a/b` below the folder.
 *
 * Replacing or removing an object takes that object's lock. Writing an object that does not exist yet needs no lock, because
 * `link` fails on a name that is taken. Readers never wait. They keep one file open, and check after reading that nobody wrote
 * to it. (This store never changes a file in place, but other programs may.)
 *
 * Small reads and writes block the thread: each takes some microseconds from the page cache, and the thread pool would cost
 * twenty times as much. A run moves thousands of small objects.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { CONTENT_ETAG_LENGTH, hashOfAll } from './body.ts';
import { resolveRange } from './byte-range.ts';
import { threadEtags } from './etag-memory.ts';
import { alreadyThere, commitDraft, otherEtag, removeFile } from './file-commit.ts';
import { isReservedName, linkDraft, sweep, writeDraft } from './file-draft.ts';
import { fileError, isNotThere, systemCode } from './file-errors.ts';
import { beingWritten, etagOfDescriptor } from './file-etag.ts';
import {
  describe,
  etagOfWhole,
  missing,
  openToRead,
  requireUnchanged,
  stateWhenSeen,
  withBytes,
  withOpenFile,
} from './file-object.ts';
import { newOwner } from './file-owner.ts';
import { readBytes, readChunks, statDescriptor } from './file-read.ts';
import { contentState } from './file-state.ts';
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
/** The bits of a file's mode for the right to write, and for all rights. */
const WRITE_BITS = 0o222;
const ALL_BITS = 0o777;
/** The number of times that a file is read when others write to it meanwhile. */
const READ_ATTEMPTS = 5;
/** The file belongs to another user, has too many names already, or is on another mount below the root. */
const CANNOT_LINK: ReadonlySet<string> = new Set(['EPERM', 'EMLINK', 'EXDEV']);

export class FileStore implements Store {
  readonly root: string;

  /** @param folder need not exist yet: writing the first object makes it */
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
    return withOpenFile(path, async (fd) => {
      const seen = options.unchangedSince;
      const state = seen && stateWhenSeen(seen);
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
      throw beingWritten(path);
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
      throw etag === undefined ? beingWritten(path) : otherEtag(path, undefined, etag);
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
    // The check that counts is in `link`. This one saves writing a body that has already lost.
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
        // The draft may remain after success: `rename` keeps both names when they already are the same file.
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
    // Equal states mean that the two names still are one file, which nobody has replaced.
    if (stat && contentState(stat) === stateWhenSeen(from))
      threadEtags.rememberLinked(stat, sha256.slice(0, CONTENT_ETAG_LENGTH));
  }

  async protect(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      const { mode } = statSync(path);
      if ((mode & WRITE_BITS) !== 0) chmodSync(path, mode & ~WRITE_BITS & ALL_BITS);
    } catch (error) {
      // Only the owner of a file can change its mode, or the file was removed.
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

  /** Returns the path of the object's file. @throws ConfigError when the key is not valid, or no file can have its name */
  #path(key: string): string {
    checkKey(key);
    for (const name of key.split('/')) {
      if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
        throw new ConfigError(
          `${this.root}: no file can have the name ${JSON.stringify(name)} (object ${JSON.stringify(key)}): ` +
            `names have at most ${MAX_NAME_BYTES} bytes in UTF-8`,
        );
      }
    }
    const path = join(this.root, key);
    if (isReservedName(basename(path))) {
      throw new ConfigError(`${path}: names of this form are kept for temporary files and locks: choose another`);
    }
    return path;
  }

  /**
   * Removes folders that are now empty, up to the root, because S3 has no empty folders either. A `put` that needs such a
   * folder at the same time makes it again.
   */
  #removeEmptied(folder: string): void {
    for (let at = folder; at.length > this.root.length; at = dirname(at)) {
      try {
        rmdirSync(at);
      } catch (error) {
        // If the folder is gone, the one above it is next. Any other (not empty, a link, no right to remove it) stays.
        if (systemCode(error) !== 'ENOENT') return;
      }
    }
  }
}
