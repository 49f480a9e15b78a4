/**
 * What a job is: one value, declared once in `functions/<job>/job.ts`. Everything else is a reading of it: the state
 * machine (`state-machine.ts`), the Lambda handlers (`handlers.ts`), the local run (`cli/local`), the settings' table
 * (`shared/config/settings-readings.ts`), the day's order (`day-order.ts`).
 *
 * Words: a *run* is one set of inputs and settings of one job, client and day; a *step* a named part of it; a *shard*
 * the part of a step that one invocation works on.
 */
import type * as z from 'zod';
import type { JsonValue } from '../json.ts';
import type { LiveTable } from '../live/live-table.ts';
import type { LiveModel } from '../live/record.ts';
import type { SegmentBody } from '../store/segments.ts';
import type { Body, ObjectInfo, Store } from '../store/store.ts';
import type { Judging } from '../verdict/judging.ts';
import type { Indexed, Shard, StepObjects } from './shard.ts';
import type { Run } from './step-run.ts';

export type { Indexed, Shard } from './shard.ts';
export type { Log, Run } from './step-run.ts';

export type Settings = z.ZodObject;

/**
 * What a shard's object consists of: a segment file with a meta of type `M` (`SegmentWriter.finish`), or plain bytes where the
 * step declares no meta (`undefined`).
 */
export type StepBody<M extends JsonValue | undefined> = M extends JsonValue ? SegmentBody<M> : Body;

/**
 * The work of a step: `run` is called once for each shard, for all shards at the same time, and returns the one object that the
 * shard writes. The framework commits the object under a key made of the plan, the step and the shard alone, and skips a
 * shard whose object exists already. *C settings, S an entry of the shard list, M the meta of a shard's object.*
 */
export interface ShardWork<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined>
  extends StepObjects<S, M> {
  readonly kind: 'map';
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly run: (run: Run<C>, shard: Indexed<S>, iteration: number) => Promise<StepBody<M>>;
}

/** A step of its own, which plans its shards itself. */
export interface MapStep<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined>
  extends ShardWork<C, S, M> {
  /** The shard list, from the run's inputs and from what earlier steps wrote. */
  readonly shards: (run: Run<C>) => Promise<readonly S[]>;
  /** How many times its usual share a shard of a large input may hold; the planner is given it, and predictions use it. */
  readonly growth?: number | ((settings: C) => number);
  /** The steps whose shards this step has one shard each for. Predictions use it, because they cannot ask `shards`. */
  readonly follows?: readonly StepObjects[];
  /**
   * True when a shard's object may become an output file as it is. Its hash is then taken while it is written, so that
   * publishing does not have to read it.
   */
  readonly publishes?: boolean;
}

/** What a loop does next: it is done, or the next iteration has these shards. */
export type Next<S extends Shard = Shard> =
  | { readonly done: true }
  | { readonly done: false; readonly shards: readonly S[] };

/**
 * A map that is repeated until `advance` says it is done. Every iteration's objects are a checkpoint; `completed` is the
 * number of iterations found whole in the work area, so resuming needs no code of its own.
 */
export interface LoopStep<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined> {
  readonly kind: 'loop';
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** The most iterations that any allowed settings lead to: the static check of the machine's history relies on it. */
  readonly maxIterations: number;
  /** The number of shards of each iteration, as far as settings and earlier steps' shards tell; for predictions. */
  readonly expected: (settings: C, shardsOf: (step: StepObjects) => number) => readonly number[];
  readonly advance: (run: Run<C>, completed: number) => Promise<Next<S>>;
  /** `advance` gives its shards. Its objects are checkpoints, and no output. */
  readonly body: ShardWork<C, S, M>;
  /** The number of whole checkpoints kept; older ones are dropped once a newer one is whole. */
  readonly keep: number;
}

export type Step<C, S extends Shard = Shard, M extends JsonValue | undefined = undefined> =
  | MapStep<C, S, M>
  | LoopStep<C, S, M>;

/** A step among others of its job: each has its own types of shards and meta. */
// biome-ignore lint/suspicious/noExplicitAny: a step takes what it wrote itself; only the step knows these types
export type AnyStep<C> = Step<C, any, any>;

/** The work of a step or of a loop's body. Only a step of its own has the optional fields. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyWork = ShardWork<any, any, any> & Partial<Pick<MapStep<unknown>, 'publishes'>>;

/**
 * What follows a run's output once it is in place, whole: one task, before activation. Like every task it may run again,
 * and an attempt that was given up may still be going on: it must bear that.
 */
export interface AfterPublish<C> {
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Whether these settings ask for it. */
  readonly isWanted: (settings: C) => boolean;
  /**
   * Asked when the run is configured, where `isWanted`: what it needs is there, and what it will come to. Changes nothing.
   * @throws what would end `run` later: a database that is not there, rights that are missing
   */
  readonly ahead?: (request: AheadRequest<C>) => Promise<Ahead>;
  /**
   * Its `run.settings` hold secrets: the configuration is read anew for them, since no plan and no state may.
   * @param requestedAt ISO-8601: a later request wins
   */
  readonly run: (run: Run<C>, requestedAt: string) => Promise<JsonValue>;
  /** Where it fills a table that a server reads: opens that table, for the commands that say and change what is live. */
  readonly table?: (settings: C) => Promise<LiveTable>;
}

/** A run that is being configured, for what follows its output. Its settings hold secrets. */
export interface AheadRequest<C> {
  readonly client: string;
  readonly day: number;
  readonly run: string;
  /** ISO-8601. */
  readonly requestedAt: string;
  readonly settings: C;
  /** Where the run publishes. */
  readonly output: Store;
  /** The run's output is in place already: nothing will be computed. */
  readonly isPublished: boolean;
  readonly warn: (message: string) => void;
}

/** What will follow a run's output. */
export interface Ahead {
  /** The output is published, and nothing is left to do or may be done. */
  readonly isDone: boolean;
  /** Whose output is live now; null where nobody knows. */
  readonly live: LiveModel | null;
  /** Why the output may not go live now, in words; null where it may. */
  readonly notActivated: string | null;
}

/**
 * A piece of an object in the work area: `start` inclusive, `end` exclusive. Without them it is a whole object, of a step
 * that `publishes`.
 */
export interface Piece {
  readonly key: string;
  readonly start?: number;
  readonly end?: number;
  /** Reads the piece and checks it: `SegmentFile.piece` gives one. */
  readonly read?: () => AsyncIterable<Uint8Array>;
}

/** One file of an output folder: its staged pieces, one after another. */
export interface OutputFile {
  readonly name: string;
  readonly pieces: readonly Piece[];
}

/** An output folder (a key prefix ending in `/` below the output root), replaced as a whole, `_SUCCESS` last. */
export interface OutputFolder {
  readonly prefix: string;
  readonly files: readonly OutputFile[];
  /** Goes into the manifest and the run's summary. */
  readonly counts: Readonly<Record<string, JsonValue>>;
}

/** The output of a run that has one folder, that of its client and day (`Job.writes`). */
export type DayOutput = Omit<OutputFolder, 'prefix'>;

/** What a run wants to be public. Folders are published in this order. */
export interface Publication {
  readonly folders: readonly OutputFolder[];
  /** Earlier outputs that this run supersedes and that have nothing any more: removed, `_SUCCESS` first. */
  readonly removed?: readonly string[];
}

/** What a job can read: where its inputs are and which objects they hold. */
export interface InputListing {
  readonly root: string;
  readonly objects: readonly ObjectInfo[];
  readonly warnings: readonly string[];
  /**
   * What was read of a source that cannot be read again as it was, such as a database, by name: kept in the run's folder
   * (`WorkArea.snapshot`), and by its content part of what names the run.
   */
  readonly snapshots?: Readonly<Record<string, Body>>;
}

export interface InputRequest<C> {
  readonly client: string | undefined;
  readonly day: number;
  readonly settings: C;
  readonly openStore: (location: string) => Promise<Store>;
}

/** Where a job's inputs come from. */
export interface InputSource<C> {
  /** The job folders, below `<root>/<client>/`, that some settings lead to. The day's order follows from them. */
  readonly folders: readonly string[];
  /** The job folders that these settings lead to. Without it, all of `folders`. */
  readonly foldersOf?: (settings: C) => readonly string[];
  readonly list: (request: InputRequest<C>) => Promise<InputListing>;
}

export interface Job<S extends Settings = Settings> {
  /** Folder = configuration node = command word = state machine. */
  readonly name: string;
  /**
   * Part of the run id: raise it when the same input gives other bytes, also those that steps write for each other, so that
   * no run is taken up that was begun in the old way.
   */
  readonly version: number;
  readonly summary: string;
  /** `client`: one run a client; `logs`: one run for all clients. */
  readonly scope: 'client' | 'logs';
  readonly settings: S;
  /** Warnings about settings that are allowed, and that are probably not meant. */
  readonly warnings?: (settings: z.output<S>) => readonly string[];
  /** Job folder written. */
  readonly writes: string;
  /** The runtime node set after publishing, below `/all_clients/<client>/`. */
  readonly activates?: string;
  readonly inputs: InputSource<z.output<S>>;
  /** The size of the function that lists the inputs, where it takes more than that: it reads a database, say. */
  readonly configure?: { readonly memoryMb: number; readonly timeoutSeconds: number };
  readonly steps: readonly AnyStep<z.output<S>>[];
  /** The output: from the work area alone, so that everything is staged before anything is replaced. */
  readonly publish: (run: Run<z.output<S>>) => Promise<DayOutput | Publication>;
  /** How the output is judged before it goes live; every job with a model that a server reads has this. */
  readonly judge?: Judging<z.output<S>>;
  readonly afterPublish?: AfterPublish<z.output<S>>;
}

/** Declares a job. The settings' type flows from the schema into every step. */
export const defineJob = <S extends Settings>(job: Job<S>): Job<S> => job;

/** A job whose settings' type is not known: what the registry and the readings work with. */
// biome-ignore lint/suspicious/noExplicitAny: steps take their own settings; only the job itself knows their type
export type AnyJob = Job<any>;

/** The maps of a job, those in loops too, in the order of the steps. */
export const mapsOf = (job: AnyJob): AnyWork[] => job.steps.map((step) => (step.kind === 'loop' ? step.body : step));

/**
 * The name that the versions of a job's model lie under: its runtime node, or the job's own name where it fills a table
 * instead. Undefined for a job without versions: nothing names its output, so its day folder is all there is.
 */
export function modelsNodeOf(job: AnyJob): string | undefined {
  if (job.scope === 'logs') return undefined;
  return job.activates ?? (job.afterPublish === undefined ? undefined : job.name);
}
