/**
 * A job's *kernel* is its computation as one whole, by the project's core functions over data in memory, without shards, files
 * of a shuffle or a plan. It begins after parsing and ends with the bytes that the job writes.
 */
import type { JobSettings } from '../offline.ts';

/** The argument of `children/kernel.ts`. */
export interface KernelRun {
  readonly job: string;
  /** The folder of the files that the job reads, which are gzip for grouping and plain for other jobs. */
  readonly folder: string;
  readonly settings: JobSettings;
}

/** Reads the files before the time is measured. Resolves to the computation, which yields the job's files one after another. */
export type Kernel = (run: KernelRun) => Promise<() => AsyncIterable<Uint8Array>>;
