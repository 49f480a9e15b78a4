/** Fits the cost model of a job to what runs of it used. */
import type { AnyJob } from '../job/job.ts';
import { nonNegativeFit } from './least-squares.ts';
import { isMap, type JobModel, loopAround, MIB, readsInput, type StepModel, TERMS } from './model.ts';
import { type RunUsage, type StepUsage, stepNames } from './usage.ts';

/** Digits of a coefficient. */
const DIGITS = 6;

/** @param runs of the job, whole, by size: of at least two sizes and two numbers of shards; of one day each */
export function fitModel(job: AnyJob, runs: readonly RunUsage[]): JobModel {
  const steps = stepNames(job).filter((name) => runs.some((run) => find(run, name)));
  return { version: job.version, steps: steps.map((name) => fitStep(job, runs, name)) };
}

const find = (run: RunUsage, name: string): StepUsage | undefined => run.steps.find(({ step }) => step === name);

function fitStep(job: AnyJob, runs: readonly RunUsage[], step: string): StepModel {
  const points = runs.flatMap((run) => {
    const used = find(run, step);
    return used ? [{ run, used, w: run.input.bytes / MIB, n: shardsIn(job, run, step) }] : [];
  });
  type Point = (typeof points)[number];
  const fitted = (terms: (point: Point) => number[], of: (point: Point) => number, to = points): number[] =>
    nonNegativeFit(to.map(terms), to.map(of)).map((value) => Number(value.toPrecision(DIGITS)));
  const each = (of: (used: StepUsage) => number) => (point: Point) => of(point.used) / point.used.invocations;

  // The largest input tells best what a MiB comes to.
  const largest = points.at(-1);
  const planned = largest && find(largest.run, `plan ${step}`)?.load;
  const sources = [...new Set(points.flatMap(({ used }) => Object.keys(used.reads)))];
  const isInLoop = loopAround(job, step) !== undefined;
  return {
    step,
    ...(planned !== undefined && { load: planned / (largest as Point).w }),
    shards: fitted(
      ({ w }) => TERMS.shards(w),
      ({ n }) => n,
    ),
    seconds: fitted(
      (point) => TERMS.seconds(point, isInLoop),
      each(({ seconds }) => seconds),
    ),
    gets: fitted(
      TERMS.gets,
      (point) => each(ownGets)(point) - (readsInput(job, step) ? point.run.input.objects / point.n : 0),
    ),
    reads: Object.fromEntries(
      sources.map((source) => [
        source,
        fitted(
          (point) => TERMS.reads(point, shardsIn(job, point.run, source)),
          each(({ reads }) => reads[source] ?? 0),
        ),
      ]),
    ),
    puts: fitted(
      TERMS.puts,
      each(({ puts, furtherParts }) => puts - furtherParts),
    ),
    furtherParts: fitted(
      TERMS.furtherParts,
      each(({ furtherParts }) => furtherParts),
      // Short streams say nothing of how long ones grow.
      points.filter(({ used }) => used.furtherParts > 0),
    ),
    lists: fitted(
      ({ run }) => TERMS.lists(run.shards !== null),
      each(({ lists }) => lists),
    ),
  };
}

/** Those that open no shard's object. */
const ownGets = ({ gets, reads }: StepUsage): number =>
  Object.values(reads).reduce((left, count) => left - count, gets);

/** Shards of a step at once: a loop's are its body's, iterations on average. */
function shardsIn(job: AnyJob, run: RunUsage, step: string): number {
  const invocations = find(run, step)?.invocations ?? 1;
  const loop = loopAround(job, step);
  // It advances once more than its body runs.
  if (loop) return invocations / Math.max(1, (find(run, loop.name)?.invocations ?? 2) - 1);
  return isMap(job, step) ? invocations : 1;
}
