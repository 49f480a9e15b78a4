/**
 * Variants of models, trained on the days before a hold-out and compared on the days of the hold-out. An example with `days` 30
 * and `holdoutDays` 7:
 *
 *   … 15273 ─────────────── 15302 │ 15303 ───── 15309
 *       training, 30 days          │  hold-out, 7 days; 15309 is `startDay`
 */
import { defined } from '../defined.ts';
import { PipelineError, UsageError } from '../errors.ts';
import type { TimedInput } from '../job/gather.ts';
import { type MetricsDocument, readMetrics } from './metrics-document.ts';
import {
  endOf,
  finishedRun,
  isTrained,
  type JobConfig,
  jobIn,
  type NotTrained,
  type Runner,
  type SettingValues,
  type Trained,
  type Training,
  type TrainingRequest,
  trainVariants,
} from './trainings.ts';

/** The job that scores models on the days of a hold-out. */
export const EVALUATE = 'evaluate';

export interface EvaluationRequest extends Omit<TrainingRequest, 'day'> {
  /** The last day of the hold-out. */
  readonly startDay: number;
  readonly holdoutDays: number;
  /** The length of a list. */
  readonly cutoff: number;
  /** The most users who are tested. */
  readonly testUsers: number;
  readonly seed: number;
}

export interface Evaluation {
  readonly metrics: MetricsDocument;
  /** One for each variant, in their order. Those that failed are not among the scorers of the metrics. */
  readonly trainings: readonly Training[];
}

/**
 * Trains every variant and evaluates all that were trained together, in the root of the trainings. What an earlier call has
 * computed is not computed again.
 *
 * @throws PipelineError with the name of the first error when no variant could be trained; the error of the evaluation
 */
export async function evaluateVariants(request: EvaluationRequest, runner: Runner): Promise<Evaluation> {
  const day = request.startDay - request.holdoutDays;
  const trainings = await trainVariants({ ...request, day }, runner);
  const trained = trainings.filter(isTrained);
  if (trained.length === 0) throw firstErrorOf(trainings);
  const job = jobIn(request.jobs, EVALUATE);
  const finished = await finishedRun(job, evaluationInput(request, trained), runner, EVALUATE);
  request.onEnded?.(EVALUATE, endOf(finished));
  const store = await runner.openStore(request.root);
  const metrics = await readMetrics(store, request.client, request.startDay);
  if (metrics !== undefined) return { metrics, trainings };
  throw new PipelineError(`${store.root}/${finished.folder} has no metrics any more: somebody removed them. Run again`);
}

/** Returns the request for the run of `evaluate` that scores these models. */
function evaluationInput(request: EvaluationRequest, trained: readonly Trained[]): TimedInput {
  const { client, requestedAt, shards, configOf = () => ({}) } = request;
  const { settings, ...config }: JobConfig = configOf(jobIn(request.jobs, EVALUATE));
  return {
    client,
    requestedAt,
    ...config,
    ...defined<Pick<TimedInput, 'shards'>>({ shards }),
    settings: {
      ...settings,
      startDay: request.startDay,
      days: request.days,
      testDays: request.holdoutDays,
      cutoff: request.cutoff,
      testUsers: request.testUsers,
      seed: request.seed,
      candidates: JSON.stringify(candidatesOf(trained)),
      inputPath: request.actionsRoot,
      outputPath: request.root,
      activate: false,
    },
  };
}

/** A model to score. `clientsOwn` is the name of the model with the client's settings, for a variant of its job. */
type Candidate = {
  readonly name: string;
  readonly job: string;
  readonly run: string;
  readonly day: number;
  readonly settings: SettingValues;
  readonly folder: string;
  readonly clientsOwn?: string;
};

/**
 * Returns the models to score, by name: the setting `candidates` of `evaluate`. The variant that is called as its job has the
 * client's settings, so the other variants of the job are compared with it as well.
 */
export function candidatesOf(trained: readonly Trained[]): readonly Candidate[] {
  const names = new Set(trained.map(({ name }) => name));
  return trained
    .map(({ name, job, run, day, folder, manifest: { settings } }) =>
      defined<Candidate>({
        name,
        job,
        run,
        day,
        settings,
        folder,
        clientsOwn: name !== job && names.has(job) ? job : undefined,
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function firstErrorOf(trainings: readonly Training[]): PipelineError {
  const failed = trainings.find((training): training is NotTrained => !isTrained(training));
  if (failed === undefined) return new UsageError('there is nothing to evaluate: no variant was given');
  const { name, job, error } = failed;
  const of = name === job ? '' : ` of ${job}`;
  const thrown = new PipelineError(`the training of ${name}${of} failed: ${error.message}`);
  thrown.name = error.name;
  return thrown;
}
