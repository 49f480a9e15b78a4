/**
 * What a run's cost depends on: the formulas whose coefficients are fitted to runs (`fit.ts`) and predict others
 * (`predict.ts`).
 *
 * Of an input of W MiB of text a step has n shards: ⌈W × what a MiB was planned for⌉, or those of the steps it follows, or
 * a + b W. An invocation of it takes
 *
 *   seconds   a + b W/n, c W           itself, its share of the work; in a loop, what every shard goes through whole
 *   GETs      a + b W/n + c (n-1)/n    itself, long reads in pieces, a look beyond the cut to the next shard
 *             + Σ (a + b m + c W/n)    of each earlier step some objects or all its m
 *   PUTs      a + b W/n + c W          its objects, and the further parts of long ones
 *   LISTs     a, and b where shards are not asked for
 */
import { type AnyJob, type LoopStep, mapsOf } from '../job/job.ts';

/** Coefficients of one step: see above. */
export interface StepModel {
  readonly step: string;
  /** Shards' worth of work in a MiB, where the step is planned by size. */
  readonly load?: number;
  /** Else. */
  readonly shards: readonly number[];
  readonly seconds: readonly number[];
  /** Those that open no shard's object; of the step that reads the input, beside one for every object. */
  readonly gets: readonly number[];
  /** Of each step whose shards' objects are read. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** Beside the further parts of what is streamed. */
  readonly puts: readonly number[];
  readonly furtherParts: readonly number[];
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
}

/** What the coefficients are multiplied by, in their order. */
export const TERMS = {
  shards: (w: number) => [1, w],
  // Elsewhere a step that only grows faster than its input would be taken for one that reads all of it.
  seconds: ({ w, n }: Surroundings, isInLoop: boolean) => (isInLoop ? [1, part(w, n), w] : [1, part(w, n)]),
  gets: ({ w, n }: Surroundings) => [1, part(w, n), part(n - 1, n)],
  /** @param m shards of the step whose objects are read */
  reads: ({ w, n }: Surroundings, m: number) => [1, m, part(w, n)],
  puts: () => [1],
  furtherParts: ({ w, n }: Surroundings) => [part(w, n), w],
  /** A plan that shards are not asked for is looked for first. */
  lists: (isAsked: boolean) => [1, isAsked ? 0 : 1],
} as const;

/** A loop that does not go round has no shard. */
const part = (of: number, shards: number): number => (shards === 0 ? 0 : of / shards);

export const MIB: number = 2 ** 20;

/** The step that the input's objects are opened by. */
export const readsInput = (job: AnyJob, step: string): boolean => step === job.steps[0]?.name;

export const isMap = (job: AnyJob, step: string): boolean => mapsOf(job).some(({ name }) => name === step);

/** The loop that a step is the body of. */
export const loopAround = (job: AnyJob, step: string): LoopStep<unknown> | undefined =>
  job.steps.find((one): one is LoopStep<unknown> => one.kind === 'loop' && one.body.name === step);
