/**
 * The formulas of a run's cost. Their coefficients are fitted to measured runs (`fit.ts`) and predict other runs
 * (`predict.ts`).
 *
 * *W MiB of text in the input, n shards of a step, m shards of an earlier step, t threads.* The number n is ⌈W × the shards
 * planned for a MiB⌉, or the number of shards of the steps that a step follows, or a + b W. One invocation of a step takes:
 *
 *   seconds   a                 a fixed time
 *             + b W/n           its share of the work
 *             + c t/n           warming up each of the t threads
 *             + d W             in a loop only: data that every shard reads whole
 *   GETs      a + b W/n         fixed reads, and long reads in pieces
 *             + c (n-1)/n       reading beyond its end into the next shard
 *             + Σ (a + b m + c W/n)   for each earlier step: some or all of its m objects. b has another value for objects so
 *                               small that they are read whole together with their index
 *   bytes                       interpolated by W/n between measured sizes
 *   PUTs      a                 its objects
 *             + further parts   of long objects. Their number follows from the written bytes if the step streams them, from
 *                               the bytes of the published shards if the step copies those, and else is b W/n + c W
 *   LISTs     a                 fixed, and b more when the run does not ask for a number of shards
 */
import { type AnyJob, type LoopStep, mapsOf, modelsNodeOf } from '../job/job.ts';
import { linkRequests, putRequests } from '../store/s3-requests.ts';
import { FIRST_READ_BYTES } from '../store/segments.ts';

/** The coefficients of one step, in the order of the terms above. */
export interface StepModel {
  readonly step: string;
  /** The shards that are planned for a MiB, unrounded. Undefined for a step that is not planned by size. */
  readonly load?: number;
  /** The number of pieces per MiB after the first one. Undefined when a shard may be smaller than a piece. */
  readonly pieces?: number;
  /** The number of shards, for a step without `load`. */
  readonly shards: readonly number[];
  readonly seconds: readonly number[];
  /** GETs without the reads of shards' objects, and without the one GET for each input object. */
  readonly gets: readonly number[];
  /** Earlier step → the GETs of its shards' objects. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** PUTs without further parts. */
  readonly puts: readonly number[];
  /** Written bytes, by W/n ascending. (P, 2) */
  readonly written: readonly (readonly [share: number, bytes: number])[];
  /** Coefficients, or the rule by which further parts follow from bytes. */
  readonly furtherParts: readonly number[] | keyof typeof FURTHER_PARTS;
  readonly lists: readonly number[];
}

/** The memory and the requests of the process of one folded run, which held a small work area in memory (`job/fold.ts`). */
export interface FoldedPoint {
  /** The text of the input, MiB. */
  readonly mib: number;
  /** The largest memory of the process, MiB. */
  readonly peakMb: number;
  /** GETs without the one for each input object. */
  readonly gets: number;
  readonly puts: number;
  readonly lists: number;
}

export interface JobModel {
  /** The version of the job that was measured. */
  readonly version: number;
  readonly steps: readonly StepModel[];
  /** The usage of folded runs, by the text of their input ascending. Undefined for a model without such runs. */
  readonly folded?: readonly FoldedPoint[];
}

/** The scale of a step in one run: W, n and t of the formulas. */
export interface Scale {
  /** The text of the whole input. MiB */
  readonly w: number;
  /** The number of the step's shards that run together. */
  readonly n: number;
  /** The number of threads that work on the shards. */
  readonly t: number;
}

/** The terms of the formulas, in the order of their coefficients. */
export const TERMS = {
  shards: (w: number) => [1, w],
  // The term W is for loops only: it would also fit a step whose work merely grows faster than its input.
  seconds: ({ w, n, t }: Scale, isInLoop: boolean) => [
    ...[1, part(w, n), part(Math.min(n, t), n)],
    ...(isInLoop ? [w] : []),
  ],
  gets: ({ w, n }: Scale) => [1, part(w, n), part(n - 1, n)],
  /** @param m the number of shards of the earlier step @param bytes the size of the object of one of them */
  reads: ({ w, n }: Scale, m: number, bytes: number) => {
    const comeWhole = bytes <= FIRST_READ_BYTES;
    return [1, comeWhole ? 0 : m, part(w, n), comeWhole ? m : 0];
  },
  puts: () => [1],
  furtherParts: ({ w, n }: Scale) => [part(w, n), w],
  /** When the run does not ask for a number of shards, an earlier plan is searched first. */
  lists: (asksForShards: boolean) => [1, asksForShards ? 0 : 1],
} as const;

/**
 * Returns the bytes that an invocation writes. It interpolates the logarithms of the measured points linearly, and extends the
 * last line beyond them. One law for all sizes would not fit: a number of ids ends somewhere, and one of pairs does not.
 */
export function writtenBy(measured: StepModel['written'], { w, n }: Pick<Scale, 'w' | 'n'>): number {
  const share = part(w, n);
  if (share === 0 || measured.length < 2) return measured[0]?.[1] ?? 0;
  const after = measured.findIndex(([x]) => x > share);
  const end = Math.max(1, after < 0 ? measured.length - 1 : after);
  const [[x0, y0], [x1, y1]] = [measured[end - 1], measured[end]] as [[number, number], [number, number]];
  return y0 * (y1 / y0) ** (Math.log(share / x0) / Math.log(x1 / x0));
}

/**
 * The rules for the further parts of an invocation that writes `bytes`, in a run whose publishing step has the shards
 * `published`.
 */
export const FURTHER_PARTS = {
  streamed: (bytes: number) => putRequests(bytes, false) - 1,
  copied: (_bytes: number, published: Shards) => published.copies * published.n * (linkRequests(published.bytes) - 1),
} as const;

/** The shards of a step. */
export interface Shards {
  /** The number of shards. */
  readonly n: number;
  /** The bytes that one shard writes. */
  readonly bytes: number;
  /** The number of folders to which their objects are published. */
  readonly copies: number;
}

/**
 * Returns the number of copies of an output: a model is published as a version and in its day folder, other output only
 * there.
 */
export const copiesOf = (job: AnyJob): number => (modelsNodeOf(job) === undefined ? 1 : 2);

/** Returns the share of one shard. A loop without an iteration has no shard, and the share is 0. */
const part = (of: number, shards: number): number => (shards === 0 ? 0 : of / shards);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Returns the mean; 0 for an empty list. */
export const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);

export const MIB: number = 2 ** 20;

/** True for the step that opens the input's objects. */
export const readsInput = (job: AnyJob, step: string): boolean => step === job.steps[0]?.name;

export const isMap = (job: AnyJob, step: string): boolean => mapsOf(job).some(({ name }) => name === step);

/** Returns the step whose objects become the published files; undefined when the files are made of pieces. */
export const publishingStep = (job: AnyJob): string | undefined => mapsOf(job).find(({ publishes }) => publishes)?.name;

/** Returns the loop whose body a step is. */
export const loopAround = (job: AnyJob, step: string): LoopStep<unknown> | undefined =>
  job.steps.find((one): one is LoopStep<unknown> => one.kind === 'loop' && one.body.name === step);
