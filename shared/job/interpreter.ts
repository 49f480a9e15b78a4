/**
 * Runs a state machine in this process. It understands the subset of Amazon States Language that `compileStateMachine` writes,
 * so that a local run and a folded run have the order, the retries and the limits of a run on AWS.
 *
 * Task (lambda:invoke), Map (over a JSON list that an object holds), Pass, Choice, Succeed, Fail; JSONPath of plain fields;
 * Retry and Catch by error name, with back-off and full jitter. A Task that starts an execution of its own machine
 * (`hand-over.ts`) interprets the machine again, in the same process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { HANDED_OVER } from './hand-over.ts';
import { OWN_EXECUTION, OWN_MACHINE, startsOwnMachine } from './nested-executions.ts';
import type { Retrier } from './retries.ts';
import { assertFits } from './state-limit.ts';
import { isStates, type State, type States } from './state-types.ts';

type Data = { readonly [key: string]: JsonValue };

/** The id of the execution and of the machine that run in this process. No service knows them. */
const IN_PROCESS = 'in-process';

/** The functions that an execution calls, and its limits. */
export interface Execution {
  /** Calls a Lambda function by the name in `${name}`. */
  readonly invoke: (handler: string, payload: JsonValue, timeoutSeconds: number) => Promise<JsonValue>;
  readonly readList: (bucket: string, key: string) => Promise<readonly JsonValue[]>;
  /** The number of items of a Map that run at once. */
  readonly concurrency: number;
  readonly onState?: (name: string, items: number | undefined) => void;
  readonly onItem?: (state: string, done: number, of: number) => void;
  /** Called when a call has failed and will be repeated after at most `seconds`. */
  readonly onRetry?: (handler: string, error: Error, retry: number, of: number, seconds: number) => void;
  /** `$$.Execution.StartTime`, ISO-8601. */
  readonly startTime: string;
}

/** Resolves to the last state's output. @throws the error that led to the Fail state, or that the Fail state describes */
export async function execute(machine: States, input: Data, execution: Execution): Promise<Data> {
  let name = machine.StartAt;
  let data = input;
  let cause: unknown;
  for (;;) {
    const state = machine.States[name];
    if (state === undefined) throw new PipelineError(`the state machine has no state '${name}'`);
    assertFits(data, `the input of state '${name}'`);
    if (state.Type === 'Succeed') return data;
    if (state.Type === 'Fail') throw cause ?? describedError(state, data);
    if (state.Type === 'Choice') {
      name = choose(state, data);
      continue;
    }
    try {
      const result = startsOwnMachine(state)
        ? await runNested(machine, state, data, execution)
        : await resultOf(name, state, data, execution);
      data = place(state, data, result);
    } catch (error) {
      const caught = (state.Catch as readonly { readonly Next: string }[] | undefined)?.[0];
      if (caught === undefined) throw error;
      cause = error;
      name = caught.Next;
      continue;
    }
    if (state.End === true) return data;
    name = state.Next as string;
  }
}

async function runNested({ States }: States, state: State, data: Data, execution: Execution): Promise<JsonValue> {
  const { Input } = evaluate(state.Parameters as JsonValue, data) as { Input: Data };
  // A folded run begins elsewhere in the machine, but a loop that was handed over begins here.
  const Output = await execute({ StartAt: HANDED_OVER, States }, Input, execution);
  return evaluate(state.ResultSelector as JsonValue, { Output });
}

async function resultOf(name: string, state: State, data: Data, execution: Execution): Promise<JsonValue> {
  if (state.Type === 'Map') return runMap(name, state, data, execution);
  if (state.Type !== 'Pass') return runTask(name, state, data, execution);
  return state.Result as JsonValue;
}

async function runTask(name: string, state: State, data: Data, execution: Execution): Promise<JsonValue> {
  execution.onState?.(name, undefined);
  return invokeWithRetry(state, data, execution);
}

async function runMap(name: string, state: State, data: Data, execution: Execution): Promise<JsonValue> {
  const reader = evaluate((state.ItemReader as Data).Parameters as JsonValue, data) as { Bucket: string; Key: string };
  const items = await execution.readList(reader.Bucket, reader.Key);
  const processor = state.ItemProcessor;
  if (!isStates(processor)) throw new PipelineError(`the Map '${name}' has no states to run for its items`);
  const task = processor.States[processor.StartAt]!;
  execution.onState?.(name, items.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++]!;
      const selected = evaluate(state.ItemSelector as JsonValue, data, item) as Data;
      await invokeWithRetry(task, selected, execution);
      execution.onItem?.(name, ++done, items.length);
    }
  };
  const lanes = Math.min(
    execution.concurrency,
    (state.MaxConcurrency as number | undefined) || items.length,
    items.length,
  );
  const lost = (await Promise.allSettled(Array.from({ length: lanes }, work))).find(
    (lane) => lane.status === 'rejected',
  );
  if (lost) throw lost.reason;
  return null;
}

async function invokeWithRetry(state: State, data: Data, execution: Execution): Promise<JsonValue> {
  const parameters = evaluate(state.Parameters as JsonValue, data, undefined, execution) as {
    FunctionName: string;
    Payload: JsonValue;
  };
  const handler = parameters.FunctionName.replace(/^\$\{(.*)\}$/, '$1');
  const retriers = (state.Retry ?? []) as readonly Retrier[];
  /** Each retrier counts its own retries, as on AWS. */
  const retries = new Map<Retrier, number>();
  for (;;) {
    try {
      const payload = await execution.invoke(handler, parameters.Payload, state.TimeoutSeconds as number);
      return state.ResultSelector === undefined
        ? payload
        : evaluate(state.ResultSelector as JsonValue, { Payload: payload });
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      const retrier = retriers.find(({ ErrorEquals }) => ErrorEquals.includes(name));
      const before = (retrier && retries.get(retrier)) ?? 0;
      if (retrier === undefined || before >= retrier.MaxAttempts) throw error;
      retries.set(retrier, before + 1);
      const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
      const delay = Math.min(IntervalSeconds * BackoffRate ** before, MaxDelaySeconds);
      execution.onRetry?.(handler, error as Error, before + 1, retrier.MaxAttempts, delay);
      await sleep(Math.random() * delay * 1000);
    }
  }
}

type Choice = {
  readonly Variable: string;
  readonly And?: readonly Choice[];
  readonly Or?: readonly Choice[];
  readonly BooleanEquals?: boolean;
  readonly StringEquals?: string;
  readonly NumericGreaterThan?: number;
  readonly IsPresent?: boolean;
  readonly Next: string;
};

function choose(state: State, data: Data): string {
  const taken = (state.Choices as readonly Choice[]).find((choice) => holds(choice, data));
  return taken?.Next ?? (state.Default as string);
}

function holds(choice: Choice, data: Data): boolean {
  if (choice.And !== undefined) return choice.And.every((one) => holds(one, data));
  if (choice.Or !== undefined) return choice.Or.some((one) => holds(one, data));
  if (choice.IsPresent !== undefined) return (valueAt(choice.Variable, data) !== undefined) === choice.IsPresent;
  const value = lookUp(choice.Variable, data);
  if (choice.NumericGreaterThan !== undefined) return typeof value === 'number' && value > choice.NumericGreaterThan;
  return value === (choice.StringEquals ?? choice.BooleanEquals);
}

/** Returns the error of a Fail state that a Choice led to. */
function describedError({ ErrorPath, CausePath }: State, data: Data): Error {
  const error = new PipelineError(String(lookUp(CausePath as string, data)));
  error.name = String(lookUp(ErrorPath as string, data));
  return error;
}

/** Puts a result at the state's ResultPath; null discards it. */
function place(state: State, data: Data, result: JsonValue): Data {
  if (state.ResultPath === null) return data;
  const field = (state.ResultPath as string).slice('$.'.length);
  return { ...data, [field]: result };
}

/** Evaluates a payload template: keys that end with `.$` hold a path, and all other values are literal. */
function evaluate(template: JsonValue, data: Data, item?: JsonValue, execution?: Execution): JsonValue {
  if (typeof template !== 'object' || template === null || Array.isArray(template)) return template;
  return Object.fromEntries(
    Object.entries(template as Data).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), lookUp(value as string, data, item, execution)]
        : [key, evaluate(value, data, item, execution)],
    ),
  );
}

function lookUp(path: string, data: Data, item?: JsonValue, execution?: Execution): JsonValue {
  if (path === '$$.Map.Item.Value') return item as JsonValue;
  if (path === '$$.Execution.StartTime') return execution?.startTime as string;
  if (path === OWN_EXECUTION || path === OWN_MACHINE) return IN_PROCESS;
  if (path === '$') return data;
  const value = valueAt(path, data);
  if (value === undefined) throw new PipelineError(`the state's data has nothing at '${path}'`);
  return value;
}

const valueAt = (path: string, data: Data): JsonValue | undefined =>
  path
    .slice('$.'.length)
    .split('.')
    .reduce<JsonValue | undefined>((value, field) => (value as Data | undefined)?.[field], data);
