/**
 * What a run used: every invocation's time, memory and requests, added up by step, in `usage.json` of its work area.
 *
 * In the cloud no one sees all invocations: the results of a Map's items are discarded. So each leaves an empty object
 * whose key says what it used, and one listing, of a request for a thousand invocations, finds them all. What a failed
 * attempt used is not known; activation comes after the account is closed.
 */
import { weightOfAll } from '../job/inputs.ts';
import type { AnyJob, Run } from '../job/job.ts';
import { handlersOfMachine } from '../job/state-machine.ts';
import { USAGE_FOLDER } from '../store/keys.ts';
import type { Traffic } from '../store/metered-store.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

/** What one invocation used. */
export interface InvocationUsage extends Traffic {
  readonly milliseconds: number;
  /** Of the process or thread, at its end. MiB */
  readonly memoryMb: number;
  /** Of planning: shards' worth of work that the step was planned for, unrounded. */
  readonly load?: number | undefined;
  /** Reads of what the shards of a step wrote, by that step. They are among `gets`. */
  readonly reads?: Readonly<Record<string, number>>;
}

/** What the invocations of one function used, all together; of `plan`, those for one step. */
export interface StepUsage {
  /** The function's name; `plan <step>` for the planning of a step. */
  readonly step: string;
  /** What the function is given, and billed for. MiB */
  readonly memoryMb: number;
  readonly invocations: number;
  /** Of all invocations. */
  readonly seconds: number;
  readonly peakMemoryMb: number;
  readonly load?: number;
  readonly gets: number;
  readonly puts: number;
  readonly lists: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly furtherParts: number;
  readonly reads: Readonly<Record<string, number>>;
}

export interface RunUsage {
  readonly job: string;
  readonly version: number;
  readonly input: InputSize;
  /** Asked for; null: planned by bytes. */
  readonly shards: number | null;
  readonly steps: readonly StepUsage[];
}

/** All that a prediction knows of an input before it is read. */
export interface InputSize {
  readonly objects: number;
  /** Of text, as far as the objects' sizes tell. */
  readonly bytes: number;
}

/** The account's name for an invocation: what it planned, where it did. @param planned `event.step` of `plan` */
export const accountOf = (handler: string, planned: string | undefined): string =>
  handler === 'plan' ? `plan ${planned}` : handler;

/** Adds up invocations, step by step, in the order in which the machine comes to them. */
export class Account {
  readonly #steps = new Map<string, StepUsage>();
  readonly #job: AnyJob;

  constructor(job: AnyJob) {
    this.#job = job;
  }

  add(step: string, used: InvocationUsage): void {
    const handler = step.split(' ')[0] as string;
    const memoryMb = handlersOfMachine(this.#job).find(({ name }) => name === handler)?.memoryMb ?? 0;
    const before = this.#steps.get(step);
    const load = used.load ?? before?.load;
    this.#steps.set(step, {
      step,
      memoryMb,
      invocations: (before?.invocations ?? 0) + 1,
      seconds: (before?.seconds ?? 0) + used.milliseconds / 1000,
      peakMemoryMb: Math.max(before?.peakMemoryMb ?? 0, used.memoryMb),
      ...(load !== undefined && { load }),
      gets: (before?.gets ?? 0) + used.gets,
      puts: (before?.puts ?? 0) + used.puts,
      lists: (before?.lists ?? 0) + used.lists,
      bytesRead: (before?.bytesRead ?? 0) + used.bytesRead,
      bytesWritten: (before?.bytesWritten ?? 0) + used.bytesWritten,
      furtherParts: (before?.furtherParts ?? 0) + used.furtherParts,
      reads: summed(before?.reads ?? {}, used.reads ?? {}),
    });
  }

  /** @param shards asked for */
  usage({ inputs, shards }: Pick<Run, 'inputs' | 'shards'>): RunUsage {
    const input = inputSizeOf(inputs);
    const order = new Map(stepNames(this.#job).map((name, at) => [name, at]));
    const steps = [...this.#steps.values()].sort((a, b) => (order.get(a.step) ?? 0) - (order.get(b.step) ?? 0));
    return { job: this.#job.name, version: this.#job.version, input, shards: shards ?? null, steps };
  }
}

/** By name. */
const summed = (a: StepUsage['reads'], b: StepUsage['reads']): StepUsage['reads'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]),
  );

/** What follows the publication comes after the account is closed. */
export const isAccounted = (job: AnyJob, handler: string): boolean =>
  handler !== 'activate' && handler !== job.afterPublish?.name;

/** Every account of a job, in the order of its machine. */
export const stepNames = (job: AnyJob): string[] => {
  const maps = new Set(job.steps.filter(({ kind }) => kind === 'map').map(({ name }) => name));
  return handlersOfMachine(job)
    .filter(({ name }) => name !== 'plan' && isAccounted(job, name))
    .flatMap(({ name }) => (maps.has(name) ? [`plan ${name}`, name] : [name]));
};

/** Fields of a mark's name, in their order. */
const FIELDS = [
  ...(['milliseconds', 'memoryMb', 'gets', 'puts', 'lists'] as const),
  ...(['bytesRead', 'bytesWritten', 'furtherParts', 'load'] as const),
];
/** `load` is no whole number: millionths of a shard. */
const LOAD_UNIT = 1e6;

/**
 * The key, below a run's folder, that says what an invocation used.
 * @param id tells invocations apart that used the same @param step as `accountOf` calls it
 */
export function markKey(step: string, id: string, used: InvocationUsage): string {
  const load = used.load === undefined ? undefined : used.load * LOAD_UNIT;
  const values = FIELDS.map((field) => (field === 'load' ? load : used[field]) ?? '');
  const reads = Object.entries(used.reads ?? {}).map(([name, count]) => `,${name}=${count}`);
  const numbers = values.map((value) => value && Math.round(value)).join('.');
  return `${USAGE_FOLDER}${step.replace(' ', '=')}/${id}.${numbers}${reads.join('')}`;
}

/** Undefined for a key that is no mark. @param key below the run's folder */
export function readMark(key: string): { step: string; used: InvocationUsage } | undefined {
  const [, step, values, read] = /^usage\/([^/]+)\/[^./]+\.((?:\d*\.){8}\d*)((?:,[^,=]+=\d+)*)$/.exec(key) ?? [];
  if (step === undefined || values === undefined || read === undefined) return undefined;
  const numbers = values.split('.');
  const used = Object.fromEntries(FIELDS.map((field, at) => [field, Number(numbers[at])]));
  const load = numbers.at(-1) === '' ? undefined : (used.load as number) / LOAD_UNIT;
  const reads = read
    .split(',')
    .slice(1)
    .map((one) => one.split('='));
  return {
    step: step.replace('=', ' '),
    used: {
      ...(used as unknown as InvocationUsage),
      load,
      reads: Object.fromEntries(reads.map(([name, count]) => [name, Number(count)])),
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

export const inputSizeOf = (inputs: readonly ObjectInfo[]): InputSize => ({
  objects: inputs.length,
  bytes: weightOfAll(inputs),
});
