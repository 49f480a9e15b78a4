/**
 * Interprets a state machine of any kind of states that this project uses, in virtual time. It has the rules of Step Functions
 * for Retry, Catch, ResultPath and the items of a Distributed Map, and counts the transitions that AWS bills.
 */

import type { Retrier } from '../../shared/job/retries.ts';
import { isStates, type State, type States } from '../../shared/job/state-machine.ts';
import { isRecord, type JsonValue } from '../../shared/json.ts';
import type { VirtualClock } from './virtual-clock.ts';

type Data = Readonly<Record<string, JsonValue>>;

/** An error as a state reports it. */
export class StateError extends Error {
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.name = error;
    this.error = error;
  }
}

export interface Services {
  readonly clock: VirtualClock;
  /** Returns a number in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** Calls a function, or starts the machine `machine:<job>` and waits for it. @throws StateError */
  readonly call: (name: string, payload: JsonValue) => Promise<JsonValue>;
  readonly readList: (bucket: string, key: string) => Promise<readonly JsonValue[]>;
}

/** The characters of all outputs of the items of a Map that Step Functions takes. More of them end the execution. */
const MOST_OUTPUT = 262_144;

export class MachineWalker {
  /** The states that were entered, by name, at all levels. */
  readonly entered = new Map<string, number>();
  /** The retries of all states, by the name of the error. */
  readonly retried = new Map<string, number>();
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  get transitions(): number {
    return [...this.entered.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves to the output. @throws StateError when it ends in a Fail state, or with an error that no Catch takes */
  async run(machine: States, input: Data): Promise<JsonValue> {
    let name = machine.StartAt;
    let data: JsonValue = input;
    for (;;) {
      const state = machine.States[name]!;
      count(this.entered, name);
      if (state.Type === 'Succeed') return data;
      if (state.Type === 'Fail') throw failure(state, data as Data);
      if (state.Type === 'Choice') {
        name = choose(state, data as Data);
        continue;
      }
      try {
        data = placed(state, data as Data, await this.#result(state, data as Data));
      } catch (thrown) {
        const { error, message } = thrown as StateError;
        const [caught] = (state.Catch ?? []) as readonly { readonly Next: string; readonly ResultPath: string }[];
        if (caught === undefined || error === undefined || error === 'States.DataLimitExceeded') throw thrown;
        data = placed(caught, data as Data, { Error: error, Cause: message });
        name = caught.Next;
        continue;
      }
      if (state.End === true) return data;
      name = state.Next as string;
    }
  }

  async #result(state: State, data: Data): Promise<JsonValue> {
    if (state.Type === 'Pass') return state.Result as JsonValue;
    const retriers = (state.Retry ?? []) as readonly Retrier[];
    const attempts = new Map<Retrier, number>();
    for (;;) {
      try {
        const result = await this.#once(state, data);
        return state.ResultSelector === undefined ? result : evaluated(state.ResultSelector, result as Data);
      } catch (thrown) {
        const { error } = thrown as StateError;
        const retrier = retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error));
        const before = (retrier && attempts.get(retrier)) ?? 0;
        if (retrier === undefined || before >= retrier.MaxAttempts) throw thrown;
        attempts.set(retrier, before + 1);
        count(this.retried, error);
        const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
        const longest = Math.min(IntervalSeconds * BackoffRate ** before, MaxDelaySeconds);
        await this.#services.clock.sleep(this.#services.random() * longest * 1000);
      }
    }
  }

  async #once(state: State, data: Data): Promise<JsonValue> {
    if (state.Type === 'Parallel') {
      return Promise.all((state.Branches as readonly JsonValue[]).filter(isStates).map((part) => this.run(part, data)));
    }
    if (state.Type === 'Map') return this.#map(state, data);
    const { FunctionName, StateMachineArn, Payload, Input } = evaluated(state.Parameters as JsonValue, data) as Data;
    const name = ((FunctionName ?? StateMachineArn) as string).slice('${'.length, -'}'.length);
    const answer = await this.#services.call(name, (Payload ?? Input) as JsonValue);
    return StateMachineArn === undefined ? { Payload: answer } : { Output: answer };
  }

  async #map(state: State, data: Data): Promise<JsonValue> {
    const { Bucket, Key } = evaluated((state.ItemReader as Data).Parameters as JsonValue, data) as Data;
    const items = await this.#services.readList(Bucket as string, Key as string);
    const outputs: JsonValue[] = [];
    const { ToleratedFailureCount: tolerated = 0 } = state as { readonly ToleratedFailureCount?: number };
    let next = 0;
    let failed = 0;
    const lane = async (): Promise<void> => {
      while (next < items.length) {
        const at = next++;
        const input = evaluated(state.ItemSelector as JsonValue, data, items[at]) as Data;
        try {
          outputs[at] = await this.run(state.ItemProcessor as States, input);
        } catch (thrown) {
          if (!(thrown instanceof StateError)) throw thrown;
          if (++failed <= tolerated) continue;
          next = items.length;
          throw new StateError('States.ExceedToleratedFailureThreshold', thrown.message);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(state.MaxConcurrency as number, items.length) }, lane));
    if (JSON.stringify(outputs).length > MOST_OUTPUT)
      throw new StateError('States.DataLimitExceeded', `the outputs of ${items.length} items are too long`);
    return outputs;
  }
}

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

function failure({ Error: name, ErrorPath, CausePath }: State, data: Data): StateError {
  const at = (path: JsonValue | undefined): string => String(path === undefined ? '' : lookUp(path as string, data));
  return new StateError((name as string | undefined) ?? at(ErrorPath), at(CausePath));
}

function choose({ Choices, Default }: State, data: Data): string {
  return (Choices as readonly State[]).find((rule) => holds(rule, data))?.Next?.toString() ?? (Default as string);
}

function holds(rule: State, data: Data): boolean {
  if (rule.And !== undefined) return (rule.And as State[]).every((one) => holds(one, data));
  if (rule.Or !== undefined) return (rule.Or as State[]).some((one) => holds(one, data));
  const value = lookUp(rule.Variable as string, data);
  if (rule.BooleanEquals !== undefined) return value === rule.BooleanEquals;
  if (rule.StringEquals !== undefined) return value === rule.StringEquals;
  if (rule.NumericGreaterThan !== undefined) return (value as number) > (rule.NumericGreaterThan as number);
  throw new Error(`the walker has no rule for ${JSON.stringify(rule)}`);
}

/** Puts a result at a ResultPath: `$.field`, null to discard it, or none to take it as the whole output. */
function placed({ ResultPath }: { readonly ResultPath?: JsonValue }, data: Data, result: JsonValue): JsonValue {
  if (ResultPath === null) return data;
  if (ResultPath === undefined) return result;
  return Object.assign({}, data, { [(ResultPath as string).slice('$.'.length)]: result });
}

function evaluated(template: JsonValue, data: Data, item?: JsonValue): JsonValue {
  if (!isRecord(template)) return template;
  return Object.fromEntries(
    Object.entries(template as Data).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -'.$'.length), lookUp(value as string, data, item)]
        : [key, evaluated(value, data, item)],
    ),
  );
}

/** Looks up `$`, `$.a.b`, `$.a['b c']` or `$[0]`. @throws Error for a path that leads nowhere, as Step Functions does */
function lookUp(path: string, data: Data, item?: JsonValue): JsonValue {
  if (path === '$$.Map.Item.Value') return item as JsonValue;
  if (path === '$$.Execution.Id') return 'arn:walked';
  let value: JsonValue | undefined = data;
  for (const [, name, quoted, index] of path.matchAll(/\.([A-Za-z0-9]+)|\['([^']*)'\]|\[(\d+)\]/g)) {
    value = (value as Data | undefined)?.[(name ?? quoted ?? index) as string];
  }
  if (value === undefined) throw new Error(`the state's data has nothing at ${path}: ${JSON.stringify(data)}`);
  return value;
}
