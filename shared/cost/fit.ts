/** Fits the cost model of a job to what runs of it used. */
import type { AnyJob } from '../job/job.ts';
import { nonNegativeFit } from './least-squares.ts';
import {
  copiesOf,
  FURTHER_PARTS,
  isMap,
  type JobModel,
  loopAround,
  MIB,
  mean,
  publishingStep,
  readsInput,
  type StepModel,
  type Surroundings,
  sum,
  TERMS,
} from './model.ts';
import { type RunUsage, type StepUsage, stepNames } from './usage.ts';

/** Digits of a coefficient. */
const DIGITS = 6;
/** The share of all further parts that bodies of about the same length may be off. */
const LIKE = 0.1;

/** @param runs of the job, whole, by size: of at least two sizes and two numbers of shards; of one day each */
export function fitModel(job: AnyJob, runs: readonly RunUsage[]): JobModel {
  const steps = stepNames(job).filter((name) => runs.some((run) => find(run, name)));
  return { version: job.version, steps: steps.map((name) => fitStep(job, runs, name)) };
}

const find = (run: RunUsage, name: string): StepUsage | undefined => run.steps.find(({ step }) => step === name);

/** What a step used in a run, and where it stood there. */
interface Point extends Surroundings {
  readonly run: RunUsage;
  readonly used: StepUsage;
}

function fitStep(job: AnyJob, runs: readonly RunUsage[], step: string): StepModel {
  const points = runs.flatMap((run): Point[] => {
    const used = find(run, step);
    const t = run.threads ?? Number.POSITIVE_INFINITY;
    return used ? [{ run, used, w: run.input.bytes / MIB, n: shardsIn(job, run, step), t }] : [];
  });
  const fitted = (terms: (point: Point) => number[], of: (point: Point) => number, to = points): number[] =>
    nonNegativeFit(to.map(terms), to.map(of)).map((value) => Number(value.toPrecision(DIGITS)));
  const each = (of: (used: StepUsage) => number) => (point: Point) => of(point.used) / point.used.invocations;

  // The largest input tells best what a MiB comes to.
  const largest = points.at(-1);
  const planned = largest && find(largest.run, `plan ${step}`);
  const sources = [...new Set(points.flatMap(({ used }) => Object.keys(used.reads)))];
  const isInLoop = loopAround(job, step) !== undefined;
  return {
    step,
    ...(planned?.load !== undefined && { load: planned.load / (largest as Point).w }),
    // The last piece is half full, as far as anyone knows.
    ...(planned?.most !== undefined && { pieces: (planned.most - 0.5) / (largest as Point).w }),
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
          (point) => TERMS.reads(point, shardsIn(job, point.run, source), bytesOf(find(point.run, source))),
          each(({ reads }) => reads[source] ?? 0),
        ),
      ]),
    ),
    puts: fitted(
      TERMS.puts,
      each(({ puts, furtherParts }) => puts - furtherParts),
    ),
    written: measuredBytes(points),
    furtherParts:
      WAYS.find((way) => isBy(way, job, points)) ??
      fitted(
        TERMS.furtherParts,
        each(({ furtherParts }) => furtherParts),
        // Short bodies say nothing of how long ones grow.
        points.filter(({ used }) => used.furtherParts > 0),
      ),
    lists: fitted(
      ({ run }) => TERMS.lists(run.shards !== null),
      each(({ lists }) => lists),
    ),
  };
}

/** Of runs of the same share the mean. */
function measuredBytes(points: readonly Point[]): StepModel['written'] {
  const byShare = new Map<number, number[]>();
  for (const { w, n, used } of points) {
    const share = Number((w / n).toPrecision(DIGITS));
    if (Number.isFinite(share)) byShare.set(share, [...(byShare.get(share) ?? []), bytesOf(used)]);
  }
  return [...byShare]
    .map(([share, bytes]) => [share, Math.max(1, Math.round(mean(bytes)))] as const)
    .sort(([a], [b]) => a - b);
}

/** The ways in which further parts may follow from bytes. */
const WAYS = Object.keys(FURTHER_PARTS) as (keyof typeof FURTHER_PARTS)[];

/** Whether the further parts that were taken are about those of `way`. */
function isBy(way: keyof typeof FURTHER_PARTS, job: AnyJob, points: readonly Point[]): boolean {
  const taken = sum(points.map(({ used }) => used.furtherParts));
  const published = publishingStep(job);
  const off = points.map(({ run, used }) => {
    const shards = published === undefined ? undefined : find(run, published);
    const each = FURTHER_PARTS[way](bytesOf(used), {
      n: shards?.invocations ?? 0,
      bytes: bytesOf(shards),
      copies: copiesOf(job),
    });
    return Math.abs(used.invocations * each - used.furtherParts);
  });
  return taken > 0 && sum(off) <= LIKE * taken;
}

/** Of one invocation. */
const bytesOf = (used: StepUsage | undefined): number => (used ? used.bytesWritten / used.invocations : 0);

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
