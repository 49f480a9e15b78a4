/**
 * What a job is: one value, declared once in `functions/<job>/job.ts`. Everything else is a reading of it: the state
 * machine (`state-machine.ts`), the Lambda handlers (`handlers.ts`), the local run (`cli/local`), the settings' table
 * and the command line's help (`docs.ts`), the day's order (`day-order.ts`).
 *
 * Words: a *run* is one set of inputs and settings of one job, client and day; a *step* a named part of it; a *shard*
 * the part of a step that one invocation works on.
 */
import type * as z from 'zod';
import type { JsonValue } from '../json.ts';
import type { LiveTable } from '../live/live-table.ts';
import type { LiveModel } from '../live/record.ts';
import type { Body, ObjectInfo, Store } from '../store/store.ts';
import type { Judging } from '../verdict/judging.ts';
import type { WorkArea } from './work-area.ts';

export type Settings = z.ZodObject;

/** Something to say to whoever watches the run: a progress line, a warning. */
export type Log = (level: 'info' | 'warn', message: string, fields?: Readonly<Record<string, JsonValue>>) => void;

/** What every step sees of its run. */
export interface Run<C = Record<string, unknown>> {
  /** 16 hex digits: the same inputs and settings give the same id. */
  readonly id: string;
  readonly job: string;
  /** Undefined for a job over all clients (the grouping of raw logs). */
  readonly client: string | undefined;
  /** Days since 1970-01-01 UTC, the last day read. */
  readonly day: number;
  readonly settings: C;
  /** The objects read, in the order of the manifest; keys are relative to `input`. */
  readonly inputs: readonly ObjectInfo[];
  readonly input: Store;
  readonly output: Store;
  readonly work: WorkArea;
  /** The number of shards asked for (`--shards`), or undefined: planned by bytes. */
  readonly shards: number | undefined;
  readonly memoryMb: number;
  readonly log: Log;
  /** Hears how many shards' worth of work a step was planned for, and how many there can be at most. */
  readonly onLoad?: ((shards: number, most: number) => void) | undefined;
}

/** One entry of a step's shard list: small JSON, at most a few hundred bytes. */
export type Shard = { readonly [key: string]: JsonValue };

/**
 * A step that runs once a shard, at the same time. `run` gives the one object that the shard writes; the framework
 * commits it under a key made of plan, step and shard alone, and skips a shard whose object is there already.
 */
export interface MapStep<C> {
  readonly kind: 'map';
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** The shard list, from the run's inputs and what earlier steps wrote. In a loop `advance` gives it instead. */
  readonly shards?: (run: Run<C>) => Promise<readonly Shard[]>;
  /** Times that a shard may hold more than its usual share of a large input: what its planner is given, for predictions. */
  readonly growth?: number | ((settings: C) => number);
  /** Has one shard for each of these steps' shards; for predictions, which cannot ask `shards`. */
  readonly follows?: readonly string[];
  /**
   * A shard's object may become an output file as it is. Its hash is then taken while it is written, so that publishing need
   * not read it.
   */
  readonly publishes?: boolean;
  readonly run: (run: Run<C>, shard: Shard, iteration: number) => Promise<Body>;
}

/** What a loop does next: it is done, or the shard list of the body's map for the next iteration. */
export type Next = { readonly done: true } | { readonly done: false; readonly shards: readonly Shard[] };

/**
 * A map that is repeated until `advance` says it is done. Every iteration's objects are a checkpoint; `completed` is the
 * number of iterations found whole in the work area, so resuming needs no code of its own.
 */
export interface LoopStep<C> {
  readonly kind: 'loop';
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** The most iterations that any allowed settings lead to: the static check of the machine's history stands on it. */
  readonly maxIterations: number;
  /** The shards of each iteration to come, as far as settings and earlier steps' shards tell; for predictions. */
  readonly expected: (settings: C, shardsOf: (step: string) => number) => readonly number[];
  readonly advance: (run: Run<C>, completed: number) => Promise<Next>;
  /** Checkpoints, no output. */
  readonly body: Omit<MapStep<C>, 'publishes'>;
  /** Whole checkpoints kept; older ones are dropped once a newer one is whole. */
  readonly keep: number;
}

export type Step<C> = MapStep<C> | LoopStep<C>;

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
  /** Job folders read, below `<root>/<client>/`; the day's order follows from them. */
  readonly reads: readonly string[];
  /** Job folder written. */
  readonly writes: string;
  /** The runtime node set after publishing, below `/all_clients/<client>/`. */
  readonly activates?: string;
  readonly inputs: (request: InputRequest<z.output<S>>) => Promise<InputListing>;
  /** The size of the function that lists the inputs, where it takes more than that: it reads a database, say. */
  readonly configure?: { readonly memoryMb: number; readonly timeoutSeconds: number };
  readonly steps: readonly Step<z.output<S>>[];
  /** The output: from the work area alone, so that everything is staged before anything is replaced. */
  readonly publish: (run: Run<z.output<S>>) => Promise<Publication>;
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
export const mapsOf = (job: AnyJob): MapStep<unknown>[] =>
  job.steps.map((step) => (step.kind === 'loop' ? step.body : step));

/**
 * The name that the versions of a job's model lie under: its runtime node, or the job's own name where it fills a table
 * instead. Undefined for a job without versions: nothing names its output, so its day folder is all there is.
 */
export function modelsNodeOf(job: AnyJob): string | undefined {
  if (job.scope === 'logs') return undefined;
  return job.activates ?? (job.afterPublish === undefined ? undefined : job.name);
}
