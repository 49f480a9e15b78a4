/** Predicts the usage and the cost of a run from the size of its input and the fitted model of its job. */
import { type AnyLoop, handOversAfter, handOversBefore, handsOver } from '../job/hand-over.ts';
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
  type Scale,
  type Shards,
  type StepModel,
  sum,
  TERMS,
  writtenBy,
} from './model.ts';
import { dollarsOf, type Quantities } from './prices.ts';
import { gigabyteSeconds, handlerOf, type InputSize } from './usage.ts';

export interface StepPrediction {
  readonly step: string;
  readonly memoryMb: number;
  /** The most shards that run together, in one iteration of a loop. */
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
  /** The shards of all maps in all iterations. */
  readonly shards: number;
  readonly dollars: number;
  readonly steps: readonly StepPrediction[];
}

/** The requests for each further day folder that a run lists: it reads the folder's `_SUCCESS` before and after the listing. */
const DAY_GETS = 2;
const DAY_LISTS = 1;

type Requests = Pick<Quantities, 'gets' | 'puts' | 'lists'>;
const NO_REQUESTS: Requests = { gets: 0, puts: 0, lists: 0 };
/** The most keys in the answer to a LIST. */
const KEYS_PER_LIST = 1000;

/**
 * Returns the requests for the account of a run in the cloud: one PUT for the mark of each invocation, and at the end those for
 * listing the marks, reading the plan and writing `usage.json`.
 */
export const accountRequests = (marks: number): Requests => ({
  gets: 1,
  puts: marks + 1,
  lists: Math.ceil(marks / KEYS_PER_LIST),
});

/** The circumstances of a predicted run. */
export interface Circumstances {
  /** The requested number of shards; undefined when it is planned by size. */
  readonly shards?: number | undefined;
  /** The seconds for one second of the measurements, 1 by default. */
  readonly rate?: number;
  /**
   * The number of threads that share all invocations, in a local run. By default the run is in the cloud: each shard has a
   * thread of its own, and each invocation leaves a mark of its usage.
   */
  readonly threads?: number | undefined;
  /** The number of earlier outputs of the job and the client. The verdict reads the manifests of at most 28 (the default). */
  readonly earlierOutputs?: number;
}

/** Predicts a run. @param settings the settings of the run, which determine the iterations of its loop */
export function predict(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
  { shards, rate = 1, threads, earlierOutputs = NEWEST_OUTPUTS }: Circumstances = {},
): Prediction {
  const w = input.bytes / MIB;
  const plan = predictShards(job, model, settings, input, shards);
  const days = typeof settings.days === 'number' ? settings.days : 1;
  const memory = new Map(handlersOfMachine(job).map((spec) => [spec.name, spec.memoryMb]));
  const models = new Map(model.steps.map((step) => [step.step, step]));
  const copies = copiesOf(job);
  /** Returns the shards of a step; for a loop it is the average over the iterations. */
  const shardsOf = (step: string): Shards => {
    const n = mean(plan.get(step) ?? [1]);
    return { n, copies, bytes: writtenBy(models.get(step)?.written ?? [], { w, n }) };
  };
  const publishing = publishingStep(job);
  const published = publishing === undefined ? { n: 0, bytes: 0, copies } : shardsOf(publishing);
  const steps = model.steps.map((step): StepPrediction => {
    const iterations = plan.get(step.step)!;
    const invocations = sum(iterations);
    const at = { w, n: mean(iterations), t: threads ?? Number.POSITIVE_INFINITY };
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
  const marks = threads === undefined ? sum(steps.map(({ invocations }) => invocations)) : 0;
  const account = marks > 0 ? accountRequests(marks) : NO_REQUESTS;
  const total = (of: (step: StepPrediction) => number): number => sum(steps.map(of));
  const quantities = {
    gbSeconds: total(({ gbSeconds }) => gbSeconds),
    invocations: total(({ invocations }) => invocations),
    transitions: transitionsOf(job, (step) => sum(plan.get(step) ?? [])),
    gets: Math.round(total(({ gets }) => gets)) + account.gets,
    puts: Math.round(total(({ puts }) => puts)) + account.puts,
    lists: Math.round(total(({ lists }) => lists)) + account.lists,
  };
  return {
    input,
    ...quantities,
    dollars: dollarsOf(quantities),
    shards: total(({ step, invocations }) => (isMap(job, step) ? invocations : 0)),
    steps,
  };
}

/**
 * Returns for each step the number of shards in each iteration. Without a loop there is one iteration, and without a map one
 * shard.
 */
function predictShards(
  job: AnyJob,
  model: JobModel,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
  asked: number | undefined,
): Map<string, readonly number[]> {
  const w = input.bytes / MIB;
  const plan = new Map<string, readonly number[]>(model.steps.map(({ step }) => [step, [1]]));
  const shardsOf = ({ name }: StepObjects): number => plan.get(name)?.[0] ?? 1;
  const models = new Map(model.steps.map((step) => [step.step, step]));
  for (const step of job.steps) {
    if (step.kind === 'loop') {
      const expected = step.expected(settings, shardsOf);
      plan.set(step.body.name, expected);
      // The loop step is invoked once more than the body is repeated, in every execution.
      const visits = expected.length + 1 + handOversAfter(job, step, expected.length);
      plan.set(step.name, new Array<number>(visits).fill(1));
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

/** Returns the number of PUTs of an invocation beyond the first one of each object. */
function furtherPartsOf({ written, furtherParts }: StepModel, at: Scale, published: Shards): number {
  if (typeof furtherParts === 'string') return FURTHER_PARTS[furtherParts](writtenBy(written, at), published);
  const parts = dot(furtherParts, TERMS.furtherParts(at));
  // A body with further parts has at least three of them, so a fitted number below 1 means none.
  return parts < 1 ? 0 : parts;
}

const dot = (coefficients: readonly number[], terms: readonly number[]): number =>
  sum(coefficients.map((coefficient, at) => coefficient * terms[at]!));

/** Counts the states that a run without retries enters, including those of its Maps' items. */
export function transitionsOf(job: AnyJob, invocations: (step: string) => number): number {
  let states = 2; // Configure, Configured?
  for (const step of job.steps) {
    if (step.kind === 'map') states += 2 + invocations(step.name);
    else states += transitionsOfLoop(job, step, invocations(step.name)) + invocations(step.body.name);
  }
  return states + (job.judge ? 1 : 0) + 1 + (job.afterPublish ? 1 : 0) + (job.activates ? 1 : 0);
}

/** Counts the states of a loop without those of its Map's items. @param visits the invocations of the loop step */
function transitionsOfLoop(job: AnyJob, loop: AnyLoop, visits: number): number {
  // The loop step and the choice after it, and the Map of the body once less.
  if (!handsOver(job, loop)) return 3 * visits - 1;
  const handOvers = handOversBefore(job, loop, visits);
  // Each execution enters two more states before the loop. Each hand-over enters its Task, the choice after it and the end of
  // the other execution. The visit before it begins no round.
  return 3 * visits - 1 + 2 * (handOvers + 1) + 3 * handOvers - handOvers;
}
