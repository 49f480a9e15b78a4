/**
 * A run's work area: the objects it writes on its way, below `.work/<job>/<client>/<run>/` of the output root.
 *
 * A shard's object lies under a key made of the plan, the step and the shard alone and is written only where nothing is:
 * an object that is there means the shard is done. So a retry, a zombie (an attempt whose caller gave up while it goes
 * on) and a resume are harmless, and cost only what is missing.
 *
 * Beside an object that will become an output file lies its hash, taken while it was written. All other objects carry
 * checksums themselves (`segments.ts`, `sealed.ts`). One that is damaged or gone is removed with all that depends on its
 * form, and `DamagedObjectError` says so: the next run finds it missing and computes it anew.
 */

import { DamagedObjectError, MissingObjectError, PreconditionFailedError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { hashed, hashOfAll } from '../store/body.ts';
import { hashKey, isShardList, planFolder, shardKey, shardListKey, snapshotKey, stepFolder } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import { type JsonRecord, openSealed, openSealedEntry, openSealedList, sealed, sealedList } from '../store/sealed.ts';
import { openSegments, type SegmentFile } from '../store/segments.ts';
import type { Body, ObjectInfo, Store, StreamOptions } from '../store/store.ts';
import type { Indexed, Shard, StepObjects } from './shard.ts';

/** What messages about a damaged object of a work area end with. */
const AGAIN = 'Run again, and it is computed anew.';
const REMOVED = `It has been removed. ${AGAIN}`;

const OTHER_CONTENT = 'its content is not what was written';

/** What was left beside an object that will become an output file. */
interface KeptHash extends JsonRecord {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Of a store that does not compare contents itself (`Store.holds`): such a store never changes them under an ETag. */
  readonly etag?: string;
}

export class WorkArea {
  readonly store: Store;
  /** The run's folder in the store, ending in `/`. */
  readonly prefix: string;
  /** Names the plan: other plans of the same run (`--shards`) have shards of their own. */
  readonly plan: string;
  readonly #lists = new Map<string, readonly Indexed[]>();

  constructor(store: Store, prefix: string, plan: string) {
    this.store = store;
    this.prefix = prefix;
    this.plan = plan;
  }

  /** The key of a shard's object. `iteration` only in a loop. */
  key(step: StepObjects, shard: number, iteration?: number): string {
    return this.prefix + shardKey(this.plan, step.name, shard, iteration);
  }

  /** Writes an object that every attempt would write alike: the first one stays. Says whether this one was it. */
  async commit(key: string, body: Body): Promise<boolean> {
    return putAbsent(this.store, key, body);
  }

  /** The same, for an object that is to become an output file: leaves its hash beside it. */
  async commitHashed(key: string, body: Body): Promise<boolean> {
    const hashing = hashed(body);
    let etag: string | undefined;
    try {
      const written = await this.store.put(key, hashing.body, { absent: true });
      if (this.store.holds === undefined) etag = written.etag;
    } catch (error) {
      if (error instanceof PreconditionFailedError) return false;
      throw error;
    }
    await this.#keepHash(key, { ...hashing.hash(), ...(etag !== undefined && { etag }) });
    return true;
  }

  /**
   * Leaves the hash of an object whose writer died before it could. The object is not asked, because nobody knows whether
   * it is as it was written. @param compute gives what the object must hold
   */
  async commitMissingHash(key: string, compute: () => Promise<Body>): Promise<void> {
    if ((await this.store.head(hashKey(key))) !== undefined) return;
    await this.#keepHash(key, await hashOfAll(await compute()));
  }

  #keepHash(key: string, hash: KeptHash): Promise<boolean> {
    return this.commit(hashKey(key), sealed(hash));
  }

  /**
   * Compares an object with the hash that was left beside it; resolves to its SHA-256 in hex.
   * @param staged the object as a `head` has just found it
   * @throws DamagedObjectError for other bytes than were written, and where there is no hash
   */
  async verified(staged: ObjectInfo): Promise<string> {
    const { key, size } = staged;
    const kept = await this.#hashOf(key);
    if (kept.size !== size)
      throw await this.damaged(key, `it has ${size} bytes, not the ${kept.size} that were written`);
    if (!(await this.#isAsWritten(staged, kept))) throw await this.damaged(key, OTHER_CONTENT);
    return kept.sha256;
  }

  async #isAsWritten(staged: ObjectInfo, { sha256, etag }: KeptHash): Promise<boolean> {
    if (this.store.holds !== undefined) return this.store.holds(staged, sha256);
    if (etag !== undefined) return etag === staged.etag;
    return (await hashOfAll(this.store.stream(staged.key, { transient: true }))).sha256 === sha256;
  }

  /**
   * A whole object that will become (a part of) an output file, compared with its hash as it passes.
   * @param sha256 its hash where that was read before
   * @throws DamagedObjectError at its end, for other bytes than were written
   */
  async *streamVerified(key: string, options?: StreamOptions, sha256?: string): AsyncGenerator<Uint8Array> {
    const expected = sha256 ?? (await this.#hashOf(key)).sha256;
    const { body, hash } = hashed(this.#stream(key, options));
    yield* body as AsyncIterable<Uint8Array>;
    if (hash().sha256 !== expected) throw await this.damaged(key, OTHER_CONTENT);
  }

  async *#stream(key: string, options?: StreamOptions): AsyncGenerator<Uint8Array> {
    try {
      yield* this.store.stream(key, options);
    } catch (error) {
      throw this.#goneIfMissing(key, error);
    }
  }

  async #hashOf(key: string): Promise<KeptHash> {
    const beside = hashKey(key);
    let bytes: Uint8Array;
    try {
      bytes = (await this.store.get(beside)).bytes;
    } catch (error) {
      if (!(error instanceof MissingObjectError)) throw error;
      throw await this.damaged(key, 'there is no hash to compare it with', error);
    }
    try {
      return openSealed<KeptHash>(bytes, this.#name(beside));
    } catch (error) {
      throw await this.damaged(key, 'the hash to compare it with is damaged', error);
    }
  }

  /** Fixes a step's shard list: the first one written counts, also for an attempt that planned another. */
  async fixShards<S extends Shard>(
    step: StepObjects<S>,
    shards: readonly S[],
    iteration?: number,
  ): Promise<{ key: string; count: number }> {
    const key = this.#listKey(step, iteration);
    if (await this.commit(key, sealedList(shards))) return { key, count: shards.length };
    return { key, count: (await this.shards(step, iteration)).length };
  }

  /**
   * The shard list of a step that was planned, each entry with its `index`.
   * @throws DamagedObjectError, also for a list that is gone
   */
  async shards<S extends Shard>(step: StepObjects<S>, iteration?: number): Promise<readonly Indexed<S>[]> {
    try {
      return await this.#readShards(step, iteration);
    } catch (error) {
      throw this.#goneIfMissing(this.#listKey(step, iteration), error);
    }
  }

  /** An entry of a step's shard list, as the state machine handed it on. @throws DamagedObjectError */
  async entry<S extends Shard>(step: StepObjects<S>, shard: Indexed, iteration?: number): Promise<Indexed<S>> {
    const name = this.#name(this.#listKey(step, iteration));
    try {
      return openSealedEntry<Indexed<S>>(shard, name, AGAIN);
    } catch (error) {
      // Where the list itself is damaged this says so, and removes it.
      await this.shards(step, iteration);
      throw error;
    }
  }

  async #readShards<S extends Shard>(step: StepObjects<S>, iteration?: number): Promise<readonly Indexed<S>[]> {
    const key = this.#listKey(step, iteration);
    let list = this.#lists.get(key);
    if (!list) {
      const { bytes } = await this.store.get(key);
      list = await this.#opened(key, () => openSealedList<Indexed>(bytes, this.#name(key), REMOVED));
      this.#lists.set(key, list);
    }
    return list as readonly Indexed<S>[];
  }

  #listKey(step: StepObjects, iteration?: number): string {
    return this.prefix + shardListKey(this.plan, step.name, iteration);
  }

  /** What a source that may change held when the run was named (`InputListing.snapshots`). */
  snapshot<M extends JsonValue>(name: string): Promise<SegmentFile<M>> {
    return this.openAt<M>(this.prefix + snapshotKey(name));
  }

  /** The object that a shard wrote. @throws DamagedObjectError, also from what the file is asked later */
  open<M extends JsonValue>(step: StepObjects<Shard, M>, shard: number, iteration?: number): Promise<SegmentFile<M>> {
    return this.openAt<M>(this.key(step, shard, iteration));
  }

  /** A segment file of this run. @throws as `open` */
  async openAt<M extends JsonValue>(key: string): Promise<SegmentFile<M>> {
    try {
      return await openSegments<M>(this.store, key, async (why, cause) =>
        cause instanceof MissingObjectError ? this.#gone(key, cause) : this.damaged(key, why, cause),
      );
    } catch (error) {
      throw this.#goneIfMissing(key, error);
    }
  }

  /** The objects of all shards of a step, in the order of the shard list. */
  async openAll<M extends JsonValue>(step: StepObjects<Shard, M>, iteration?: number): Promise<SegmentFile<M>[]> {
    const shards = await this.shards(step, iteration);
    return Promise.all(shards.map((_, index) => this.open(step, index, iteration)));
  }

  /** A sealed record of this run. @throws DamagedObjectError */
  async json<T extends JsonRecord>(key: string): Promise<T> {
    try {
      const { bytes } = await this.store.get(key);
      return await this.#opened(key, () => openSealed<T>(bytes, this.#name(key), REMOVED));
    } catch (error) {
      throw this.#goneIfMissing(key, error);
    }
  }

  async #opened<T>(key: string, open: () => T): Promise<T> {
    try {
      return open();
    } catch (error) {
      if (error instanceof DamagedObjectError) await this.#remove(key);
      throw error;
    }
  }

  /** Removes an object of this run and what depends on its form, so that it is computed anew; the error says so. */
  async damaged(key: string, why: string, cause?: unknown): Promise<DamagedObjectError> {
    await this.#remove(key);
    return new DamagedObjectError(`${this.#name(key)} is damaged: ${why}. ${REMOVED}`, { cause });
  }

  /** What a step needs was there when it was planned: it went meanwhile, or another shard found it damaged. */
  #goneIfMissing(key: string, error: unknown): unknown {
    return error instanceof MissingObjectError ? this.#gone(key, error) : error;
  }

  #gone(key: string, cause: MissingObjectError): DamagedObjectError {
    return new DamagedObjectError(`${this.#name(key)} is gone, and a later step needs it. ${AGAIN}`, { cause });
  }

  #name(key: string): string {
    return `${this.store.root}/${key}`;
  }

  async #remove(key: string): Promise<void> {
    if (isShardList(key)) await this.#removePlanned(key);
    // The hash goes first: an object without one is not trusted.
    await this.store.delete(hashKey(key));
    await this.store.delete(key);
  }

  /**
   * Without its list nobody knows how a step was cut, another build may cut it in another way, and later objects were made
   * from these shards. So all that was computed after the plan goes, lists last.
   */
  async #removePlanned(list: string): Promise<void> {
    const lists: string[] = [];
    for await (const { key } of this.store.list(this.prefix + planFolder(this.plan))) {
      if (isShardList(key)) lists.push(key);
      else await this.store.delete(key);
    }
    for (const key of lists) if (key !== list) await this.store.delete(key);
  }

  /**
   * How many iterations of a loop are whole: one more than the newest whose every shard is there. Older ones may have
   * been dropped; a newer one that is not whole is going on, or was broken off.
   * @param keep as many whole ones in a row, or all from the first on, are needed to go on: where one of them was damaged
   * and removed, an older iteration counts, or none
   */
  async completedIterations(step: StepObjects, keep = 1): Promise<number> {
    const found = await this.#objectsByIteration(step);
    const isWhole = async (iteration: number) =>
      (await this.#plannedShards(step, iteration)) === found.get(iteration)?.size;
    let [newest, inRow] = [-1, 0];
    for (const iteration of [...found.keys()].sort((a, b) => b - a)) {
      if (iteration !== newest - inRow) [newest, inRow] = [iteration, 0];
      if (!(await isWhole(iteration))) [newest, inRow] = [iteration - 1, 0];
      else if (++inRow === keep || iteration === 0) return newest + 1;
    }
    return 0;
  }

  /** Removes the objects of the iterations before `first`, the shard lists last. */
  async dropIterations(step: StepObjects, first: number): Promise<void> {
    for (const [iteration, keys] of await this.#objectsByIteration(step)) {
      if (iteration >= first) continue;
      for (const key of keys) await this.store.delete(key);
      await this.store.delete(this.#listKey(step, iteration));
    }
  }

  async #plannedShards(step: StepObjects, iteration: number): Promise<number | undefined> {
    try {
      return (await this.#readShards(step, iteration)).length;
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined;
      throw error;
    }
  }

  /** Iteration → the keys of its shards' objects. */
  async #objectsByIteration(step: StepObjects): Promise<Map<number, Set<string>>> {
    const start = `${this.prefix}${stepFolder(this.plan, step.name)}-`;
    const found = new Map<number, Set<string>>();
    for await (const { key } of this.store.list(start)) {
      const match = /^(\d+)\/(\d+)$/.exec(key.slice(start.length));
      if (!match) continue;
      const iteration = Number(match[1]);
      const keys = found.get(iteration) ?? new Set();
      found.set(iteration, keys.add(key));
    }
    return found;
  }
}
