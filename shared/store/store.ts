/**
 * What a step may know of storage: objects under keys, as S3 has them.
 *
 * A store is rooted at one location (`s3://bucket/prefix`, a folder, or memory); a key is relative to it, its segments
 * separated by `/`. All implementations pass `test/contract/store.contract.ts`.
 *
 * An ETag is opaque and names the content: it changes when the object is replaced by other bytes. A store may work it
 * out when it is first asked for (a file must be read for it): where it is not needed, do not touch it.
 *
 * What a key may be is said in `object-key.ts`; every method throws ConfigError for any other. A key is never also the
 * folder of another (`a` and `a/b`): a disk cannot have both.
 */

/** A body to write: in memory, whole or as its pieces in order, or streamed in chunks of any size. */
export type Body = Uint8Array | string | readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/**
 * Half-open byte range: `start` inclusive, `end` exclusive. A negative `start` without `end` counts from the end.
 * A range that reaches beyond the object gives what there is of it, which may be nothing.
 */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface ReadOptions {
  readonly range?: ByteRange;
  /** Fail with PreconditionFailedError when the object's ETag is another. */
  readonly ifMatch?: string;
  /**
   * The same, for what an earlier answer of this store was about: fail when the object was replaced since. Where the ETag is
   * not known yet this is cheaper, because no file need be read for it.
   */
  readonly unchangedSince?: ObjectInfo;
  /** The key is one that `list` gave: in S3 others may have written it with an empty segment (`a//b`). */
  readonly listed?: boolean;
}

export interface ListOptions {
  /**
   * In a folder a name may stand for nothing that can be read: a link that leads nowhere, a pipe. Such a name is an error
   * where this says that the reader wants it, and is left out otherwise. Default: all are left out.
   */
  readonly isWanted?: (key: string) => boolean;
}

export interface StreamOptions extends Omit<ReadOptions, 'unchangedSince'> {
  /**
   * A chunk need last only until the next one is asked for, so that a store may read that into the same memory. Not for
   * chunks that go on to a writer, to a Node stream or into a list: those are still in use by then. Default: chunks last.
   */
  readonly transient?: boolean;
  /** Chunks of about this many bytes at most, for who has many streams open. A store that has a say in it. */
  readonly chunkBytes?: number;
}

/** Write only where nothing is (`absent`), or only over the object with this ETag. */
export type WriteCondition = { readonly absent: true } | { readonly ifMatch: string };

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
}

/** What a write tells; as everywhere, the ETag may be worked out when it is asked for. */
export type Written = Pick<ObjectInfo, 'etag'>;

export interface StoredObject extends ObjectInfo {
  /** The whole object, or the range asked for; `size` is the whole object's either way. */
  readonly bytes: Uint8Array;
  /** All but the bytes: to be kept where they are not. */
  readonly info: ObjectInfo;
}

export interface Store {
  /** The location all keys are relative to, as a user would write it: `s3://bucket/prefix`, `/folder`. */
  readonly root: string;

  /** Undefined where there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /** @throws MissingObjectError, PreconditionFailedError (`ifMatch`, `unchangedSince`), StoreUnavailableError */
  get(key: string, options?: ReadOptions): Promise<StoredObject>;

  /**
   * The same as chunks, never the whole object in memory. A connection lost midway is taken up where it broke, with the
   * same ETag. @throws as `get`, from the first chunk on
   */
  stream(key: string, options?: StreamOptions): AsyncIterable<Uint8Array>;

  /**
   * Every object whose key starts with `prefix` (any beginning of a key, not only a folder; '' lists all), ordered by the
   * bytes of the key in UTF-8. What comes or goes meanwhile may be in or out.
   * @throws CorruptInputError for a wanted name that stands for no file
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;

  /**
   * Writes whole or not at all: no reader ever sees a part. A conditional write that loses throws
   * PreconditionFailedError and changes nothing; `ifMatch` on an object that is missing loses.
   */
  put(key: string, body: Body, condition?: WriteCondition): Promise<Written>;

  /**
   * Puts the object that `from` is about under `key` as well, without a byte on its way through here; says whether that was
   * done. A disk gives the file a second name, so both must stay as they are; S3 makes a copy. False, and nothing is done:
   * read it and `put` it (another disk, an object so small that this takes fewer requests).
   * @throws as `put`; for what is under `from.key`: MissingObjectError, PreconditionFailedError (replaced since)
   */
  link(from: ObjectInfo, key: string, condition?: WriteCondition): Promise<boolean>;

  /**
   * What was just linked from `from` to `key` has this SHA-256 (hex): a store whose ETags are made of it then need not read
   * the object for one. Others do without this method.
   */
  knowHash?(from: ObjectInfo, key: string, sha256: string): void;

  /**
   * True when the object that `info` is about holds the bytes with this SHA-256 (hex): it is read for that, whatever is known of
   * it. A store that guards its objects with checksums of its own and never changes them under an ETag does without this
   * method.
   */
  holds?(info: ObjectInfo, sha256: string): Promise<boolean>;

  /**
   * Makes an object read-only for people and other programs, on a disk: this store still replaces and removes it. Its bytes
   * stay shared with what it was linked from.
   */
  protect?(key: string): Promise<void>;

  /** Removing what is not there is no error; with `ifMatch` the object stays when it is another by now (PreconditionFailedError). */
  delete(key: string, condition?: { readonly ifMatch: string }): Promise<void>;

  /**
   * Whether keys that differ in case only name one object here, as on many disks of laptops. A store without this method
   * tells them apart.
   */
  ignoresCase?(): Promise<boolean>;

  /**
   * Removes what writers that died left right in the folder `prefix` (it ends in `/`). No reader ever sees such leftovers,
   * and the next writer there removes them too; only stores that can have them need this.
   */
  tidy?(prefix: string): Promise<void>;
}
