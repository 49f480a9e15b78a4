/**
 * A run's work area: the objects it writes on its way, below `.work/<job>/<client>/<run>/` of the output root.
 *
 * A shard's object lies under a key made of the plan, the step and the shard alone and is written only where nothing is:
 * an object that is there means the shard is done. So a retry, a zombie (an attempt whose caller gave up while it goes
 * on) and a resume are harmless, and cost only what is missing.
 *
 * Of an object that is to become an output file the attempt that committed it leaves the hash beside it, and no other
 * attempt does: so a hash is that of the bytes that are there. It may be missing, where the attempt ended in between.
 */
import { MissingObjectError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { hashed } from '../store/body.ts';
import { hashKey, shardKey, shardListKey, snapshotKey, stepFolder } from '../store/keys.ts';
import { putAbsent } from '../store/put-absent.ts';
import { openSegments, type SegmentFile } from '../store/segments.ts';
import type { Body, Store } from '../store/store.ts';
import type { Shard } from './job.ts';

export class WorkArea {
  readonly store: Store;
  /** The run's folder in the store, ending in `/`. */
  readonly prefix: string;
  /** Names the plan: other plans of the same run (`--shards`) have shards of their own. */
  readonly plan: string;
  readonly #lists = new Map<string, readonly Shard[]>();

  constructor(store: Store, prefix: string, plan: string) {
    this.store = store;
    this.prefix = prefix;
    this.plan = plan;
  }

  /** The key of a shard's object. `iteration` only in a loop. */
  key(step: string, shard: number, iteration?: number): string {
    return this.prefix + shardKey(this.plan, step, shard, iteration);
  }

  /** Writes an object that every attempt would write alike: the first one stays. Says whether this one was it. */
  async commit(key: string, body: Body): Promise<boolean> {
    return putAbsent(this.store, key, body);
  }

  /** The same, for an object that is to become an output file: leaves its hash beside it. */
  async commitHashed(key: string, body: Body): Promise<boolean> {
    const hashing = hashed(body);
    const committed = await this.commit(key, hashing.body);
    if (committed) await this.commit(hashKey(key), hashing.hash().sha256);
    return committed;
  }

  /** The SHA-256, in hex, of an object that was committed so; undefined where it was not left. */
  async hashOf(key: string): Promise<string | undefined> {
    try {
      return new TextDecoder().decode((await this.store.get(hashKey(key))).bytes);
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined;
      throw error;
    }
  }

  /** Fixes a step's shard list: the first one written counts, also for an attempt that planned another. */
  async fixShards(step: string, shards: readonly Shard[], iteration?: number): Promise<{ key: string; count: number }> {
    const key = this.prefix + shardListKey(this.plan, step, iteration);
    const numbered = shards.map((shard, index) => ({ index, ...shard }));
    if (await this.commit(key, JSON.stringify(numbered))) return { key, count: numbered.length };
    return { key, count: (await this.shards(step, iteration)).length };
  }

  /** The shard list of a step, each entry with its `index`. @throws MissingObjectError when it is not planned yet */
  async shards(step: string, iteration?: number): Promise<readonly Shard[]> {
    const key = this.prefix + shardListKey(this.plan, step, iteration);
    let list = this.#lists.get(key);
    if (!list) {
      list = await this.json<readonly Shard[]>(key);
      this.#lists.set(key, list);
    }
    return list;
  }

  /** What a source that may change held when the run was named (`InputListing.snapshots`). */
  snapshot(name: string): Promise<SegmentFile> {
    return openSegments(this.store, this.prefix + snapshotKey(name));
  }

  /** The object that a shard wrote. */
  open(step: string, shard: number, iteration?: number): Promise<SegmentFile> {
    return openSegments(this.store, this.key(step, shard, iteration));
  }

  /** The objects of all shards of a step, in the order of the shard list. */
  async openAll(step: string, iteration?: number): Promise<SegmentFile[]> {
    const shards = await this.shards(step, iteration);
    return Promise.all(shards.map((_, index) => this.open(step, index, iteration)));
  }

  async json<T extends JsonValue>(key: string): Promise<T> {
    const { bytes } = await this.store.get(key);
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  }

  /**
   * How many iterations of a loop are whole: one more than the newest whose every shard is there. Older ones may have
   * been dropped; a newer one that is not whole is going on, or was broken off.
   */
  async completedIterations(step: string): Promise<number> {
    const found = await this.#objectsByIteration(step);
    for (const iteration of [...found.keys()].sort((a, b) => b - a)) {
      if ((await this.#plannedShards(step, iteration)) === found.get(iteration)?.size) return iteration + 1;
    }
    return 0;
  }

  /** Removes the objects of the iterations before `first`, the shard lists last. */
  async dropIterations(step: string, first: number): Promise<void> {
    for (const [iteration, keys] of await this.#objectsByIteration(step)) {
      if (iteration >= first) continue;
      for (const key of keys) await this.store.delete(key);
      await this.store.delete(this.prefix + shardListKey(this.plan, step, iteration));
    }
  }

  async #plannedShards(step: string, iteration: number): Promise<number | undefined> {
    try {
      return (await this.shards(step, iteration)).length;
    } catch (error) {
      if (error instanceof MissingObjectError) return undefined;
      throw error;
    }
  }

  /** Iteration → the keys of its shards' objects. */
  async #objectsByIteration(step: string): Promise<Map<number, Set<string>>> {
    const start = `${this.prefix}${stepFolder(this.plan, step)}-`;
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
