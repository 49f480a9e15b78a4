/** Estimates the cost of a run before it starts, for `offline plan` and for a client's budget. */
import { DamagedObjectError, LimitError } from '../errors.ts';
import { inBytes, inDollars } from '../in-words.ts';
import type { AnyJob } from '../job/job.ts';
import { finishedRuns } from '../job/run.ts';
import { FOLD } from '../job/state-machine.ts';
import { runFolder, USAGE_KEY } from '../store/keys.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import models from './model.json' with { type: 'json' };
import { type JobModel, sum } from './model.ts';
import { type Prediction, predict } from './predict.ts';
import { type FoldedPrediction, type FoldSize, foldSizeAfter, predictFolded, smallFoldSize } from './predict-folded.ts';
import { readJobModel, readRunUsage } from './stored.ts';
import { gigabyteSeconds, type InputSize, type RunUsage } from './usage.ts';

/** Job → its model, which `readJobModel` has not checked yet. */
const MODELS: Readonly<Record<string, unknown>> = models;

export interface EstimateRequest {
  readonly job: AnyJob;
  readonly client: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly input: InputSize;
  readonly shards: number | undefined;
  /** The store with the client's outputs and the usage of earlier runs. Without it no earlier run is considered. */
  readonly output: Store | undefined;
}

export interface Estimate extends Prediction {
  /** The seconds of this client's machine for one second of the machine of the measurements, by an earlier run; else 1. */
  readonly rate: number;
  /** The earlier run that gave the rate; null when there is none. */
  readonly after: string | null;
  /** Says that the measured version of the job is not the present one; null when both are the same. */
  readonly outdated: string | null;
}

/** Returns the model that was fitted to runs of the job; undefined for a job that was not measured. */
export function modelOf(job: string): JobModel | undefined {
  const measured = MODELS[job];
  return measured === undefined ? undefined : readJobModel(measured);
}

const outdatedBy = ({ name, version }: AnyJob, model: JobModel): string | null =>
  model.version === version
    ? null
    : `measured at version ${model.version} of the job, which is at version ${version}; ` +
      `npm run bench -- --only cost --job ${name} measures it again`;

/** Says why a job's cost is unknown, and how to measure it. */
export const whyUnknown = (job: string): string =>
  `no run of ${job} was measured; npm run bench -- --only cost --job ${job} measures it`;

/** Both ways in which a run can be done. */
export interface Ways {
  readonly fannedOut: Estimate;
  readonly folded: Estimate & FoldedPrediction;
}

/**
 * Estimates a run in both ways.
 *
 * @param memoryMb the memory of the function that does a folded run, MiB
 * @returns undefined when the cost is unknown, because the job was not measured
 */
export async function estimateWays(request: EstimateRequest, memoryMb: number): Promise<Ways | undefined> {
  const { job, settings, input, shards } = request;
  const model = modelOf(job.name);
  if (model === undefined) return undefined;
  const earlier = await largestUsage(request);
  const basis = {
    rate: earlier === undefined ? 1 : rateOf(job, model, settings, earlier.usage),
    after: earlier?.run ?? null,
    outdated: outdatedBy(job, model),
  };
  const circumstances = { shards, rate: basis.rate };
  return {
    fannedOut: { ...predict(job, model, settings, input, circumstances), ...basis },
    folded: { ...predictFolded(job, model, settings, input, { ...circumstances, memoryMb }), ...basis },
  };
}

/**
 * Returns the time and memory that one process needs for a run, by which `foldsBy` decides. A job that was not measured is
 * judged by an earlier run of the client, or else by bounds, which exist for a small input only. Undefined when there are none.
 *
 * @param memoryMb the memory of the function that does a folded run, MiB
 */
export async function foldSizeOf(request: EstimateRequest, memoryMb: number): Promise<FoldSize | undefined> {
  const ways = await estimateWays(request, memoryMb);
  if (ways !== undefined) return ways.folded;
  const earlier = await largestUsage(request);
  return earlier === undefined
    ? smallFoldSize(request.job, request.input)
    : foldSizeAfter(request.job, earlier.usage, request.input);
}

/** Returns the seconds of an earlier run for one second of its prediction. The same memory weighs the steps on both sides. */
function rateOf(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  { shards, threads, folded, input, steps }: RunUsage,
): number {
  const circumstances = { shards: shards ?? undefined, threads: folded ? 1 : (threads ?? undefined) };
  const predicted = predict(job, model, settings, input, circumstances);
  const billed = new Map(steps.map(({ step, memoryMb }) => [step, memoryMb]));
  const done = steps.filter(({ step }) => predicted.steps.some((one) => one.step === step));
  const weighed = predicted.steps.map((step) =>
    gigabyteSeconds({ seconds: step.seconds, memoryMb: billed.get(step.step) ?? step.memoryMb }),
  );
  return sum(done.map(gigabyteSeconds)) / sum(weighed);
}

/** Returns the client's finished run with the most input whose work area still exists. A large run gives the best rate. */
async function largestUsage({
  job,
  client,
  output,
}: EstimateRequest): Promise<{ run: string; usage: RunUsage } | undefined> {
  if (output === undefined) return undefined;
  let best: { run: string; usage: RunUsage } | undefined;
  for (const run of (await finishedRuns(output, job.name, client)).keys()) {
    const usage = await usageAt(output, runFolder(job.name, client, run) + USAGE_KEY);
    if (usage === undefined || usage.version !== job.version || !tookTime(usage) || isMixed(usage)) continue;
    if (best === undefined || usage.input.bytes > best.usage.input.bytes) best = { run, usage };
  }
  return best;
}

const tookTime = ({ steps }: RunUsage): boolean => steps.some((step) => gigabyteSeconds(step) > 0);

/** True when a process did a part of the run and other functions did the rest. Its times fit neither kind of run. */
const isMixed = ({ folded, steps }: RunUsage): boolean => !folded && steps.some(({ step }) => step === FOLD.name);

/** Reads the usage of a run. Undefined for a damaged document, because a prediction is possible without it. */
async function usageAt(output: Store, key: string): Promise<RunUsage | undefined> {
  try {
    return readRunUsage(openSealed((await output.get(key)).bytes, `${output.root}/${key}`));
  } catch (error) {
    if (error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}

/**
 * Checks that a run stays within its budget.
 * @param maxCost dollars
 * @param folds true when one process will do the run, which then has another price
 * @throws LimitError for a run that is predicted to cost more, and for a run of a job whose cost is unknown
 */
export async function checkBudget(request: EstimateRequest, maxCost: number, folds: boolean): Promise<void> {
  const ways = await estimateWays(request, FOLD.memoryMb);
  const predicted = folds ? ways?.folded : ways?.fannedOut;
  if (predicted === undefined) {
    throw new LimitError(
      `maxCost is ${inDollars(maxCost)}, and the cost of this run is unknown: ${whyUnknown(request.job.name)}. ` +
        'Or leave out maxCost',
    );
  }
  if (predicted.dollars <= maxCost) return;
  throw new LimitError(
    `this run is predicted to cost ${inDollars(predicted.dollars)}, and maxCost is ${inDollars(maxCost)}: ` +
      `${inBytes(predicted.input.bytes)} of text take ${predicted.gbSeconds.toFixed(0)} GB-seconds and ` +
      `${predicted.transitions} transitions. Raise maxCost, or read fewer days; offline plan ${request.job.name} says more`,
  );
}
