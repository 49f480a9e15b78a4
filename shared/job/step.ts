/**
 * The steps of a job: maps, and loops around a map.
 *
 * The types have three parameters: *C the job's settings, S an entry of the step's shard list, M the meta of a shard's object.*
 */
import type { JsonValue } from '../json.ts';
import type { SegmentBody } from '../store/segments.ts';
import type { Body } from '../store/store.ts';
import type { Indexed, Shard, StepObjects } from './shard.ts';
import type { Run } from './step-run.ts';

/**
 * The content of a shard's object: a segment file with a meta of type `M` (`SegmentWriter.finish`), or plain bytes if the step
 * declares no meta (`undefined`).
 */
export type StepBody<M extends JsonValue | undefined> = M extends JsonValue ? SegmentBody<M> : Body;

/**
 * The work of a step. `run` is called once for each shard, for all shards at the same time, and returns the one object that the
 * shard writes. The framework stores the object under a key that consists of the plan, the step and the shard, and does not run
 * a shard whose object exists already.
 */
export interface ShardWork<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined>
  extends StepObjects<S, M> {
  readonly kind: 'map';
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly run: (run: Run<C>, shard: Indexed<S>, iteration: number) => Promise<StepBody<M>>;
}

/** A map: a step that plans its own shards. */
export interface MapStep<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined>
  extends ShardWork<C, S, M> {
  /** Returns the shard list. It follows from the run's inputs and from the objects of earlier steps. */
  readonly shards: (run: Run<C>) => Promise<readonly S[]>;
  /** A shard of a large input may hold up to this many times its usual share. `shards` and predictions use it. */
  readonly growth?: number | ((settings: C) => number);
  /** The steps for each of whose shards this step has one shard. Predictions use it, because they cannot call `shards`. */
  readonly follows?: readonly StepObjects[];
  /**
   * True when a shard's object may become an output file without a change. Its hash is then taken while it is written, so that
   * publishing does not have to read it.
   */
  readonly publishes?: boolean;
}

/** The answer of `LoopStep.advance`: the loop has ended, or the next iteration has these shards. */
export type Next<S extends Shard = Shard> =
  | { readonly done: true }
  | { readonly done: false; readonly shards: readonly S[] };

/** A map that is repeated until `advance` ends it. The objects of each iteration are a checkpoint. */
export interface LoopStep<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined> {
  readonly kind: 'loop';
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** The most iterations for any allowed settings. The check of the length of an execution's history uses it. */
  readonly maxIterations: number;
  /** Returns the number of shards of each iteration, from the settings and the shards of earlier steps. Predictions use it. */
  readonly expected: (settings: C, shardsOf: (step: StepObjects) => number) => readonly number[];
  /**
   * Plans the next iteration, or ends the loop.
   *
   * @param completed the number of iterations whose objects are complete. It is counted in the work area, so a run that is
   *   resumed needs no code for it
   */
  readonly advance: (run: Run<C>, completed: number) => Promise<Next<S>>;
  /** The work of an iteration. Its objects cannot become output files. */
  readonly body: ShardWork<C, S, M>;
  /** The number of complete checkpoints that are kept. An older one is removed when a newer one is complete. */
  readonly keep: number;
}

export type Step<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined> =
  | MapStep<C, S, M>
  | LoopStep<C, S, M>;

/** Any step of a job. Each step has its own types of shards and meta. */
// biome-ignore lint/suspicious/noExplicitAny: a step takes what it wrote itself; only the step knows these types
export type AnyStep<C> = Step<C, any, any>;

/** The work of any map, or of the body of any loop. Only a map has the optional fields. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyWork = ShardWork<any, any, any> & Partial<Pick<MapStep<unknown>, 'publishes'>>;
