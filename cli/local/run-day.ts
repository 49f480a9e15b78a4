/** A client's day in the local run: its jobs in order of who reads whom, independent ones at the same time. */
import { blocksModel } from '../../shared/errors.ts';
import type { RunInput } from '../../shared/job/configure.ts';
import { dayOrder, readFrom } from '../../shared/job/day-order.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import { settingsKnownTo } from '../set-keys.ts';
import type { RunSummary } from './run-job.ts';

export type Outcome = PublishedOutcome | UnpublishedOutcome;

/** `notActivated`: published, and the live model stays. */
export interface PublishedOutcome {
  readonly job: string;
  readonly outcome: 'done' | 'notActivated';
  readonly summary: RunSummary;
}

/** `blocked`: the output is not fit to go live. */
export interface UnpublishedOutcome {
  readonly job: string;
  readonly outcome: 'failed' | 'skipped' | 'blocked';
  readonly error: { readonly name: string; readonly message: string };
}

/**
 * Runs every job once, after the jobs that it may read from. A job whose input failed is skipped, and the others go on.
 * @param foldersOf the job folders that a job reads with its settings
 */
export async function runDay(
  jobs: readonly AnyJob[],
  run: (job: AnyJob) => Promise<RunSummary>,
  foldersOf: (job: AnyJob) => Promise<readonly string[]> = async ({ inputs }) => inputs.folders,
): Promise<Outcome[]> {
  const outcomes = new Map<AnyJob, Outcome>();
  for (const wave of dayOrder(jobs)) {
    await Promise.all(
      wave.map(async (job) => {
        const missing = readFrom(job, jobs, await foldersOf(job)).find((source) => {
          const outcome = outcomes.get(source);
          return outcome === undefined || !hasPublished(outcome);
        });
        outcomes.set(job, missing === undefined ? await attempt(job, run) : skipped(job, missing));
      }),
    );
  }
  return [...outcomes.values()];
}

async function attempt(job: AnyJob, run: (job: AnyJob) => Promise<RunSummary>): Promise<Outcome> {
  try {
    const summary = await run(job);
    return { job: job.name, outcome: summary.notActivated === null ? 'done' : 'notActivated', summary };
  } catch (error) {
    // Reported at the end, beside what the other jobs came to.
    const { name, message } = thrownError(error);
    return { job: job.name, outcome: blocksModel(name) ? 'blocked' : 'failed', error: { name, message } };
  }
}

export const hasPublished = (outcome: Outcome): outcome is PublishedOutcome => 'summary' in outcome;

const skipped = (job: AnyJob, source: AnyJob): Outcome => ({
  job: job.name,
  outcome: 'skipped',
  error: {
    name: 'MissingObjectError',
    message: `${job.name} reads what ${source.name} writes, and that did not run through`,
  },
});

/**
 * What a job is asked for with: those of the settings that it has.
 *
 * `--days` counts days of actions. What another job wrote holds all of them in its one folder: a job that reads such a
 * folder reads one day, or it would count every action once for each day.
 */
export function inputOf(job: AnyJob, input: RunInput): RunInput {
  const settings = settingsKnownTo(job, input.settings ?? {});
  if (settings.days === undefined || job.inputs.folders.includes('actions')) return { ...input, settings };
  return { ...input, settings: { ...settings, days: 1 } };
}
