/** The local run of a client's day: each job after the jobs whose outputs it reads, independent jobs at the same time. */
import { blocksModel } from '../../shared/errors.ts';
import { dayOrder, readFrom } from '../../shared/job/day-order.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { settingsKnownTo } from '../set-keys.ts';
import type { RunSummary } from './run-job.ts';

/** @typeParam S what a run tells of itself */
export type Outcome<S = RunSummary> = PublishedOutcome<S> | UnpublishedOutcome;

/** The outcome of a published job. `notActivated`: the live model stays live. */
export interface PublishedOutcome<S = RunSummary> {
  readonly job: string;
  readonly outcome: 'done' | 'notActivated';
  readonly summary: S;
}

/** The outcome of a job without an output. `blocked`: its verdict keeps the output from going live. */
export interface UnpublishedOutcome {
  readonly job: string;
  readonly outcome: 'failed' | 'skipped' | 'blocked';
  readonly error: { readonly name: string; readonly message: string };
}

/**
 * Runs every job once, after the jobs that it may read from. A job is skipped when a job that it reads from has failed; the
 * other jobs run. Resolves to the outcomes in the order of the day.
 *
 * @param foldersOf the job folders that a job reads with its settings
 * @param ended hears of each outcome
 */
export async function runDay<S extends Pick<RunSummary, 'notActivated'>>(
  jobs: readonly AnyJob[],
  run: (job: AnyJob) => Promise<S>,
  foldersOf: (job: AnyJob) => Promise<readonly string[]> = async ({ inputs }) => inputs.folders,
  ended: (outcome: Outcome<S>) => void = () => undefined,
): Promise<Outcome<S>[]> {
  const outcomes = new Map<AnyJob, Outcome<S>>();
  const waves = dayOrder(jobs);
  for (const wave of waves) {
    await Promise.all(
      wave.map(async (job) => {
        const missing = readFrom(job, jobs, await foldersOf(job)).find((source) => {
          const outcome = outcomes.get(source);
          return outcome === undefined || !hasPublished(outcome);
        });
        const outcome = missing === undefined ? await attempt(job, run) : skipped(job, missing);
        outcomes.set(job, outcome);
        ended(outcome);
      }),
    );
  }
  return waves.flat().map((job) => outcomes.get(job)!);
}

async function attempt<S extends Pick<RunSummary, 'notActivated'>>(
  job: AnyJob,
  run: (job: AnyJob) => Promise<S>,
): Promise<Outcome<S>> {
  try {
    const summary = await run(job);
    return { job: job.name, outcome: summary.notActivated === null ? 'done' : 'notActivated', summary };
  } catch (error) {
    // The error is reported at the end, with the outcomes of the other jobs.
    const { name, message } = thrownError(error);
    return { job: job.name, outcome: blocksModel(name) ? 'blocked' : 'failed', error: { name, message } };
  }
}

export const hasPublished = <S>(outcome: Outcome<S>): outcome is PublishedOutcome<S> => 'summary' in outcome;

const skipped = (job: AnyJob, source: AnyJob): UnpublishedOutcome => ({
  job: job.name,
  outcome: 'skipped',
  error: {
    name: 'MissingObjectError',
    message: `${job.name} reads what ${source.name} writes, and that did not run through`,
  },
});

/**
 * Returns a job's own input: the settings that it has.
 *
 * `--days` is a number of days of actions. A folder that another job wrote holds all these days, so a job that reads such a
 * folder reads one day. Otherwise it would count every action once for each day.
 */
export function inputOf(job: AnyJob, input: RunInput): RunInput {
  const settings = settingsKnownTo(job, input.settings ?? {});
  if (settings.days === undefined || job.inputs.folders.includes(ACTIONS)) return { ...input, settings };
  return { ...input, settings: { ...settings, days: 1 } };
}
