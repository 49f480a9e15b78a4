/** Fits the cost model of a job to the measured usage of its runs. */
import { defined } from '../defined.ts';
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
  type Scale,
  type StepModel,
  sum,
  TERMS,
} from './model.ts';
import { accountNames, type RunUsage, type StepUsage } from './usage.ts';

/** Significant digits of a coefficient. */
const DIGITS = 6;
/** The largest allowed relative error of the number of further parts, if a rule of `FURTHER_PARTS` predicts it. */
const TOLERANCE = 0.1;

/**
 * Fits a model.
 * @param runs complete runs of the job for one day each, by ascending size, of at least two sizes and two numbers of shards
 */
export function fitModel(job: AnyJob, runs: readonly RunUsage[]): JobModel {
  const steps = accountNames(job).filter((name) => runs.some((run) => usageOfStep(run, name)));
  return { version: job.version, steps: steps.map((name) => fitStep(job, runs, name)) };
}

const usageOfStep = (run: RunUsage, name: string): StepUsage | undefined => run.steps.find(({ step }) => step === name);

/** The usage of a step in one run, and the step's scale in that run. */
interface Point extends Scale {
  readonly run: RunUsage;
  readonly used: StepUsage;
}

function fitStep(job: AnyJob, runs: readonly RunUsage[], step: string): StepModel {
  const points = runs.flatMap((run): Point[] => {
    const used = usageOfStep(run, step);
    const t = run.threads ?? Number.POSITIVE_INFINITY;
    return used ? [{ run, used, w: run.input.bytes / MIB, n: shardsIn(job, run, step), t }] : [];
  });
  const fitted = (terms: (point: Point) => number[], of: (point: Point) => number, to = points): number[] =>
    nonNegativeFit(to.map(terms), to.map(of)).map((value) => Number(value.toPrecision(DIGITS)));
  const each = (of: (used: StepUsage) => number) => (point: Point) => of(point.used) / point.used.invocations;

  // The largest input gives the best estimate per MiB.
  const largest = points.at(-1);
  const planned = largest && usageOfStep(largest.run, `plan ${step}`);
  const sources = [...new Set(points.flatMap(({ used }) => Object.keys(used.reads)))];
  const isInLoop = loopAround(job, step) !== undefined;
  return defined({
    step,
    load: planned?.load !== undefined ? planned.load / (largest as Point).w : undefined,
    // The expected size of the last piece is half of the others.
    pieces: planned?.most !== undefined ? (planned.most - 0.5) / (largest as Point).w : undefined,
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
          (point) => TERMS.reads(point, shardsIn(job, point.run, source), bytesOf(usageOfStep(point.run, source))),
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
      PART_RULES.find((rule) => explainsParts(rule, job, points)) ??
      fitted(
        TERMS.furtherParts,
        each(({ furtherParts }) => furtherParts),
        // Bodies without further parts do not show how the number of parts grows.
        points.filter(({ used }) => used.furtherParts > 0),
      ),
    lists: fitted(
      ({ run }) => TERMS.lists(run.shards !== null),
      each(({ lists }) => lists),
    ),
  });
}

/** Returns the bytes of one invocation by W/n, averaged over runs of equal W/n. */
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

/** The rules by which the number of further parts may follow from bytes. */
const PART_RULES = Object.keys(FURTHER_PARTS) as (keyof typeof FURTHER_PARTS)[];

/** True when a rule predicts the measured number of further parts well. */
function explainsParts(rule: keyof typeof FURTHER_PARTS, job: AnyJob, points: readonly Point[]): boolean {
  const taken = sum(points.map(({ used }) => used.furtherParts));
  const published = publishingStep(job);
  const off = points.map(({ run, used }) => {
    const shards = published === undefined ? undefined : usageOfStep(run, published);
    const each = FURTHER_PARTS[rule](bytesOf(used), {
      n: shards?.invocations ?? 0,
      bytes: bytesOf(shards),
      copies: copiesOf(job),
    });
    return Math.abs(used.invocations * each - used.furtherParts);
  });
  return taken > 0 && sum(off) <= TOLERANCE * taken;
}

/** Returns the bytes that one invocation wrote. */
const bytesOf = (used: StepUsage | undefined): number => (used ? used.bytesWritten / used.invocations : 0);

/** Returns the number of GETs that do not read the object of an earlier step's shard. */
const ownGets = ({ gets, reads }: StepUsage): number =>
  Object.values(reads).reduce((left, count) => left - count, gets);

/** Returns the number of a step's shards that run together. For the body of a loop it is the average over the iterations. */
function shardsIn(job: AnyJob, run: RunUsage, step: string): number {
  const invocations = usageOfStep(run, step)?.invocations ?? 1;
  const loop = loopAround(job, step);
  // The loop step is invoked once more than the body is repeated.
  if (loop) return invocations / Math.max(1, (usageOfStep(run, loop.name)?.invocations ?? 2) - 1);
  return isMap(job, step) ? invocations : 1;
}
