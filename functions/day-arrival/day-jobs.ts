/**
 * The jobs of a client's day on their way through Configure, Fold and Activate. An example with three jobs, of which the last
 * one reads the output of the second, and the first one has nothing to do:
 *
 *                          Configure    Fold        Activate
 *   matrix-factorization   record       record      record
 *   sessionitems           fold         activate    record
 *   word2vec               configure    activate    record
 */
import { isWorthAnotherRun } from '../../shared/errors.ts';
import type { JobEnd, JobOutcome } from '../../shared/job/day-outcome.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { LiveAtConfigure } from '../../shared/job/live-at-configure.ts';
import type { RunRef } from '../../shared/job/run.ts';
import type { JsonValue } from '../../shared/json.ts';
import { cut } from './failure-words.ts';

/** A job's next state, with the values that this state needs. */
export type DayJob =
  /** The run is configured. `reads` are the jobs of the same day whose output it reads. */
  | { readonly next: 'fold'; readonly reads: readonly string[]; readonly ref: RunRef }
  /** Fold makes the run when the jobs that it reads have written their output. */
  | {
      readonly next: 'configure';
      readonly reads: readonly string[];
      /** They hold no secret. */
      readonly settings: Readonly<Record<string, JsonValue>>;
      readonly live: LiveAtConfigure | null;
    }
  | {
      readonly next: 'activate';
      readonly reads: readonly string[];
      readonly ref: RunRef;
      readonly verdict: string | null;
    }
  /** The states of the fan-out do what is missing. `why` is the reason in words. */
  | FanOut
  | { readonly next: 'record'; readonly outcome: JobOutcome };

export type FanOut = { readonly next: 'fanOut'; readonly why: string };

/** Job → what comes next for it. A job that is off is missing. */
export type DayJobs = Readonly<Record<string, DayJob>>;

export const fanOut = (why: string): FanOut => ({ next: 'fanOut', why: cut(why) });

/** Returns the end of a job whose output is published, and which has nothing more to do. */
export const ended = (run: string, end: JobEnd): DayJob => ({ next: 'record', outcome: { outcome: 'done', run, end } });

/**
 * Returns what comes next for a job that met an error. An error that the fan-out would meet too is the outcome of the job. All
 * other errors may pass there, where each call has retries of its own.
 */
export const afterError = ({ name, message }: { readonly name: string; readonly message: string }): DayJob =>
  isWorthAnotherRun(name)
    ? fanOut(`${name}: ${message}`)
    : { next: 'record', outcome: { outcome: 'failed', error: { name, message: cut(message) } } };

/** True when a job has ended without an output for the jobs that read it. */
export const isLostJob = (job: DayJob | undefined): boolean =>
  job?.next === 'record' && (job.outcome.outcome === 'failed' || job.outcome.outcome === 'skipped');

/** Returns the jobs that are not over, with the reasons. */
export const fannedOut = (jobs: DayJobs): (readonly [job: string, why: string])[] =>
  Object.entries(jobs).flatMap(([name, job]) =>
    job.next === 'record' ? [] : [[name, job.next === 'fanOut' ? job.why : `it is still to ${job.next}`] as const],
  );

/** Returns the outcomes of the jobs that are over. The other jobs of clients are off. */
export function recordedOutcomes(jobs: DayJobs, all: readonly AnyJob[]): Record<string, JobOutcome> {
  const off = all.filter(({ scope }) => scope === 'client').map(({ name }) => [name, { outcome: 'off' }] as const);
  const over = Object.entries(jobs).flatMap(([name, job]) =>
    job.next === 'record' ? [[name, job.outcome] as const] : [],
  );
  return Object.fromEntries<JobOutcome>([...off, ...over]);
}
