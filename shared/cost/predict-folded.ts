/**
 * Predicts a folded run: one process does the work of all invocations, one after another, and Step Functions enters a handful
 * of states. A run folds where the prediction stays within limits of time and memory (`foldsBy`).
 *
 *   seconds      the seconds of every invocation after Configure, with one thread that warms up, plus the start of the process
 *   peak memory  the memory of the largest step. The process works on one shard at a time, so the peak does not add up. It is
 *                interpolated between the peaks of measured runs (`JobModel.folded`). A model without them gives a bound from
 *                the size of the input, which no declared memory of a step exceeds
 */
import { handsOver } from '../job/hand-over.ts';
import type { AnyJob } from '../job/job.ts';
import { FOLD, handlersOfMachine } from '../job/state-machine.ts';
import { type FoldedPoint, type JobModel, MIB, sum } from './model.ts';
import { accountRequests, type Circumstances, type Prediction, predict } from './predict.ts';
import { dollarsOf } from './prices.ts';
import { gigabyteSeconds, type InputSize, type RunUsage } from './usage.ts';

/** The time and the memory by which it is decided if a run folds. */
export interface FoldSize {
  /** The seconds of the process, its start included. */
  readonly seconds: number;
  /** The largest memory of the process, MiB. */
  readonly peakMemoryMb: number;
  /** `measured`: from the peaks of runs. `bounded`: from the input's size and the memory that the steps declare. */
  readonly peakFrom: 'measured' | 'bounded';
}

export interface FoldedPrediction extends Prediction, FoldSize {
  /** The memory of the function, MiB. */
  readonly memoryMb: number;
}

/** The limits of a folded run. */
export interface FoldLimits {
  /** The most seconds: the setting of that name. */
  readonly foldSeconds: number;
  /** The memory of the function, MiB. */
  readonly memoryMb: number;
}

/** A decision, with the figures that led to it in words. */
export interface FoldDecision {
  readonly folds: boolean;
  readonly why: string;
}

/** The memory of the function that does a folded run. MiB */
export const FOLD_MEMORY_MB: number = FOLD.memoryMb;

/** The prediction may be wrong by this factor before the process runs out of memory. */
const MEMORY_ROOM = 2;

/** Configure, Configured?, Fold and Folded?. Then come the states after publishing, or one that ends the run. */
const FOLDED_STATES = 4;

/**
 * The seconds until a new process can work. Loading a bundle takes 0.1 s (`test/benchmark/results.md`, *Cold start*). The rest
 * is for the start of Node and of the function's environment, which was not measured on AWS.
 */
export const START_SECONDS = 0.5;

/**
 * The bound of a process's memory when no peak was measured: a process that holds no input, and so many bytes for each byte of
 * text. The largest run that was measured needed 260 MiB for 16 MiB of text, and 507 MiB for 192 MiB of text with two threads.
 */
const EMPTY_PROCESS_MB = 300;
const MEMORY_PER_TEXT = 8;

/**
 * The largest input of a job that folds before any run of it is known, and its time. The slowest job in `model.json` takes 0.2 s for
 * a MiB, so this is ten times as long. A process that takes longer hands over in time, and leaves a note for later runs.
 */
const SMALL_MIB = 16;
const SLOW_SECONDS_PER_MIB = 2;

/** Configure and Fold: a folded run has two invocations until it is published. */
const INVOCATIONS = 2;
/** Configure lists the notes of folds that gave up, and leaves a mark of its usage. */
const CONFIGURE = { puts: 1, lists: 1 };
/** The fold writes a note, which it removes when it has ended well. */
const NOTE_PUTS = 1;

/** The circumstances of a folded run, and the memory of its function, MiB. */
export type FoldCircumstances = Pick<Circumstances, 'shards' | 'rate' | 'earlierOutputs'> & {
  readonly memoryMb: number;
};

/** Counts the states that a folded run without retries enters. A machine with a long loop begins with a Choice. */
export function foldedTransitions(job: AnyJob): number {
  const before = job.steps.some((step) => step.kind === 'loop' && handsOver(job, step)) ? 1 : 0;
  return before + FOLDED_STATES + Math.max(1, (job.afterPublish ? 1 : 0) + (job.activates ? 1 : 0));
}

/** Predicts a folded run of a job that was measured. */
export function predictFolded(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
  { memoryMb, ...circumstances }: FoldCircumstances,
): FoldedPrediction {
  const predicted = predict(job, model, settings, input, { ...circumstances, threads: 1 });
  const steps = predicted.steps.map((step) =>
    isConfigure(step.step)
      ? step
      : { ...step, memoryMb, gbSeconds: gigabyteSeconds({ seconds: step.seconds, memoryMb }) },
  );
  const seconds = START_SECONDS + sum(steps.map((step) => (isConfigure(step.step) ? 0 : step.seconds)));
  const before = sum(steps.map((step) => (isConfigure(step.step) ? step.gbSeconds : 0)));
  const requests = requestsOf(predicted, model, input);
  const quantities = {
    gbSeconds: before + gigabyteSeconds({ seconds, memoryMb }),
    invocations: INVOCATIONS,
    transitions: foldedTransitions(job),
    ...requests,
  };
  return {
    ...predicted,
    ...quantities,
    dollars: dollarsOf(quantities),
    steps,
    memoryMb,
    seconds,
    ...peakOf(job, model, input),
  };
}

const isConfigure = (step: string): boolean => step === 'configure';

/**
 * Returns the requests of Configure and of the process. Without folded runs that were measured, they are those of a run that
 * holds nothing in memory, which has more.
 */
function requestsOf(
  { steps, ...all }: Prediction,
  { folded = [] }: JobModel,
  { bytes, objects }: InputSize,
): Pick<Prediction, 'gets' | 'puts' | 'lists'> {
  if (folded.length === 0) {
    // The fold writes the account in place of a mark.
    const account = accountRequests(1);
    return {
      gets: all.gets + account.gets,
      puts: all.puts + NOTE_PUTS + account.puts,
      lists: all.lists + CONFIGURE.lists + account.lists,
    };
  }
  const configure = steps.filter(({ step }) => isConfigure(step));
  const at = (of: (point: FoldedPoint) => number): number => valueAt(folded, of, bytes / MIB);
  return {
    gets: Math.round(sum(configure.map(({ gets }) => gets)) + at(({ gets }) => gets) + objects),
    puts: Math.round(sum(configure.map(({ puts }) => puts)) + CONFIGURE.puts + at(({ puts }) => puts)),
    lists: Math.round(sum(configure.map(({ lists }) => lists)) + CONFIGURE.lists + at(({ lists }) => lists)),
  };
}

/** Returns the largest memory of the process, and the source of the figure. */
function peakOf(job: AnyJob, { folded = [] }: JobModel, { bytes }: InputSize): Omit<FoldSize, 'seconds'> {
  const w = bytes / MIB;
  if (folded.length === 0) return { peakMemoryMb: boundOf(job, w), peakFrom: 'bounded' };
  return {
    peakMemoryMb: Math.min(
      largestMemory(job),
      valueAt(folded, ({ peakMb }) => peakMb, w),
    ),
    peakFrom: 'measured',
  };
}

const boundOf = (job: AnyJob, w: number): number =>
  Math.min(largestMemory(job), EMPTY_PROCESS_MB + MEMORY_PER_TEXT * w);

/** Returns the memory of the largest function of a step. Every step is known to do its work in the memory that it declares. */
const largestMemory = (job: AnyJob): number =>
  Math.max(...handlersOfMachine(job).map(({ name, memoryMb }) => (name === FOLD.name ? 0 : memoryMb)));

/** Interpolates a figure of the measured runs, and extends the last line beyond them. @param w the text of the input, MiB */
function valueAt(points: readonly FoldedPoint[], of: (point: FoldedPoint) => number, w: number): number {
  const [first] = points as readonly [FoldedPoint];
  if (w <= first.mib || points.length === 1) return of(first);
  const after = points.findIndex(({ mib }) => mib >= w);
  const end = after < 0 ? points.length - 1 : after;
  const [before, next] = [points[end - 1], points[end]] as [FoldedPoint, FoldedPoint];
  const slope = (of(next) - of(before)) / (next.mib - before.mib);
  return w <= next.mib ? of(before) + slope * (w - before.mib) : of(next) + Math.max(0, slope) * (w - next.mib);
}

/**
 * Returns the size of a folded run of a job that was not measured, after an earlier run of the same client. Time and memory
 * grow as the input does, and do not shrink with it.
 */
export function foldSizeAfter(job: AnyJob, earlier: RunUsage, input: InputSize): FoldSize {
  const growth = Math.max(1, input.bytes / Math.max(1, earlier.input.bytes));
  const inside = earlier.steps.filter(({ step }) => !isConfigure(step));
  const peak = Math.max(0, ...inside.map(({ peakMemoryMb }) => peakMemoryMb));
  const seconds = START_SECONDS + growth * sum(inside.map((step) => step.seconds));
  if (earlier.threads === null) return { seconds, peakMemoryMb: growth * peak, peakFrom: 'measured' };
  // A thread of a local run counts only its own heap.
  return { seconds, peakMemoryMb: boundOf(job, input.bytes / MIB), peakFrom: 'bounded' };
}

/**
 * Returns bounds for a small run of a job that was not measured and that the client has not run yet; undefined for a larger one.
 * Without them such a job would fan out the whole day of a small client.
 */
export function smallFoldSize(job: AnyJob, { bytes }: InputSize): FoldSize | undefined {
  const w = bytes / MIB;
  if (w > SMALL_MIB) return undefined;
  return { seconds: START_SECONDS + SLOW_SECONDS_PER_MIB * w, peakMemoryMb: boundOf(job, w), peakFrom: 'bounded' };
}

/** Decides if a run folds by its predicted size. */
export function foldsBy(
  { seconds, peakMemoryMb, peakFrom }: FoldSize,
  { foldSeconds, memoryMb }: FoldLimits,
): FoldDecision {
  const most = Math.floor(memoryMb / MEMORY_ROOM);
  const time = `${seconds.toFixed(1)} s in one process, where foldSeconds is ${foldSeconds}`;
  const memory = `${peakFrom === 'measured' ? '' : 'up to '}${Math.ceil(peakMemoryMb)} MiB, where ${most} are half of the function’s`;
  if (seconds > foldSeconds) return { folds: false, why: `it is predicted to take ${time}` };
  if (peakMemoryMb > most) return { folds: false, why: `it is predicted to need ${memory}` };
  return { folds: true, why: `it is predicted to take ${time}, and to need ${memory}` };
}
