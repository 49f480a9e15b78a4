/** Judges trials: ordinary trainings in the root of a rung, and one evaluation of all that were trained. */
import { NoInputError, PipelineError } from '../errors.ts';
import { type EvaluationRequest, evaluateVariants } from '../evaluation/evaluate-variants.ts';
import type { MetricsDocument } from '../evaluation/metrics-document.ts';
import { isTrained, type NotTrained, type Runner, trainVariants, type Variant } from '../evaluation/trainings.ts';
import type { AnyJob } from '../job/job.ts';
import { settingsOfPoint } from './trial-settings.ts';
import { CLIENT, type Trial } from './trials.ts';

/** The evaluation's request without what differs between rungs. */
export type Protocol = Omit<EvaluationRequest, 'root' | 'actionsRoot' | 'startDay' | 'variants'>;

/** The roots of a rung, and the last day of its hold-out. */
export interface Place {
  /** Everything is written here. */
  readonly root: string;
  readonly actionsRoot: string;
  readonly startDay: number;
}

export interface Judged {
  /** Undefined when no trial could be trained. */
  readonly metrics: MetricsDocument | undefined;
  /** Scorer name → why its training failed because of its settings. */
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * The errors that a trial's settings can cause: nothing is left to learn from, numbers overflow, or the model is too large.
 * Every other error would meet the next trial too, so it ends the search.
 */
const BY_SETTINGS: ReadonlySet<string> = new Set(['EmptyModelError', 'NumericalError', 'LimitError']);

/**
 * The name of a trial among scorers. The evaluation compares the variants of a job with the one that is called like the job,
 * which is that with the client's settings.
 */
export const scorerOf = (job: AnyJob, name: string, reference = CLIENT): string =>
  name === reference ? job.name : name;

/**
 * Trains and evaluates trials together.
 *
 * @param reference the trial that the others are compared with
 * @throws the error of a training that its settings did not cause; NoInputError when no user can be tested
 */
export async function judgeTrials(
  job: AnyJob,
  trials: readonly Trial[],
  protocol: Protocol,
  place: Place,
  runner: Runner,
  reference = CLIENT,
): Promise<Judged> {
  const variants = trials.map(
    ({ name, point }): Variant => ({
      name: scorerOf(job, name, reference),
      job: job.name,
      settings: settingsOfPoint(point),
    }),
  );
  const request = { ...protocol, ...place, variants };
  const trainings = await trainVariants({ ...request, day: place.startDay - protocol.holdoutDays }, runner);
  const failed = trainings.filter((training): training is NotTrained => !isTrained(training));
  for (const one of failed) if (!BY_SETTINGS.has(one.error.name)) throw trainingError(one);
  const trained = variants.filter((_, at) => isTrained(trainings[at]!));
  if (trained.length === 0) return { metrics: undefined, failures: failuresOf(failed) };
  const { metrics } = await evaluateVariants({ ...request, variants: trained }, runner);
  if (metrics.users === 0) {
    throw new NoInputError(`no trial can be judged: ${metrics.reason}. Choose other days, or more --holdout-days`);
  }
  return { metrics, failures: failuresOf(failed) };
}

/** Returns scorer name → why its training failed. */
const failuresOf = (failed: readonly NotTrained[]): Map<string, string> =>
  new Map(failed.map(({ name, error }) => [name, error.message]));

function trainingError({ name, error }: NotTrained): PipelineError {
  const thrown = new PipelineError(`trial ${name}: ${error.message}`);
  thrown.name = error.name;
  return thrown;
}
