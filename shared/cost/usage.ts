/**
 * What a run used: every invocation's time, memory and requests, added up by step, in `usage.json` of its work area.
 *
 * In the cloud no one sees all invocations: the results of a Map's items are discarded. So each leaves an empty object
 * whose key says what it used, and one listing, of a request for a thousand invocations, finds them all. What a failed
 * attempt used is not known; activation comes after the account is closed.
 */
import { mostShards, weightOfAll } from '../job/inputs.ts';
import type { AnyJob, Run } from '../job/job.ts';
import { type OpenStore, openRun, type RunRef } from '../job/run.ts';
import { handlersOfMachine } from '../job/state-machine.ts';
import { USAGE_FOLDER, USAGE_KEY } from '../store/keys.ts';
import { noTraffic, type Traffic } from '../store/metered-store.ts';
import { sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

/** What one invocation used. */
export interface InvocationUsage extends Readonly<Traffic> {
  readonly milliseconds: number;
  /** Of the process or thread, at its end. MiB */
  readonly memoryMb: number;
  /** Of planning: shards' worth of work that the step was planned for, unrounded, and how many there can be. */
  readonly load?: number | undefined;
  readonly most?: number | undefined;
  /** Reads of what the shards of a step wrote, by that step. They are among `gets`. */
  readonly reads?: Readonly<Record<string, number>>;
}

/** What the invocations of one function used, all together; of `plan`, those for one step. */
export type StepUsage = Readonly<Traffic> & {
  /** As `accountOf` calls it. */
  readonly step: string;
  /** What the function is given, and billed for. MiB */
  readonly memoryMb: number;
  readonly invocations: number;
  /** Of all invocations. */
  readonly seconds: number;
  readonly peakMemoryMb: number;
  readonly load?: number;
  readonly most?: number;
  readonly reads: Readonly<Record<string, number>>;
};

export type RunUsage = {
  readonly job: string;
  readonly version: number;
  readonly input: InputSize;
  /** Asked for; null: planned by bytes. */
  readonly shards: number | null;
  /** Threads that shared all invocations; null: a function's own environments, as many as there were invocations at once. */
  readonly threads: number | null;
  readonly steps: readonly StepUsage[];
};

/** All that a prediction knows of an input before it is read. */
export type InputSize = {
  readonly objects: number;
  /** Of text, as far as the objects' sizes tell. */
  readonly bytes: number;
  /** Shards that can read it at most: neither gzip nor a small file is cut. Undefined: as many as there is reason for. */
  readonly mostShards?: number;
};

/** What Lambda bills for. */
export const gigabyteSeconds = ({ seconds, memoryMb }: Pick<StepUsage, 'seconds' | 'memoryMb'>): number =>
  (seconds * memoryMb) / 1024;

/** The account's name for an invocation: what it planned, where it did. @param planned `event.step` of `plan` */
export const accountOf = (handler: string, planned: string | undefined): string =>
  handler === 'plan' ? `plan ${planned}` : handler;

/** The function that an account is of. */
export const handlerOf = (account: string): string => account.split(' ')[0]!;

/** Adds up invocations, step by step, in the order in which the machine comes to them. */
export class Account {
  readonly #steps: Map<string, StepUsage>;
  readonly #job: AnyJob;

  constructor(job: AnyJob) {
    this.#job = job;
    const memory = new Map(handlersOfMachine(job).map(({ name, memoryMb }) => [name, memoryMb]));
    const unused = { invocations: 0, seconds: 0, peakMemoryMb: 0, ...noTraffic(), reads: {} };
    this.#steps = new Map(
      stepNames(job).map((step) => [step, { step, memoryMb: memory.get(handlerOf(step)) ?? 0, ...unused }]),
    );
  }

  /** @throws Error for a step that the job does not have */
  add(step: string, { milliseconds, memoryMb, load, most, reads = {}, ...more }: InvocationUsage): void {
    const before = this.#steps.get(step);
    if (before === undefined) throw new Error(`${this.#job.name} has no step '${step}' to account for`);
    this.#steps.set(step, {
      ...before,
      ...added(before, more, Object.keys(noTraffic())),
      invocations: before.invocations + 1,
      seconds: before.seconds + milliseconds / 1000,
      peakMemoryMb: Math.max(before.peakMemoryMb, memoryMb),
      ...(load !== undefined && { load }),
      ...(most !== undefined && { most }),
      reads: { ...before.reads, ...added(before.reads, reads, Object.keys(reads)) },
    });
  }

  /** @param shards asked for @param threads see `RunUsage` */
  usage({ inputs, shards }: Pick<Run, 'inputs' | 'shards'>, threads: number | null): RunUsage {
    const steps = [...this.#steps.values()].filter(({ invocations }) => invocations > 0);
    const { name, version } = this.#job;
    return { job: name, version, input: inputSizeOf(inputs), shards: shards ?? null, threads, steps };
  }

  /** Writes `usage.json`: the run is finished. */
  async close(ref: RunRef, openStore: OpenStore, threads: number | null): Promise<void> {
    const run = await openRun(ref, openStore, 0, () => undefined);
    await run.work.store.put(run.work.prefix + USAGE_KEY, sealed(this.usage(run, threads), 2));
  }
}

/** The sums of two records, name by name. */
const added = (a: object, b: object, names: readonly string[]): Readonly<Record<string, number>> => {
  const value = (of: object, name: string): number => (of as Record<string, number>)[name] ?? 0;
  return Object.fromEntries(names.map((name) => [name, value(a, name) + value(b, name)]));
};

/** What follows the publication comes after the account is closed. */
export const isAccounted = (job: AnyJob, handler: string): boolean =>
  handler !== 'activate' && handler !== job.afterPublish?.name;

/** Every account of a job, in the order of its machine. */
export const stepNames = (job: AnyJob): string[] => {
  const planned = new Set(job.steps.filter(({ kind }) => kind === 'map').map(({ name }) => name));
  return handlersOfMachine(job)
    .filter(({ name }) => name !== 'plan' && isAccounted(job, name))
    .flatMap(({ name }) => (planned.has(name) ? [accountOf('plan', name), name] : [name]));
};

/** Before the name of a step whose objects were read. */
const READ = 'read.';

/**
 * The key, below a run's folder, that says what an invocation used: `usage/rate/<id>,milliseconds=12,gets=3,read.scan=2`.
 * @param id tells invocations apart that used the same @param step as `accountOf` calls it
 */
export function markKey(step: string, id: string, { reads = {}, ...numbers }: InvocationUsage): string {
  const read = Object.entries(reads).map(([name, count]) => [READ + name, count] as const);
  const pairs = [...Object.entries(numbers), ...read].filter(([, value]) => value !== undefined);
  return `${USAGE_FOLDER}${step.replace(' ', '=')}/${[id, ...pairs.map((pair) => pair.join('='))].join(',')}`;
}

/** Undefined for a key that is no mark. @param key below the run's folder */
export function readMark(key: string): { step: string; used: InvocationUsage } | undefined {
  const [, step, pairs] = /^usage\/([^/]+)\/[^/,]+((?:,[\w.-]+=[\d.e+-]+)+)$/.exec(key) ?? [];
  if (step === undefined || pairs === undefined) return undefined;
  const values = pairs
    .slice(1)
    .split(',')
    .map((pair) => pair.split('=') as [name: string, value: string])
    .map(([name, value]) => [name, Number(value)] as const);
  const isRead = ([name]: readonly [string, number]): boolean => name.startsWith(READ);
  return {
    step: step.replace('=', ' '),
    used: {
      milliseconds: 0,
      memoryMb: 0,
      ...noTraffic(),
      ...Object.fromEntries(values.filter((value) => !isRead(value))),
      reads: Object.fromEntries(values.filter(isRead).map(([name, count]) => [name.slice(READ.length), count])),
    },
  };
}

/** What all invocations of a run have left so far. @param prefix the run's folder */
export async function accountOfMarks(job: AnyJob, store: Store, prefix: string): Promise<Account> {
  const account = new Account(job);
  for await (const { key } of store.list(prefix + USAGE_FOLDER)) {
    const mark = readMark(key.slice(prefix.length));
    if (mark) account.add(mark.step, mark.used);
  }
  return account;
}

export const inputSizeOf = (inputs: readonly ObjectInfo[]): InputSize => {
  const most = mostShards(inputs);
  return { objects: inputs.length, bytes: weightOfAll(inputs), ...(most !== undefined && { mostShards: most }) };
};
