/**
 * The usage of a run, `usage.json` in its work area: the time, memory and requests of all invocations, added up by step.
 *
 * In the cloud no process sees all invocations, because the results of a Map's items are discarded. Each invocation therefore
 * leaves a mark: an empty object whose key holds its usage. One listing finds all marks, with one request for a thousand of
 * them. The usage of failed attempts is unknown, and steps after the publication are not included.
 */
import { defined } from '../defined.ts';
import { mostShards, weightOfAll } from '../job/inputs.ts';
import type { AnyJob, Run } from '../job/job.ts';
import { type OpenStore, openRun, type RunRef } from '../job/run.ts';
import { FOLD, handlersOfMachine } from '../job/state-machine.ts';
import { USAGE_FOLDER, USAGE_KEY } from '../store/keys.ts';
import { noTraffic, type Traffic } from '../store/metered-store.ts';
import { sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

/** The usage of one invocation. */
export interface InvocationUsage extends Readonly<Traffic> {
  readonly milliseconds: number;
  /** The memory of the process or thread at the end. MiB */
  readonly memoryMb: number;
  /** The number of shards for the work, unrounded. Only an invocation of `plan` has it. */
  readonly load?: number | undefined;
  /** The largest possible number of shards. Only an invocation of `plan` has it. */
  readonly most?: number | undefined;
  /** Step → the number of reads of its shards' objects. They are included in `gets`. */
  readonly reads?: Readonly<Record<string, number>>;
}

/** The total usage of all invocations under one account name: of one function, or of `plan` for one step. */
export type StepUsage = Readonly<Traffic> & {
  /** The account name. */
  readonly step: string;
  /** The memory that the function has and that AWS bills. MiB */
  readonly memoryMb: number;
  readonly invocations: number;
  /** The total time of all invocations. */
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
  /** The requested number of shards; null when it was planned by size. */
  readonly shards: number | null;
  /**
   * The number of threads that shared all invocations; null in the cloud, where each parallel invocation has its own
   * environment.
   */
  readonly threads: number | null;
  /** Left out for a fanned-out run. In a folded run one process did the steps, and its memory is the memory of each of them. */
  readonly folded?: true;
  readonly steps: readonly StepUsage[];
};

/** The size of an input, as it is known before the input is read. */
export type InputSize = {
  readonly objects: number;
  /** The bytes of text, estimated from the objects' sizes. */
  readonly bytes: number;
  /** The most shards that can read the input, because neither gzip nor small files can be cut. Undefined for no limit. */
  readonly mostShards?: number;
};

/** Returns the product of time and memory that Lambda bills. */
export const gigabyteSeconds = ({ seconds, memoryMb }: Pick<StepUsage, 'seconds' | 'memoryMb'>): number =>
  (seconds * memoryMb) / 1024;

/** Returns the account name of an invocation: `rate`, or `plan rate`. @param planned `event.step` of `plan` */
export const accountName = (handler: string, planned: string | undefined): string =>
  handler === 'plan' ? `plan ${planned}` : handler;

/** Returns the function of an account name. */
export const handlerOf = (account: string): string => account.split(' ')[0]!;

/** Adds up the usage of invocations by account name, in the order of the state machine. */
export class Account {
  readonly #isFolded: boolean;
  readonly #steps: Map<string, StepUsage>;
  readonly #job: AnyJob;

  /** @param isFolded true when one process did all invocations but that of `configure` */
  constructor(job: AnyJob, { isFolded = false }: { readonly isFolded?: boolean } = {}) {
    this.#job = job;
    this.#isFolded = isFolded;
    const memory = new Map(handlersOfMachine(job).map(({ name, memoryMb }) => [name, memoryMb]));
    const functionOf = (step: string): string => (isFolded && step !== 'configure' ? FOLD.name : handlerOf(step));
    const unused = { invocations: 0, seconds: 0, peakMemoryMb: 0, ...noTraffic(), reads: {} };
    this.#steps = new Map(
      [...accountNames(job), FOLD.name].map((step) => [
        step,
        { step, memoryMb: memory.get(functionOf(step)) ?? 0, ...unused },
      ]),
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
      ...defined<Pick<StepUsage, 'load' | 'most'>>({ load, most }),
      reads: { ...before.reads, ...added(before.reads, reads, Object.keys(reads)) },
    });
  }

  /** Returns the usage of the run. @param threads as in `RunUsage` */
  usage({ inputs, shards }: Pick<Run, 'inputs' | 'shards'>, threads: number | null): RunUsage {
    const steps = [...this.#steps.values()].filter(({ invocations }) => invocations > 0);
    const { name, version } = this.#job;
    const usage = { job: name, version, input: inputSizeOf(inputs), shards: shards ?? null, threads, steps };
    return this.#isFolded ? { ...usage, folded: true } : usage;
  }

  /** Writes `usage.json`, which marks the run as finished. */
  async close(ref: RunRef, openStore: OpenStore, threads: number | null): Promise<void> {
    const run = await openRun(ref, openStore, 0, () => undefined);
    await run.work.store.put(run.work.prefix + USAGE_KEY, sealed(this.usage(run, threads), 2));
  }
}

/** Returns the sums of two records by name. */
const added = (a: object, b: object, names: readonly string[]): Readonly<Record<string, number>> => {
  const value = (of: object, name: string): number => (of as Record<string, number>)[name] ?? 0;
  return Object.fromEntries(names.map((name) => [name, value(a, name) + value(b, name)]));
};

/**
 * True for a step up to the publication. Later steps run after the account is closed. A process that folds keeps its own account
 * (`folded-usage.ts`).
 */
export const isAccounted = (job: AnyJob, handler: string): boolean =>
  handler !== FOLD.name && handler !== 'activate' && handler !== job.afterPublish?.name;

/** Returns all account names of a job, in the order of its state machine. */
export const accountNames = (job: AnyJob): string[] => {
  const planned = new Set(job.steps.filter(({ kind }) => kind === 'map').map(({ name }) => name));
  return handlersOfMachine(job)
    .filter(({ name }) => name !== 'plan' && isAccounted(job, name))
    .flatMap(({ name }) => (planned.has(name) ? [accountName('plan', name), name] : [name]));
};

/** The prefix of the number of reads of a step's objects. */
const READ = 'read.';

/**
 * Returns the key of an invocation's mark, relative to the run's folder: `usage/rate/<id>,milliseconds=12,gets=3,read.scan=2`.
 * @param step the account name
 * @param id distinguishes invocations with equal usage
 */
export function markKey(step: string, id: string, { reads = {}, ...numbers }: InvocationUsage): string {
  const read = Object.entries(reads).map(([name, count]) => [READ + name, count] as const);
  const pairs = [...Object.entries(numbers), ...read].filter(([, value]) => value !== undefined);
  return `${USAGE_FOLDER}${step.replace(' ', '=')}/${[id, ...pairs.map((pair) => pair.join('='))].join(',')}`;
}

/** Reads the usage from the key of a mark. Undefined for any other key. @param key relative to the run's folder */
export function parseMarkKey(key: string): { step: string; used: InvocationUsage } | undefined {
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

/** Adds up all marks that a run's invocations have left. @param prefix the run's folder */
export async function accountFromMarks(job: AnyJob, store: Store, prefix: string): Promise<Account> {
  const account = new Account(job);
  for (const { step, used } of await marksOf(store, prefix)) account.add(step, used);
  return account;
}

/** Returns the marks that a run's invocations have left. @param prefix the run's folder */
export async function marksOf(store: Store, prefix: string): Promise<{ step: string; used: InvocationUsage }[]> {
  const marks = [];
  for await (const { key } of store.list(prefix + USAGE_FOLDER)) {
    const mark = parseMarkKey(key.slice(prefix.length));
    if (mark) marks.push(mark);
  }
  return marks;
}

export const inputSizeOf = (inputs: readonly ObjectInfo[]): InputSize => {
  const most = mostShards(inputs);
  return defined({ objects: inputs.length, bytes: weightOfAll(inputs), mostShards: most });
};
