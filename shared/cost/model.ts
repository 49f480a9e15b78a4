/**
 * What a run will cost, from the size of its input: fitted to what runs of other sizes used.
 *
 * Of an input of W MiB of text a step has n shards: ⌈W × what a MiB was planned for⌉, or those of the steps it follows, or
 * a + b W. An invocation of it takes
 *
 *   seconds   a + b W/n, c W           itself, its share of the work; in a loop, what every shard goes through whole
 *   GETs      a + b W/n + c (n-1)/n    itself, long reads in pieces, a look beyond the cut to the next shard
 *             + Σ (a + b m + c W/n)    of each earlier step some objects or all its m
 *   PUTs      a + b W/n + c W          its objects, and the further parts of long ones
 *   LISTs     a, and b where shards are not asked for
 */
import type { AnyJob, LoopStep } from '../job/job.ts';
import { shardsFor } from '../job/shard-count.ts';
import { handlersOfMachine } from '../job/state-machine.ts';
import { nonNegativeFit } from './least-squares.ts';
import { dollarsOf, type Quantities } from './prices.ts';
import { type InputSize, type RunUsage, type StepUsage, stepNames } from './usage.ts';

/** Coefficients of one step: see above. */
export interface StepModel {
  readonly step: string;
  /** Shards' worth of work in a MiB, where the step is planned by size. */
  readonly load?: number;
  /** Else: by 1 and W. */
  readonly shards: readonly number[];
  /** By 1 and W/n, in a loop's body by W too. */
  readonly seconds: readonly number[];
  /** By 1, W/n and (n-1)/n; of the step that reads the input, beside one for every object. */
  readonly gets: readonly number[];
  /** By 1, m and W/n, of each step whose shards' objects are read. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** Beside the further parts of what is streamed. */
  readonly puts: readonly number[];
  /** By W/n and W. */
  readonly furtherParts: readonly number[];
  /** By 1, and 1 again where shards are planned. */
  readonly lists: readonly number[];
}

export interface JobModel {
  /** Of the job that was measured. */
  readonly version: number;
  readonly steps: readonly StepModel[];
}

export interface StepPrediction {
  readonly step: string;
  readonly memoryMb: number;
  /** At once; of a loop, the most in one iteration. */
  readonly shards: number;
  readonly invocations: number;
  readonly seconds: number;
  readonly gbSeconds: number;
  readonly gets: number;
  readonly puts: number;
  readonly lists: number;
}

export interface Prediction extends Quantities {
  readonly input: InputSize;
  /** Of all maps, all iterations. */
  readonly shards: number;
  readonly dollars: number;
  readonly steps: readonly StepPrediction[];
}

/** Asked of S3 for each further day folder that a run lists: its `_SUCCESS` before, after and in full; its objects. */
const DAY_GETS = 3;
const DAY_LISTS = 1;

/** Fewer are none. */
const FEWEST_PARTS = 1;
const DIGITS = 6;
const MIB = 2 ** 20;

/** @param runs of the job, whole, by size: of at least two sizes and two numbers of shards; of one day each */
export function fitModel(job: AnyJob, runs: readonly RunUsage[]): JobModel {
  const steps = stepNames(job).filter((name) => runs.some((run) => find(run, name)));
  return { version: job.version, steps: steps.map((name) => fitStep(job, runs, name)) };
}

const find = (run: RunUsage, name: string): StepUsage | undefined => run.steps.find(({ step }) => step === name);

function fitStep(job: AnyJob, runs: readonly RunUsage[], step: string): StepModel {
  const points = runs.flatMap((run) => {
    const used = find(run, step);
    const w = run.input.bytes / MIB;
    return used ? [{ run, used, w, n: shardsIn(job, run, step) }] : [];
  });
  type Point = (typeof points)[number];
  const fitted = (row: (point: Point) => number[], of: (point: Point) => number, to = points): number[] =>
    nonNegativeFit(to.map(row), to.map(of)).map((value) => Number(value.toPrecision(DIGITS)));
  const each = (of: (used: StepUsage) => number) => (point: Point) => of(point.used) / point.used.invocations;

  // The largest input tells best what a MiB comes to.
  const load = points.map(({ run, w }) => (find(run, `plan ${step}`)?.load ?? Number.NaN) / w).at(-1) as number;
  const sources = [...new Set(points.flatMap(({ used }) => Object.keys(used.reads)))];
  const isBody = loopOf(job, step)?.body.name === step;
  const isFirst = step === job.steps[0]?.name;
  return {
    step,
    ...(!Number.isNaN(load) && { load }),
    shards: fitted(
      ({ w }) => [1, w],
      ({ n }) => n,
    ),
    seconds: fitted(
      // Elsewhere a step that only grows faster than its input would be taken for one that reads all of it.
      ({ w, n }) => (isBody ? [1, w / n, w] : [1, w / n]),
      each(({ seconds }) => seconds),
    ),
    gets: fitted(
      ({ w, n }) => [1, w / n, cutsOf(n)],
      (point) => each(ownGets)(point) - (isFirst ? point.run.input.objects / point.n : 0),
    ),
    reads: Object.fromEntries(
      sources.map((source) => [
        source,
        fitted(
          ({ run, w, n }) => [1, shardsIn(job, run, source), w / n],
          each(({ reads }) => reads[source] ?? 0),
        ),
      ]),
    ),
    puts: fitted(
      () => [1],
      each(({ puts, furtherParts }) => puts - furtherParts),
    ),
    furtherParts: fitted(
      ({ w, n }) => [w / n, w],
      each(({ furtherParts }) => furtherParts),
      // Short streams say nothing of how long ones grow.
      points.filter(({ used }) => used.furtherParts > 0),
    ),
    lists: fitted(
      ({ run }) => [1, isPlanned(run.shards)],
      each(({ lists }) => lists),
    ),
  };
}

/** Those that open no shard's object. */
const ownGets = ({ gets, reads }: StepUsage): number =>
  Object.values(reads).reduce((left, count) => left - count, gets);

/** What long streams take: three at least, of which a mean over several invocations may show less. */
const partsOf = (fitted: number): number => (fitted < FEWEST_PARTS ? 0 : fitted);

/** For each shard but one. */
const cutsOf = (shards: number): number => (shards === 0 ? 0 : (shards - 1) / shards);

/** A plan that shards are not asked for is looked for first. */
const isPlanned = (shards: number | null): number => (shards === null ? 1 : 0);

/** Shards of a step at once: a loop's are its body's, iterations on average. */
function shardsIn(job: AnyJob, run: RunUsage, step: string): number {
  const invocations = find(run, step)?.invocations ?? 1;
  const loop = loopOf(job, step);
  if (loop?.body.name === step) return invocations / Math.max(1, (find(run, loop.name)?.invocations ?? 2) - 1);
  return isMap(job, step) ? invocations : 1;
}

const isMap = (job: AnyJob, step: string): boolean =>
  job.steps.some(({ kind, name }) => kind === 'map' && name === step);

const loopOf = (job: AnyJob, step: string): LoopStep<unknown> | undefined =>
  job.steps.find(
    (one): one is LoopStep<unknown> => one.kind === 'loop' && (one.name === step || one.body.name === step),
  );

/**
 * @param settings of the run, which say how often its loop goes round
 * @param shards asked for; undefined: planned by bytes @param rate seconds there for a second where it was measured
 */
export function predict(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
  shards?: number,
  rate = 1,
): Prediction {
  const w = input.bytes / MIB;
  const plan = predictShards(job, model, settings, w, shards);
  const days = typeof settings.days === 'number' ? settings.days : 1;
  const memory = new Map(handlersOfMachine(job).map((spec) => [spec.name, spec.memoryMb]));
  const costs = model.steps.map((step) => {
    const at = plan.get(step.step) as readonly number[];
    const invocations = sum(at);
    const n = invocations / at.length;
    const share = invocations === 0 ? 0 : w / n;
    const memoryMb = memory.get(step.step.split(' ')[0] as string) ?? 0;
    const seconds = rate * invocations * dot(step.seconds, [1, share, w]);
    const objects = step.step === job.steps[0]?.name ? input.objects : 0;
    const furtherDays = step.step === 'configure' ? days - 1 : 0;
    const opened = Object.entries(step.reads).map(([source, reads]) => {
      const of = plan.get(source) ?? [1];
      return dot(reads, [1, sum(of) / of.length, share]);
    });
    return {
      ...{ step: step.step, memoryMb, shards: Math.max(...at), invocations, seconds },
      gbSeconds: (seconds * memoryMb) / 1024,
      gets: invocations * (dot(step.gets, [1, share, cutsOf(n)]) + sum(opened)) + objects + furtherDays * DAY_GETS,
      puts: invocations * (dot(step.puts, [1]) + partsOf(dot(step.furtherParts, [share, w]))),
      lists: invocations * dot(step.lists, [1, isPlanned(shards ?? null)]) + furtherDays * DAY_LISTS,
    };
  });
  const total = (of: (cost: (typeof costs)[number]) => number): number => sum(costs.map(of));
  const quantities = {
    gbSeconds: total(({ gbSeconds }) => gbSeconds),
    invocations: total(({ invocations }) => invocations),
    transitions: transitionsOf(job, (step) => sum(plan.get(step) ?? [])),
    gets: Math.round(total(({ gets }) => gets)),
    puts: Math.round(total(({ puts }) => puts)),
    lists: Math.round(total(({ lists }) => lists)),
  };
  const isShard = ({ step }: { step: string }) => isMap(job, step) || loopOf(job, step)?.body.name === step;
  return {
    ...{ input, ...quantities, dollars: dollarsOf(quantities) },
    shards: total((cost) => (isShard(cost) ? cost.invocations : 0)),
    steps: costs,
  };
}

/** Step → the shards of each of its iterations; what is no loop has one iteration, what is no map one shard. */
function predictShards(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  w: number,
  asked: number | undefined,
): Map<string, readonly number[]> {
  const plan = new Map<string, readonly number[]>(model.steps.map(({ step }) => [step, [1]]));
  const shardsOf = (step: string): number => plan.get(step)?.[0] ?? 1;
  const models = new Map(model.steps.map((step) => [step.step, step]));
  for (const step of job.steps) {
    if (step.kind === 'loop') {
      const expected = step.expected(settings, shardsOf);
      plan.set(step.body.name, expected);
      // It advances once more than its body runs.
      plan.set(step.name, new Array<number>(expected.length + 1).fill(1));
      continue;
    }
    const { load, shards = [1] } = models.get(step.name) ?? {};
    const planned = load === undefined ? Math.round(dot(shards, [1, w])) : (asked ?? shardsFor(load * w, step.growth));
    plan.set(step.name, [Math.max(1, step.follows ? sum(step.follows.map(shardsOf)) : planned)]);
  }
  return plan;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const dot = (coefficients: readonly number[], values: readonly number[]): number =>
  sum(coefficients.map((coefficient, at) => coefficient * (values[at] ?? 0)));

/** States entered by a run that goes through without a retry, those of its Maps' items too. */
export function transitionsOf(job: AnyJob, invocations: (step: string) => number): number {
  let states = 2; // Configure, Configured?
  for (const step of job.steps) {
    if (step.kind === 'map') states += 2 + invocations(step.name);
    // Advancing and choosing, once more than the Map of the body.
    else states += 3 * invocations(step.name) - 1 + invocations(step.body.name);
  }
  return states + 1 + (job.afterPublish ? 1 : 0) + (job.activates ? 1 : 0);
}
