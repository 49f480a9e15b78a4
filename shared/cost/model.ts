/**
 * What a run's cost depends on: the formulas whose coefficients are fitted to runs (`fit.ts`) and predict others
 * (`predict.ts`).
 *
 * Of an input of W MiB of text a step has n shards: ⌈W × what a MiB was planned for⌉, or those of the steps it follows, or
 * a + b W. An invocation of it takes
 *
 *   seconds   a + b W/n + c t/n, d W   itself, its share of the work, warming up each of the t threads that do it; in a loop,
 *                                      what every shard goes through whole
 *   GETs      a + b W/n + c (n-1)/n    itself, long reads in pieces, a look beyond the cut to the next shard
 *             + Σ (a + b m + c W/n)    of each earlier step some objects or all its m; another b for objects so small that
 *                                      they come whole with their index
 *   bytes                              that it writes: between those that were measured by W/n
 *   PUTs      a                        its objects, and the further parts of long ones: those of its bytes where it streams
 *             + b W/n + c W            them, those of published shards' bytes where it has these copied, else by this
 *   LISTs     a, and b where shards are not asked for
 */
import { type AnyJob, type LoopStep, mapsOf, modelsNodeOf } from '../job/job.ts';
import { linkRequests, putRequests } from '../store/s3-requests.ts';
import { FIRST_READ_BYTES } from '../store/segments.ts';

/** Coefficients of one step: see above. */
export interface StepModel {
  readonly step: string;
  /** Shards' worth of work in a MiB, where the step is planned by size. */
  readonly load?: number;
  /** Pieces in a MiB, beside the first, where a shard is one at least. */
  readonly pieces?: number;
  /** Else. */
  readonly shards: readonly number[];
  readonly seconds: readonly number[];
  /** Those that open no shard's object; of the step that reads the input, beside one for every object. */
  readonly gets: readonly number[];
  /** Of each step whose shards' objects are read. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** Beside the further parts of what is streamed. */
  readonly puts: readonly number[];
  /** Bytes, by W/n ascending. (P, 2) */
  readonly written: readonly (readonly [share: number, bytes: number])[];
  /** Streamed: the bytes of each invocation, in like parts; copied: what the shards of the publishing step wrote, one by one. */
  readonly furtherParts: readonly number[] | keyof typeof FURTHER_PARTS;
  readonly lists: readonly number[];
}

export interface JobModel {
  /** Of the job that was measured. */
  readonly version: number;
  readonly steps: readonly StepModel[];
}

/** What an invocation of a step stands in. */
export interface Surroundings {
  /** Text of the whole input. MiB */
  readonly w: number;
  /** Shards of the step at once. */
  readonly n: number;
  /** Threads that work on them: every one warms up. */
  readonly t: number;
}

/** What the coefficients are multiplied by, in their order. */
export const TERMS = {
  shards: (w: number) => [1, w],
  // Elsewhere a step that only grows faster than its input would be taken for one that reads all of it.
  seconds: ({ w, n, t }: Surroundings, isInLoop: boolean) => [
    ...[1, part(w, n), part(Math.min(n, t), n)],
    ...(isInLoop ? [w] : []),
  ],
  gets: ({ w, n }: Surroundings) => [1, part(w, n), part(n - 1, n)],
  /** @param m shards of the step whose objects are read @param bytes of one of these */
  reads: ({ w, n }: Surroundings, m: number, bytes: number) => {
    const comeWhole = bytes <= FIRST_READ_BYTES;
    return [1, comeWhole ? 0 : m, part(w, n), comeWhole ? m : 0];
  },
  puts: () => [1],
  furtherParts: ({ w, n }: Surroundings) => [part(w, n), w],
  /** A plan that shards are not asked for is looked for first. */
  lists: (isAsked: boolean) => [1, isAsked ? 0 : 1],
} as const;

/**
 * The bytes that an invocation writes: on the straight lines through what was measured, by the logarithms of both, and
 * beyond it further on the last one. Neither a number of ids, which ends, nor one of pairs grows by one law for all sizes.
 */
export function writtenBy(measured: StepModel['written'], { w, n }: Pick<Surroundings, 'w' | 'n'>): number {
  const share = part(w, n);
  if (share === 0 || measured.length < 2) return measured[0]?.[1] ?? 0;
  const after = measured.findIndex(([x]) => x > share);
  const end = Math.max(1, after < 0 ? measured.length - 1 : after);
  const [[x0, y0], [x1, y1]] = [measured[end - 1], measured[end]] as [[number, number], [number, number]];
  return y0 * (y1 / y0) ** (Math.log(share / x0) / Math.log(x1 / x0));
}

/** Further parts of an invocation that writes `bytes`, of a run whose publishing step has `published`. */
export const FURTHER_PARTS = {
  streamed: (bytes: number) => putRequests(bytes, false) - 1,
  copied: (_bytes: number, published: Shards) => published.copies * published.n * (linkRequests(published.bytes) - 1),
} as const;

/** *n* shards that write so many bytes each, and how often what they write is published. */
export interface Shards {
  readonly n: number;
  readonly bytes: number;
  readonly copies: number;
}

/** A model is published as a version and in the folder of its day; any other output in folders of its day alone. */
export const copiesOf = (job: AnyJob): number => (modelsNodeOf(job) === undefined ? 1 : 2);

/** A loop that does not go round has no shard. */
const part = (of: number, shards: number): number => (shards === 0 ? 0 : of / shards);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** 0 of nothing. */
export const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);

export const MIB: number = 2 ** 20;

/** The step that the input's objects are opened by. */
export const readsInput = (job: AnyJob, step: string): boolean => step === job.steps[0]?.name;

export const isMap = (job: AnyJob, step: string): boolean => mapsOf(job).some(({ name }) => name === step);

/** The step whose objects become the files that are published; undefined: they are made of pieces. */
export const publishingStep = (job: AnyJob): string | undefined => mapsOf(job).find(({ publishes }) => publishes)?.name;

/** The loop that a step is the body of. */
export const loopAround = (job: AnyJob, step: string): LoopStep<unknown> | undefined =>
  job.steps.find((one): one is LoopStep<unknown> => one.kind === 'loop' && one.body.name === step);
