/**
 * The interface of storage: objects under keys, as in S3.
 *
 * A store has a root location (`s3://bucket/prefix`, a folder, or memory). A key is relative to it, and its segments are
 * separated by `/`. All implementations pass `test/contract/store.contract.ts`.
 *
 * An ETag is opaque and names the content: it changes when other bytes replace the object. A store may compute an ETag when it
 * is first read (a file must be read for it), so do not read it without need.
 *
 * `object-key.ts` says which keys are valid. Every method throws ConfigError for any other key. A key is never also the folder
 * of another key (`a` and `a/b`), because a disk cannot have both.
 */

/** A body to write: bytes in memory, in one piece or in several in order, or a stream of chunks of any size. */
export type Body = Uint8Array | string | readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/**
 * A half-open byte range: `start` inclusive, `end` exclusive. A negative `start` without `end` counts from the end. A range
 * that reaches beyond the object is cut off at its end, and may then be empty.
 */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface ReadOptions {
  readonly range?: ByteRange;
  /** The read fails with PreconditionFailedError when the object has another ETag. */
  readonly ifMatch?: string;
  /**
   * The read fails with PreconditionFailedError when the object was replaced since this store described it so. When the ETag
   * is not known yet, this is cheaper than `ifMatch`, because no file need be read for it.
   */
  readonly unchangedSince?: ObjectInfo;
  /** True when the key comes from `list`: in S3 other programs may have written it with an empty segment (`a//b`). */
  readonly listed?: boolean;
}

export interface ListOptions {
  /**
   * A folder may have names that cannot be read: a link that leads nowhere, a pipe. When this function returns true for such a
   * name, listing throws an error. Otherwise the name is left out. Default: all such names are left out.
   */
  readonly isWanted?: (key: string) => boolean;
}

export interface StreamOptions extends Omit<ReadOptions, 'unchangedSince'> {
  /**
   * True when a chunk need last only until the next one, so that a store may read all chunks into the same memory. Chunks that
   * are passed to a writer, to a Node stream or into a list must last longer. Default: chunks last.
   */
  readonly transient?: boolean;
  /** About the most bytes of a chunk, for readers with many open streams. A store that cannot choose ignores it. */
  readonly chunkBytes?: number;
}

/** Write only when there is no object (`absent`), or only over the object with this ETag. */
export type WriteCondition = { readonly absent: true } | { readonly ifMatch: string };

export interface ObjectInfo {
  readonly key: string;
  /** The size in bytes. */
  readonly size: number;
  readonly etag: string;
}

/** The result of a write. Its ETag may be computed when it is first read. */
export type Written = Pick<ObjectInfo, 'etag'>;

export interface StoredObject extends ObjectInfo {
  /** The whole object, or the range that was asked for. `size` is always the size of the whole object. */
  readonly bytes: Uint8Array;
  /** The object without its bytes, for callers that do not keep them. */
  readonly info: ObjectInfo;
}

export interface Store {
  /** The location that all keys are relative to, as a user would write it: `s3://bucket/prefix`, `/folder`. */
  readonly root: string;

  /** Returns undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /** @throws MissingObjectError, PreconditionFailedError (`ifMatch`, `unchangedSince`), StoreUnavailableError */
  get(key: string, options?: ReadOptions): Promise<StoredObject>;

  /**
   * Reads an object in chunks, and never holds all of it in memory. When a connection breaks, reading continues where it
   * broke, with the same ETag.
   *
   * @throws what `get` throws, from the first chunk on
   */
  stream(key: string, options?: StreamOptions): AsyncIterable<Uint8Array>;

  /**
   * Yields every object whose key starts with `prefix`, ordered by the bytes of the key in UTF-8. The prefix may be any
   * beginning of a key, not only a folder; '' lists all. An object that is written or removed meanwhile may be listed or not.
   *
   * @throws CorruptInputError for a wanted name that is not a file
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;

  /**
   * Writes an object whole or not at all: no reader ever sees a part of it.
   *
   * @throws PreconditionFailedError when the condition does not hold; then nothing has changed. `ifMatch` does not hold when
   *   there is no object.
   */
  put(key: string, body: Body, condition?: WriteCondition): Promise<Written>;

  /**
   * Puts the object `from` under `key` as well, without reading its bytes here. A disk gives the file a second name, so nobody
   * may change the file; S3 makes a copy. Returns false when it did nothing (another disk, or an object so small that copying
   * takes more requests). The caller then reads the object and calls `put`.
   *
   * @throws what `put` throws; MissingObjectError or PreconditionFailedError when `from` was removed or replaced
   */
  link(from: ObjectInfo, key: string, condition?: WriteCondition): Promise<boolean>;

  /**
   * Tells the store that the object just linked from `from` to `key` has this SHA-256 (hex). A store that makes ETags from it
   * then need not read the object for one. Other stores do not have this method.
   */
  knowHash?(from: ObjectInfo, key: string, sha256: string): void;

  /**
   * Returns true when the bytes of the object `info` have this SHA-256 (hex). The object is always read for that. A store that
   * protects its objects with its own checksums, and never changes them under an ETag, does not have this method.
   */
  holds?(info: ObjectInfo, sha256: string): Promise<boolean>;

  /**
   * Makes the file of an object read-only for people and other programs. This store still replaces and removes it. Objects that
   * were linked with it still share its file.
   */
  protect?(key: string): Promise<void>;

  /**
   * Removes an object. It is no error when there is none.
   *
   * @throws PreconditionFailedError when the object has another ETag than `ifMatch`; then it stays
   */
  delete(key: string, condition?: { readonly ifMatch: string }): Promise<void>;

  /**
   * Returns true when keys that differ only in case name the same object, as on the disks of many laptops. In a store without
   * this method they name different objects.
   */
  ignoresCase?(): Promise<boolean>;

  /**
   * Removes the leftovers of dead writers that are directly in the folder `prefix` (it ends in `/`). No reader ever sees such
   * leftovers, and the next writer in the folder removes them too. Only stores that can have leftovers have this method.
   */
  tidy?(prefix: string): Promise<void>;
}
