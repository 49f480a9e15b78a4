/**
 * The declaration of a job, one value in `functions/<job>/job.ts`. Everything else is derived from it: the state machine
 * (`state-machine.ts`), the Lambda handlers (`handlers.ts`), the local run (`cli/local`), the folded run (`fold.ts`), the table
 * of settings (`shared/config/settings-readings.ts`) and the order of a day's jobs (`day-order.ts`).
 *
 * A *run* computes one output: it has one job, client and day, and one set of inputs and settings. A *step* is a named part of
 * a run (`step.ts`). A *shard* is the part of a step that one invocation works on.
 */
import type * as z from 'zod';
import type { Neighbours, Recommender } from '../answers/ranking.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import type { Scorer } from '../evaluation/scorer.ts';
import type { UserFiles } from '../forget/user-files.ts';
import type { JsonValue } from '../json.ts';
import type { LiveTable } from '../live/live-table.ts';
import type { LiveModel } from '../live/record.ts';
import type { Body, ObjectInfo, Store } from '../store/store.ts';
import type { ModelTable } from '../tables/model-table.ts';
import type { SearchSpace } from '../tuning/space.ts';
import type { Judging } from '../verdict/judging.ts';
import type { AnyStep, AnyWork } from './step.ts';
import type { Run } from './step-run.ts';

export type { Indexed, Shard } from './shard.ts';
export type { AnyStep, AnyWork, LoopStep, MapStep, Next, ShardWork, Step, StepBody } from './step.ts';
export type { Log, Run } from './step-run.ts';

export type Settings = z.ZodObject;

/**
 * One task between publishing and activation, such as the upload of the output to a database. It may run again, like every
 * task, and it may run while an attempt that its caller has given up still goes on.
 */
export interface AfterPublish<C> {
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** True when the settings ask for the task. Otherwise nothing of it is called. */
  readonly isWanted: (settings: C) => boolean;
  /**
   * Checks, when the run is configured, that the task will be able to run, and predicts its result. It changes nothing.
   *
   * @throws the error that `run` would throw later, for example about a database that cannot be reached or about missing rights
   */
  readonly ahead?: (request: AheadRequest<C>) => Promise<Ahead>;
  /**
   * Does the task. `run.settings` hold secrets: the configuration is read again for them, because plans and states hold none.
   *
   * @param requestedAt ISO-8601. The later one of two requests wins
   */
  readonly run: (run: Run<C>, requestedAt: string) => Promise<JsonValue>;
  /** Opens the table that the task fills, if a server reads one. The commands that show and change the live model use it. */
  readonly table?: (settings: C) => Promise<LiveTable>;
}

/** A run of a client that is being configured, as `Job.complete` gets it. */
export interface CompleteRequest<C> {
  readonly client: string;
  readonly day: number;
  readonly settings: C;
  /** Undefined when no configuration root is given. */
  readonly root: ConfigRoot | undefined;
  /** The store in which the run publishes. */
  readonly output: Store;
  readonly warn: (message: string) => void;
}

/** A run that is being configured, as `AfterPublish.ahead` gets it. Its settings hold secrets. */
export interface AheadRequest<C> {
  readonly client: string;
  readonly day: number;
  readonly run: string;
  /** ISO-8601. */
  readonly requestedAt: string;
  readonly settings: C;
  /** The store in which the run publishes. */
  readonly output: Store;
  /** True when the run's output is published already, so that nothing will be computed. */
  readonly isPublished: boolean;
  readonly warn: (message: string) => void;
}

/** The predicted result of the task after publishing. */
export interface Ahead {
  /** True when the output is published, and the task has nothing left to do or may not do it. */
  readonly isDone: boolean;
  /** The model that is live now; null if it is unknown. */
  readonly live: LiveModel | null;
  /** The reason why the output may not go live now, in words; null if it may. */
  readonly notActivated: string | null;
}

/**
 * A part of an object in the work area: the bytes `start` (inclusive) to `end` (exclusive). Without `start` and `end` it is a
 * whole object of a step that `publishes`.
 */
export interface Piece {
  readonly key: string;
  readonly start?: number;
  readonly end?: number;
  /** Reads the piece and checks it. `SegmentFile.piece` returns pieces with this function. */
  readonly read?: () => AsyncIterable<Uint8Array>;
}

/** One file of an output folder. Its content is the pieces, one after another. */
export interface OutputFile {
  readonly name: string;
  readonly pieces: readonly Piece[];
}

/** An output folder. It is replaced as a whole, and its `_SUCCESS` is written last. */
export interface OutputFolder {
  /** The beginning of the files' keys below the output root. It ends in `/`. */
  readonly prefix: string;
  readonly files: readonly OutputFile[];
  /** The counts for the manifest and for the summary of the run. */
  readonly counts: Readonly<Record<string, JsonValue>>;
}

/** The output of a run with one folder, the folder of its client and day (`Job.writes`). */
export type DayOutput = Omit<OutputFolder, 'prefix'>;

/** The output of a run. Its folders are published in this order. */
export interface Publication {
  readonly folders: readonly OutputFolder[];
  /**
   * The prefixes of folders that an earlier run wrote, and for which this run has no output. They are removed, `_SUCCESS`
   * first.
   */
  readonly removed?: readonly string[];
}

/** The inputs of a run. */
export interface InputListing {
  /** The location of the store that holds the objects. */
  readonly root: string;
  readonly objects: readonly ObjectInfo[];
  readonly warnings: readonly string[];
  /**
   * Name → content of a source that may change later, such as a database. It is kept in the run's folder (`WorkArea.snapshot`),
   * and the run's id depends on it.
   */
  readonly snapshots?: Readonly<Record<string, Body>>;
}

export interface InputRequest<C> {
  readonly client: string | undefined;
  readonly day: number;
  readonly settings: C;
  readonly openStore: (location: string) => Promise<Store>;
}

/** The source of a job's inputs. */
export interface InputSource<C> {
  /**
   * The job folders below `<root>/<client>/` that the job reads with any settings. The order of a day's jobs follows from them.
   */
  readonly folders: readonly string[];
  /** Job folder → the job that writes it. The manifest of a folder must be that of this job. */
  readonly writers: Readonly<Record<string, string>>;
  /** Returns the job folders that the job reads with these settings. By default it reads all of `folders`. */
  readonly foldersOf?: (settings: C) => readonly string[];
  readonly list: (request: InputRequest<C>) => Promise<InputListing>;
}

export interface Job<S extends Settings = Settings> {
  /** The name of the job's folder, its configuration node, its command and its state machine. */
  readonly name: string;
  /**
   * A part of the run id. Raise it when the same input gives other bytes, also in the objects that steps write for each other.
   * Then no run that an older version began is resumed.
   */
  readonly version: number;
  readonly summary: string;
  /** `client`: a run for each client; `logs`: one run for all clients. */
  readonly scope: 'client' | 'logs';
  readonly settings: S;
  /** Returns warnings about settings that are allowed but probably a mistake. */
  readonly warnings?: (settings: z.output<S>) => readonly string[];
  /**
   * Returns the values of settings that the request and the node leave open, and that depend on other nodes or on what is
   * published. It is called when the run is configured. The values count as if they had been given: the run's id depends on
   * them.
   */
  readonly complete?: (request: CompleteRequest<z.output<S>>) => Promise<Partial<z.output<S>>>;
  /** The job folder that the job writes. */
  readonly writes: string;
  /**
   * The files of the output that name users, which `offline forget` reads. A job whose output names no user says so by an empty
   * list. Without a list, `offline forget` takes every number that stands alone for a user.
   */
  readonly users?: readonly UserFiles[];
  /** The runtime node below `/all_clients/<client>/` that is set after publishing. */
  readonly activates?: string;
  readonly inputs: InputSource<z.output<S>>;
  /**
   * True for the jobs that this job accompanies. It is part of a client's day wherever one of them is, without a node of its own,
   * and it comes before them. They do not read its output, so its failure stops none of them.
   */
  readonly accompanies?: (job: AnyJob) => boolean;
  /** The size of the function that lists the inputs, if it does more than that, for example if it reads a database. */
  readonly configure?: { readonly memoryMb: number; readonly timeoutSeconds: number };
  readonly steps: readonly AnyStep<z.output<S>>[];
  /** Returns the output. It is read from the work area alone, so all of it exists before anything is replaced. */
  readonly publish: (run: Run<z.output<S>>) => Promise<DayOutput | Publication>;
  /** The checks before the output goes live. Every job with a model that a server reads has them. */
  readonly judge?: Judging<z.output<S>>;
  /** How the model ranks items for users, for a job whose models are evaluated. */
  readonly scorer?: Scorer;
  /** The output as tables, which `offline export` writes for other programs. A job without it cannot be exported. */
  readonly tables?: readonly ModelTable[];
  /** How `offline recommend` asks the model for the items of a user. */
  readonly recommender?: Recommender;
  /** How `offline similar` asks the model for the items like an item. */
  readonly neighbours?: Neighbours;
  readonly afterPublish?: AfterPublish<z.output<S>>;
  /** The settings that `offline tune` varies. Jobs without it cannot be tuned. */
  readonly space?: SearchSpace;
}

/** Declares a job. Every step gets settings of the type that the schema has. */
export const defineJob = <S extends Settings>(job: Job<S>): Job<S> => job;

/** Any job, without the type of its settings. */
// biome-ignore lint/suspicious/noExplicitAny: steps take their own settings; only the job itself knows their type
export type AnyJob = Job<any>;

/** Returns the names of the functions of a step: that of a map, or those of a loop and of its body. */
export const namesOf = (step: AnyStep<unknown>): string[] =>
  step.kind === 'loop' ? [step.name, step.body.name] : [step.name];

/** Returns the maps of a job and the bodies of its loops, in the order of the steps. */
export const mapsOf = (job: AnyJob): AnyWork[] => job.steps.map((step) => (step.kind === 'loop' ? step.body : step));

/**
 * Returns the name of the folder with the versions of a job's model: the runtime node, or the job's own name if the job fills a
 * table instead. Undefined for a job without versions, whose only output is the day folder, because nothing else refers to it.
 */
export function modelsNodeOf(job: AnyJob): string | undefined {
  if (job.scope === 'logs') return undefined;
  return job.activates ?? (job.afterPublish === undefined ? undefined : job.name);
}
