/** The outcome of one job on one client's day. The states of the daily machine pass it on, and its functions record it. */
import type { AnyJob } from './job.ts';

/** The fields in the last state of a job's machine that say whether the model went live. */
export type JobEnd = {
  readonly run?: { readonly ref: { readonly done?: boolean; readonly notActivated?: string | null } };
  readonly verdict?: { readonly ref: { readonly verdict: string | null } };
  /** The answer of a run that was folded. A run that was not folded to its end has the answer of the verdict's own state. */
  readonly fold?: { readonly ref: { readonly verdict?: string | null } };
  /** The answers of the activation and of the task after publishing. */
  readonly activated?: { readonly ref: { readonly notActivated?: string } };
  readonly followed?: { readonly ref: { readonly notActivated?: string } };
};

/** The outcome of one job on one client's day. */
export type JobOutcome =
  | { readonly outcome: 'done'; readonly run: string; readonly end?: JobEnd; readonly verdict?: 'warned' }
  /** The output is published, but does not go live. `why` is the reason in words. */
  | { readonly outcome: 'notActivated'; readonly run: string; readonly why: string; readonly verdict?: 'warned' }
  /**
   * `blocked`: the output failed its verdict, so it does not go live. `isAside`: the job accompanies others, and the day is done
   * without it.
   */
  | {
      readonly outcome: 'failed' | 'skipped' | 'blocked';
      readonly error: { readonly name: string; readonly message: string };
      readonly isAside?: true;
    }
  /** The job is not configured for this client. */
  | { readonly outcome: 'off' };

/** Returns the outcome of a job that reads what another job should have written. @param sources the jobs that it may read from */
export function skippedOutcome({ name }: AnyJob, sources: readonly AnyJob[]): JobOutcome {
  const writers = sources.map((source) => source.name).join(' or ');
  const message = `${name} reads what ${writers} writes, and that did not run through`;
  return { outcome: 'skipped', error: { name: 'MissingObjectError', message } };
}

/** True when a job has no output for the jobs that read it. */
export const isLost = ({ outcome }: JobOutcome): boolean => outcome === 'failed' || outcome === 'skipped';
