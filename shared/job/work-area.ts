/**
 * The work area of a run: the objects of its steps, below `.work/<job>/<client>/<run>/` of the output root.
 *
 * The key of a shard's object consists of the plan, the step and the shard. The object is written only if there is none under
 * this key, so an object that exists means that its shard is done. A retry, a resume and a zombie (an attempt that goes on
 * although its caller has given it up) are therefore harmless, and compute only the objects that are missing.
 *
 * An object that will become an output file has its hash beside it (`hashed-objects.ts`). All other objects contain checksums
 * (`segments.ts`, `sealed.ts`). A damaged object is removed, together with the objects whose form depends on it, and a
 * `DamagedObjectError` says so. The next run finds that it is missing, and computes it again.
 */
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { hashKey, isShardList, planFolder, shardKey, shardListKey, snapshotKey } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import { type JsonRecord, openSealed, openSealedEntry, openSealedList, sealedList } from '../store/sealed.ts';
import { openSegments, type SegmentFile } from '../store/segments.ts';
import type { Body, Store, StreamOptions } from '../store/store.ts';
import type { Indexed, Shard, StepObjects } from './shard.ts';

/** The end of messages about a damaged object. */
const AGAIN = 'Run again, and it is computed anew.';
const REMOVED = `It has been removed. ${AGAIN}`;

/** @throws StepAnswerError for a step whose objects may not be read */
export type CheckRead = (step: StepObjects) => void;

export class WorkArea {
  readonly store: Store;
  /** The run's folder in the store, ending in `/`. */
  readonly prefix: string;
  /** The name of the plan. Other plans of the same run (`--shards`) have their own shards. */
  readonly plan: string;
  readonly #checkRead: CheckRead;
  readonly #lists = new Map<string, readonly Indexed[]>();

  /** @param checkRead refuses the steps whose objects may not be read; by default all may be read */
  constructor(store: Store, prefix: string, plan: string, checkRead: CheckRead = () => undefined) {
    this.store = store;
    this.prefix = prefix;
    this.plan = plan;
    this.#checkRead = checkRead;
  }

  /** Returns the key of a shard's object. @param iteration only for a loop @throws StepAnswerError as `CheckRead` */
  key(step: StepObjects, shard: number, iteration?: number): string {
    this.#checkRead(step);
    return this.prefix + shardKey(this.plan, step.name, shard, iteration);
  }

  /**
   * Writes an object unless there is one already. All attempts write the same bytes. Returns true if this attempt wrote the
   * object.
   */
  async commit(key: string, body: Body): Promise<boolean> {
    return putAbsent(this.store, key, body);
  }

  /** Streams an object of this run. @throws DamagedObjectError when it is gone */
  async *stream(key: string, options?: StreamOptions): AsyncGenerator<Uint8Array> {
    try {
      yield* this.store.stream(key, options);
    } catch (error) {
      throw this.#goneIfMissing(key, error);
    }
  }

  /** Writes a step's shard list. The first list that is written counts, also for an attempt that has planned another one. */
  async fixShards<S extends Shard>(
    step: StepObjects<S>,
    shards: readonly S[],
    iteration?: number,
  ): Promise<{ key: string; count: number }> {
    const key = this.listKey(step, iteration);
    if (await this.commit(key, sealedList(shards))) return { key, count: shards.length };
    return { key, count: (await this.shards(step, iteration)).length };
  }

  /**
   * Returns the shard list of a step that was planned. Each entry has its `index`.
   *
   * @throws DamagedObjectError, also when the list is gone
   */
  async shards<S extends Shard>(step: StepObjects<S>, iteration?: number): Promise<readonly Indexed<S>[]> {
    try {
      return await this.readShards(step, iteration);
    } catch (error) {
      throw this.#goneIfMissing(this.listKey(step, iteration), error);
    }
  }

  /** Returns the entry of a step's shard list that the state machine passed on. @throws DamagedObjectError */
  async entry<S extends Shard>(step: StepObjects<S>, shard: Indexed, iteration?: number): Promise<Indexed<S>> {
    const name = this.#name(this.listKey(step, iteration));
    try {
      return openSealedEntry<Indexed<S>>(shard, name, AGAIN);
    } catch (error) {
      // If the list itself is damaged, this removes it and throws.
      await this.shards(step, iteration);
      throw error;
    }
  }

  /** Reads a shard list. @throws MissingObjectError when there is none; DamagedObjectError */
  async readShards<S extends Shard>(step: StepObjects<S>, iteration?: number): Promise<readonly Indexed<S>[]> {
    const key = this.listKey(step, iteration);
    let list = this.#lists.get(key);
    if (!list) {
      const { bytes } = await this.store.get(key);
      list = await this.#opened(key, () => openSealedList<Indexed>(bytes, this.#name(key), REMOVED));
      this.#lists.set(key, list);
    }
    return list as readonly Indexed<S>[];
  }

  /** Returns the key of a step's shard list. @throws StepAnswerError as `CheckRead` */
  listKey(step: StepObjects, iteration?: number): string {
    this.#checkRead(step);
    return this.prefix + shardListKey(this.plan, step.name, iteration);
  }

  /** Opens a snapshot of a source that may change (`InputListing.snapshots`). It was taken when the run got its name. */
  snapshot<M extends JsonValue>(name: string): Promise<SegmentFile<M>> {
    return this.openAt<M>(this.prefix + snapshotKey(name));
  }

  /** Opens the object of a shard. @throws DamagedObjectError, also from later calls of the file's methods */
  open<M extends JsonValue>(step: StepObjects<Shard, M>, shard: number, iteration?: number): Promise<SegmentFile<M>> {
    return this.openAt<M>(this.key(step, shard, iteration));
  }

  /** Opens a segment file of this run. @throws as `open` */
  async openAt<M extends JsonValue>(key: string): Promise<SegmentFile<M>> {
    try {
      return await openSegments<M>(this.store, key, async (why, cause) =>
        cause instanceof MissingObjectError ? this.#gone(key, cause) : this.damaged(key, why, cause),
      );
    } catch (error) {
      throw this.#goneIfMissing(key, error);
    }
  }

  /** Opens the objects of all shards of a step, in the order of the shard list. @throws as `open` */
  async openAll<M extends JsonValue>(step: StepObjects<Shard, M>, iteration?: number): Promise<SegmentFile<M>[]> {
    const shards = await this.shards(step, iteration);
    return Promise.all(shards.map((_, index) => this.open(step, index, iteration)));
  }

  /** Reads a sealed record of this run. @throws DamagedObjectError */
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

  /** Removes a damaged object of this run, and the objects whose form depends on it. Returns the error that says so. */
  async damaged(key: string, why: string, cause?: unknown): Promise<DamagedObjectError> {
    await this.#remove(key);
    return new DamagedObjectError(`${this.#name(key)} is damaged: ${why}. ${REMOVED}`, { cause });
  }

  /** Replaces the error about a missing object. The object existed when the step was planned, so it was removed since then. */
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
    // The hash is removed first, because an object without a hash is not trusted.
    await this.store.delete(hashKey(key));
    await this.store.delete(key);
  }

  /**
   * Removes all objects of the plan but the damaged list itself, and lists last. Without its list, the shards of a step are
   * unknown. Another build may plan other shards, and the objects of later steps were made from the old ones.
   */
  async #removePlanned(list: string): Promise<void> {
    const lists: string[] = [];
    for await (const { key } of this.store.list(this.prefix + planFolder(this.plan))) {
      if (isShardList(key)) lists.push(key);
      else await this.store.delete(key);
    }
    for (const key of lists) if (key !== list) await this.store.delete(key);
  }
}
