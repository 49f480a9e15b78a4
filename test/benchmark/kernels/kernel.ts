/**
 * A job's *kernel*: its own thinking, by the project's own core functions, over what lies in memory already, as one whole: no
 * shards, no shuffle through files, no plan. It begins where parsing ends and ends with the bytes that the job writes.
 */
import type { JobSettings } from '../offline.ts';

/** What `children/kernel.ts` is asked for. */
export interface KernelRun {
  readonly job: string;
  /** Holds the files that the job reads: of grouping gzip, else plain. */
  readonly folder: string;
  readonly settings: JobSettings;
}

/** Reads the files before the clock starts; gives the thinking, which yields the job's files one after another. */
export type Kernel = (run: KernelRun) => Promise<() => AsyncIterable<Uint8Array>>;
