/**
 * A store in memory, for tests and for small runs that keep nothing. It also shows what a store is: a map from keys to bytes.
 */
import { hash } from 'node:crypto';
import { MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { collectBody, contentEtag } from './body.ts';
import { resolveRange } from './byte-range.ts';
import { checkKey, checkPrefix, compareKeys } from './object-key.ts';
import type {
  Body,
  ObjectInfo,
  ReadOptions,
  Store,
  StoredObject,
  StreamOptions,
  WriteCondition,
  Written,
} from './store.ts';

const STREAM_CHUNK_BYTES = 64 * 1024;

interface Entry {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

export class MemoryStore implements Store {
  readonly root: string;
  readonly #objects = new Map<string, Entry>();

  /** @param root the store's name, for messages; nothing is written to this place */
  constructor(root = '/memory') {
    this.root = root;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    const found = this.#objects.get(key);
    return found && { key, size: found.bytes.byteLength, etag: found.etag };
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredObject> {
    const { bytes, etag } = this.#open(key, options);
    const { start, end } = resolveRange(options.range, bytes.byteLength);
    const info = { key, size: bytes.byteLength, etag };
    return { ...info, bytes: bytes.slice(start, end), info };
  }

  async *stream(key: string, options: StreamOptions = {}): AsyncIterable<Uint8Array> {
    const { bytes } = this.#open(key, options);
    const { start, end } = resolveRange(options.range, bytes.byteLength);
    for (let at = start; at < end; at += STREAM_CHUNK_BYTES) {
      yield bytes.slice(at, Math.min(at + STREAM_CHUNK_BYTES, end));
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    for (const key of keys) {
      const found = this.#objects.get(key);
      if (found) yield { key, size: found.bytes.byteLength, etag: found.etag };
    }
  }

  async put(key: string, body: Body, condition?: WriteCondition): Promise<Written> {
    checkKey(key);
    const bytes = await collectBody(body);
    // Nothing is awaited from here on, so the check and the write are one step.
    if (condition) this.#require(key, condition);
    const etag = contentEtag(bytes);
    this.#objects.set(key, { bytes, etag });
    return { etag };
  }

  async link(from: ObjectInfo, key: string, condition?: WriteCondition): Promise<boolean> {
    checkKey(key);
    const found = this.#open(from.key, { unchangedSince: from });
    if (condition) this.#require(key, condition);
    this.#objects.set(key, found);
    return true;
  }

  async holds(info: ObjectInfo, sha256: string): Promise<boolean> {
    return hash('sha256', this.#open(info.key, {}).bytes) === sha256;
  }

  async delete(key: string, condition?: { readonly ifMatch: string }): Promise<void> {
    checkKey(key);
    if (condition && this.#objects.has(key)) this.#require(key, condition);
    this.#objects.delete(key);
  }

  #open(key: string, { unchangedSince, ifMatch = unchangedSince?.etag }: ReadOptions): Entry {
    checkKey(key);
    const found = this.#objects.get(key);
    if (!found) throw new MissingObjectError(`${this.root}/${key}: there is no such object`);
    if (ifMatch !== undefined) this.#require(key, { ifMatch });
    return found;
  }

  #require(key: string, condition: WriteCondition): void {
    const etag = this.#objects.get(key)?.etag;
    if ('absent' in condition) {
      if (etag !== undefined) throw new PreconditionFailedError(`${this.root}/${key} exists already`);
    } else if (etag !== condition.ifMatch) {
      throw new PreconditionFailedError(
        `${this.root}/${key} has ETag ${etag ?? '(none: no such object)'}, not ${condition.ifMatch}`,
      );
    }
  }
}
