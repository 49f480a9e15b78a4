/**
 * The objects of a step are named by the step, and by an entry of its shard list.
 *
 * A step refers to another one by value: `run.work.openAll(count)` instead of `openAll('count')`. A misspelt step therefore
 * does not compile, and the reader knows the type of the shards and of the meta that the other step wrote.
 */
import type { JsonValue } from '../json.ts';

/**
 * One entry of a step's shard list: small JSON, at most a few hundred bytes. Declare it as a `type`, not as an `interface`: an
 * interface has no index signature, and so the compiler does not accept it as JSON.
 */
export type Shard = { readonly [key: string]: JsonValue };

/** An entry that was read back from the list, with its place in the list. */
export type Indexed<S extends Shard = Shard> = S & { readonly index: number };

declare const TYPES: unique symbol;

/**
 * The part of a step by which its objects are found: its name and, for the compiler only, the types of its shards and of its
 * objects' meta.
 */
export interface StepObjects<S extends Shard = Shard, M extends JsonValue | undefined = JsonValue | undefined> {
  readonly name: string;
  readonly [TYPES]?: { readonly shard: S; readonly meta: M };
}
