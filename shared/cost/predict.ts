/** Predicts what a run takes and costs, from the size of its input and the fitted model of its job. */
import type { AnyJob } from '../job/job.ts';
import type { StepObjects } from '../job/shard.ts';
import { shardsFor } from '../job/shard-count.ts';
import { handlersOfMachine } from '../job/state-machine.ts';
import { NEWEST_OUTPUTS } from '../verdict/check-coverage.ts';
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
  type Shards,
  type StepModel,
  type Surroundings,
  sum,
  TERMS,
  writtenBy,
} from './model.ts';
import { dollarsOf, type Quantities } from './prices.ts';
import { gigabyteSeconds, handlerOf, type InputSize } from './usage.ts';

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

/** Asked of S3 for each further day folder that a run lists: its `_SUCCESS` in full, and once more behind its objects. */
const DAY_GETS = 2;
const DAY_LISTS = 1;

/** What a prediction is for. */
export interface Circumstances {
  /** Shards asked for; undefined: planned by bytes. */
  readonly shards?: number | undefined;
  /** Seconds there for a second where the model was measured, 1 by default. */
  readonly rate?: number;
  /** Threads that share all invocations; as many as there are shards where it is left out. */
  readonly threads?: number | undefined;
  /** Earlier outputs of the job and the client: the verdict reads a manifest of each, of 28 at most (the default). */
  readonly earlierOutputs?: number;
}

/** @param settings of the run, which say how often its loop goes round */
export function predict(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
  { shards, rate = 1, threads = Number.POSITIVE_INFINITY, earlierOutputs = NEWEST_OUTPUTS }: Circumstances = {},
): Prediction {
  const w = input.bytes / MIB;
  const plan = predictShards(job, model, settings, input, shards);
  const days = typeof settings.days === 'number' ? settings.days : 1;
  const memory = new Map(handlersOfMachine(job).map((spec) => [spec.name, spec.memoryMb]));
  const models = new Map(model.steps.map((step) => [step.step, step]));
  /** The shards of a step, as many as an iteration has on average. */
  const copies = copiesOf(job);
  const shardsOf = (step: string): Shards => {
    const n = mean(plan.get(step) ?? [1]);
    return { n, copies, bytes: writtenBy(models.get(step)?.written ?? [], { w, n }) };
  };
  const publishing = publishingStep(job);
  const published = publishing === undefined ? { n: 0, bytes: 0, copies } : shardsOf(publishing);
  const steps = model.steps.map((step): StepPrediction => {
    const iterations = plan.get(step.step)!;
    const invocations = sum(iterations);
    const at = { w, n: mean(iterations), t: threads };
    const memoryMb = memory.get(handlerOf(step.step)) ?? 0;
    const seconds = rate * invocations * dot(step.seconds, TERMS.seconds(at, loopAround(job, step.step) !== undefined));
    const objects = readsInput(job, step.step) ? input.objects : 0;
    const furtherDays = step.step === 'configure' ? days - 1 : 0;
    const manifests = step.step === 'verdict' ? Math.min(NEWEST_OUTPUTS, earlierOutputs) : 0;
    const opened = Object.entries(step.reads).map(([source, reads]) => {
      const { n, bytes } = shardsOf(source);
      return dot(reads, TERMS.reads(at, n, bytes));
    });
    return {
      step: step.step,
      memoryMb,
      shards: Math.max(0, ...iterations),
      invocations,
      seconds,
      gbSeconds: gigabyteSeconds({ seconds, memoryMb }),
      gets: invocations * (dot(step.gets, TERMS.gets(at)) + sum(opened)) + objects + furtherDays * DAY_GETS + manifests,
      puts: invocations * (dot(step.puts, TERMS.puts()) + furtherPartsOf(step, at, published)),
      lists: invocations * dot(step.lists, TERMS.lists(shards !== undefined)) + furtherDays * DAY_LISTS,
    };
  });
  const total = (of: (step: StepPrediction) => number): number => sum(steps.map(of));
  const quantities = {
    gbSeconds: total(({ gbSeconds }) => gbSeconds),
    invocations: total(({ invocations }) => invocations),
    transitions: transitionsOf(job, (step) => sum(plan.get(step) ?? [])),
    gets: Math.round(total(({ gets }) => gets)),
    puts: Math.round(total(({ puts }) => puts)),
    lists: Math.round(total(({ lists }) => lists)),
  };
  return {
    input,
    ...quantities,
    dollars: dollarsOf(quantities),
    shards: total(({ step, invocations }) => (isMap(job, step) ? invocations : 0)),
    steps,
  };
}

/** Step → the shards of each of its iterations; what is no loop has one iteration, what is no map one shard. */
function predictShards(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
  asked: number | undefined,
): Map<string, readonly number[]> {
  const w = input.bytes / MIB;
  const plan = new Map<string, readonly number[]>(model.steps.map(({ step }) => [step, [1]]));
  const shardsOf = (step: StepObjects | string): number =>
    plan.get(typeof step === 'string' ? step : step.name)?.[0] ?? 1;
  const models = new Map(model.steps.map((step) => [step.step, step]));
  for (const step of job.steps) {
    if (step.kind === 'loop') {
      const expected = step.expected(settings, shardsOf);
      plan.set(step.body.name, expected);
      // It advances once more than its body runs.
      plan.set(step.name, new Array<number>(expected.length + 1).fill(1));
      continue;
    }
    const { load, pieces, shards = [1] }: Partial<StepModel> = models.get(step.name) ?? {};
    const cuts = pieces === undefined ? Number.POSITIVE_INFINITY : 1 + Math.floor(pieces * w);
    const most = readsInput(job, step.name) ? Math.min(cuts, input.mostShards ?? cuts) : cuts;
    const growth = typeof step.growth === 'function' ? step.growth(settings) : step.growth;
    const planned =
      load === undefined
        ? Math.round(dot(shards, TERMS.shards(w)))
        : Math.min(most, asked ?? shardsFor(load * w, growth));
    plan.set(step.name, [Math.max(1, step.follows ? sum(step.follows.map(shardsOf)) : planned)]);
  }
  return plan;
}

/** Beyond the first PUT of each object. */
function furtherPartsOf({ written, furtherParts }: StepModel, at: Surroundings, published: Shards): number {
  if (typeof furtherParts === 'string') return FURTHER_PARTS[furtherParts](writtenBy(written, at), published);
  const parts = dot(furtherParts, TERMS.furtherParts(at));
  // A body that takes further parts takes three at least; a mean over several invocations may show less.
  return parts < 1 ? 0 : parts;
}

const dot = (coefficients: readonly number[], terms: readonly number[]): number =>
  sum(coefficients.map((coefficient, at) => coefficient * terms[at]!));

/** States entered by a run that goes through without a retry, those of its Maps' items too. */
export function transitionsOf(job: AnyJob, invocations: (step: string) => number): number {
  let states = 2; // Configure, Configured?
  for (const step of job.steps) {
    if (step.kind === 'map') states += 2 + invocations(step.name);
    // Advancing and choosing, once more than the Map of the body.
    else states += 3 * invocations(step.name) - 1 + invocations(step.body.name);
  }
  return states + (job.judge ? 1 : 0) + 1 + (job.afterPublish ? 1 : 0) + (job.activates ? 1 : 0);
}
