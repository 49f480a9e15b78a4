/**
 * The objects of one folder, held in memory by the only process that works on it. A small folded run writes hundreds of small
 * objects into its work area and reads them again at once. In S3 each of them costs a request and the time of the way there.
 *
 *   process ─► over(store) ─┬─ keys of the folder ─► memory, until `flush` writes them
 *                           └─ all other keys     ─► the store
 *
 * The folder may have objects already. They are listed once, and stay in the store. A process that is killed loses what it
 * holds, and others then find the folder as it was before. When more bytes come than are to be held, all of them are written,
 * and later objects are written at once. What was held stays in memory, because its readers know it by the ETag that it has
 * there.
 */
import { atMost } from '../at-most.ts';
import { PreconditionFailedError } from '../errors.ts';
import { concatBytes, hashOfAll, lengthOf, piecesOf } from './body.ts';
import { isShardList } from './keys.ts';
import { MemoryStore } from './memory-store.ts';
import { compareKeys } from './object-key.ts';
import { putAbsent } from './put-absent.ts';
import type { Body, ListOptions, ObjectInfo, Store, StreamOptions, WriteCondition, Written } from './store.ts';

/** Objects that `flush` writes at the same time. */
const WRITES_AT_ONCE = 16;

/** Another process works on the same folder, and has divided the work in another way. */
export class OtherShardsError extends Error {
  override name = 'OtherShardsError';
}

export interface HeldFolder {
  /** The folder: its keys begin with it. */
  readonly prefix: string;
  /** The most bytes that are held. */
  readonly limitBytes: number;
}

export class HeldObjects {
  readonly #prefix: string;
  readonly #limitBytes: number;
  readonly #memory: MemoryStore;
  #bytes = 0;
  /** The keys of the folder's objects in the store, as far as this process knows. */
  #stored: Promise<Set<string>> | undefined;
  /** Set when the limit was passed. It resolves when all that was held is written. */
  #written: Promise<void> | undefined;

  /** @param root the root of the store, for messages */
  constructor({ prefix, limitBytes }: HeldFolder, root: string) {
    this.#prefix = prefix;
    this.#limitBytes = limitBytes;
    this.#memory = new MemoryStore(root);
  }

  /** Returns the store with what is held. Several stores may be given, such as metered ones of the same place. */
  over(store: Store): Store {
    const memory = this.#memory;
    const isHeld = async (key: string): Promise<boolean> => (await memory.head(key)) !== undefined;
    return {
      root: store.root,
      head: async (key) =>
        (await memory.head(key)) ?? ((await this.#isStored(store, key)) ? store.head(key) : undefined),
      get: async (key, options) => ((await isHeld(key)) ? memory : store).get(key, options),
      stream: (key, options) => this.#stream(store, key, options),
      list: (prefix, options) => this.#list(store, prefix, options),
      put: (key, body, condition) => this.#put(store, key, body, condition),
      link: (from, key, condition) => this.#link(store, from, key, condition),
      knowHash: (from, key, sha256) => store.knowHash?.(from, key, sha256),
      // The ETag of an object that is held is another one than in the store, so contents are compared by their hash.
      holds: async (info, sha256) => {
        if (await isHeld(info.key)) return memory.holds(info, sha256);
        if (store.holds !== undefined) return store.holds(info, sha256);
        return (await hashOfAll(store.stream(info.key, { transient: true }))).sha256 === sha256;
      },
      protect: async (key) => {
        if (!(await isHeld(key))) await store.protect?.(key);
      },
      delete: (key, condition) => this.#delete(store, key, condition),
      ignoresCase: async () => (await store.ignoresCase?.()) ?? false,
      tidy: async (prefix) => store.tidy?.(prefix),
    };
  }

  /** Writes what is held, unless that was done when the limit was passed. @throws as `#writeHeld` */
  async flush(store: Store): Promise<void> {
    await this.#passLimit(store);
  }

  #isOwn(key: string): boolean {
    return key.startsWith(this.#prefix);
  }

  /** True for a key of another folder, and for an object of this folder that is in the store. */
  async #isStored(store: Store, key: string): Promise<boolean> {
    return !this.#isOwn(key) || (await this.#keysIn(store)).has(key);
  }

  #keysIn(store: Store): Promise<Set<string>> {
    this.#stored ??= (async () => {
      const keys = new Set<string>();
      for await (const { key } of store.list(this.#prefix)) keys.add(key);
      return keys;
    })();
    return this.#stored;
  }

  async *#stream(store: Store, key: string, options: StreamOptions = {}): AsyncGenerator<Uint8Array> {
    yield* ((await this.#memory.head(key)) ? this.#memory : store).stream(key, options);
  }

  /** Lists both places in one order. An object that is in both is the one that is held. */
  async *#list(store: Store, prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    const held: ObjectInfo[] = [];
    for await (const object of this.#memory.list(prefix)) held.push(object);
    let next = 0;
    if (await this.#mayBeStored(store, prefix)) {
      for await (const object of store.list(prefix, options)) {
        while (next < held.length && compareKeys(held[next]!.key, object.key) < 0) yield held[next++]!;
        yield held[next]?.key === object.key ? held[next++]! : object;
      }
    }
    yield* held.slice(next);
  }

  async #mayBeStored(store: Store, prefix: string): Promise<boolean> {
    return !this.#isOwn(prefix) || [...(await this.#keysIn(store))].some((key) => key.startsWith(prefix));
  }

  async #put(store: Store, key: string, body: Body, condition?: WriteCondition): Promise<Written> {
    if (!this.#isOwn(key)) return store.put(key, body, condition);
    const held = await this.#memory.head(key);
    const stored = await this.#keysIn(store);
    if (held === undefined && stored.has(key)) return store.put(key, body, condition);
    const { bytes, rest } = this.#written === undefined ? await this.#begin(body) : { bytes: undefined, rest: body };
    if (bytes !== undefined) {
      const written = await this.#memory.put(key, bytes, condition);
      this.#bytes += bytes.byteLength - (held?.size ?? 0);
      return written;
    }
    await this.#passLimit(store);
    const written = await this.#replace(store, held, condition, (left) => store.put(key, rest, left));
    stored.add(key);
    return written;
  }

  async #link(store: Store, from: ObjectInfo, key: string, condition?: WriteCondition): Promise<boolean> {
    if ((await this.#memory.head(from.key)) !== undefined) {
      const { bytes } = await this.#memory.get(from.key, { unchangedSince: from });
      await this.#put(store, key, bytes, condition);
      return true;
    }
    const held = await this.#memory.head(key);
    const linked = await this.#replace(store, held, condition, (left) => store.link(from, key, left));
    if (linked && this.#isOwn(key)) (await this.#keysIn(store)).add(key);
    return linked;
  }

  /** Writes an object to the store, in place of one that may be held. @param write gets what is left of the condition */
  async #replace<T>(
    { root }: Store,
    held: ObjectInfo | undefined,
    condition: WriteCondition | undefined,
    write: (left: WriteCondition | undefined) => Promise<T>,
  ): Promise<T> {
    if (held === undefined) return write(condition);
    const isRight = condition === undefined || ('ifMatch' in condition && condition.ifMatch === held.etag);
    if (!isRight) throw new PreconditionFailedError(`${root}/${held.key} exists, with the ETag ${held.etag}`);
    const written = await write(undefined);
    await this.#memory.delete(held.key);
    this.#bytes -= held.size;
    return written;
  }

  /** Reads a body. If it is too long to be held, `rest` is all of it, and it is not read to its end. */
  async #begin(body: Body): Promise<{ bytes: Uint8Array | undefined; rest: Body }> {
    const room = this.#limitBytes - this.#bytes;
    const pieces = piecesOf(body);
    if (pieces !== undefined)
      return { bytes: lengthOf(pieces) <= room ? concatBytes(pieces) : undefined, rest: pieces };
    const chunks: Uint8Array[] = [];
    const stream = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (let size = 0; size <= room; ) {
      const { done, value } = await stream.next();
      if (done) return { bytes: concatBytes(chunks), rest: chunks };
      chunks.push(value.slice());
      size += value.byteLength;
    }
    return { bytes: undefined, rest: continued(chunks, stream) };
  }

  /** Writes all that is held, once. From then on objects are written at once. */
  #passLimit(store: Store): Promise<void> {
    this.#written ??= this.#writeHeld(store);
    return this.#written;
  }

  /**
   * Writes what is held, shard lists first. Another process may have written a list with other entries. Then the shards of this
   * process do not belong to it, and none is written.
   *
   * @throws OtherShardsError, StoreUnavailableError
   */
  async #writeHeld(store: Store): Promise<void> {
    const stored = await this.#keysIn(store);
    const keys: string[] = [];
    for await (const { key } of this.#memory.list(this.#prefix)) keys.push(key);
    const lists = keys.filter(isShardList);
    for (const key of lists) {
      const { bytes } = await this.#memory.get(key);
      if (!(await putAbsent(store, key, bytes)) && Buffer.compare((await store.get(key)).bytes, bytes) !== 0) {
        throw new OtherShardsError(`${store.root}/${key}: another process has planned other shards`);
      }
    }
    const others = keys.filter((key) => !isShardList(key));
    await atMost(WRITES_AT_ONCE, others, async (key) => putAbsent(store, key, (await this.#memory.get(key)).bytes));
    for (const key of keys) stored.add(key);
  }

  async #delete(store: Store, key: string, condition?: { readonly ifMatch: string }): Promise<void> {
    const held = await this.#memory.head(key);
    if (held === undefined) {
      await store.delete(key, condition);
    } else {
      await this.#memory.delete(key, condition);
      this.#bytes -= held.size;
      if (this.#written !== undefined) await store.delete(key);
    }
    if (this.#isOwn(key)) (await this.#keysIn(store)).delete(key);
  }
}

async function* continued(chunks: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
