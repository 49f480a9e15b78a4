/**
 * A simulated world for arrival in virtual minutes. Stores are in memory, names of executions follow the rules of Step
 * Functions, waiting executions wait, and days take three minutes.
 */
import { type ArrivalEnvironment, type Look, objectsCame, settle } from '../../../functions/day-arrival/arrival.ts';
import { arrive, type BatchAnswer } from '../../../functions/day-arrival/batch.ts';
import type { ArrivalRule } from '../../../functions/day-arrival/core.ts';
import { attemptFolder } from '../../../functions/day-arrival/day-records.ts';
import { start, sweep } from '../../../functions/day-arrival/events.ts';
import type { ExecutionStatus } from '../../../shared/job/executions.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store, Written } from '../../../shared/store/store.ts';

/** Source for 2011-12-09: `date -ud 2011-12-09 +%s` / 86,400. */
export const DAY = 15317;
export const FOLDER = 's3://logs/actions.2011/1209';
export const QUIET_MINUTES = 10;
const DAY_MINUTES = 3;
/** 2011-12-10 00:00, when the logs of the day are complete. */
const START = Date.UTC(2011, 11, 10);

export type DailyInput = {
  readonly day: number;
  readonly run: string;
  readonly attempt: number;
  readonly requestedAt: string;
};

/** The key of a log file of the day, or of the marker. */
export const keyOf = (name: string): string =>
  `actions.2011/1209/${name === '_SUCCESS' ? name : `collector-0/${name}`}`;

/** A message of a queue about a new object in the bucket `logs`. */
export const queued = (messageId: string, key: string) => ({
  messageId,
  body: JSON.stringify({ 'detail-type': 'Object Created', detail: { bucket: { name: 'logs' }, object: { key } } }),
});

interface Execution {
  status: ExecutionStatus;
  readonly input: string;
}

export class World {
  minute = 0;
  /** The daily executions in the order of their starts. */
  readonly dailies: DailyInput[] = [];
  /** The end of each day that is started. */
  outcome: ExecutionStatus = 'SUCCEEDED';
  /** What a day does after its grouping, and how it ends. */
  onDay: (day: DailyInput) => Promise<ExecutionStatus> = async () => this.outcome;
  /** The number of lines of each client that the grouping of a day finds. */
  grouped: Readonly<Record<string, number>> = {};
  readonly executions = new Map<string, Execution>();
  /** The largest number of waiting executions at any time. */
  mostWaiting = 0;
  readonly logs: Store = new MemoryStore(FOLDER);
  readonly output: Store = new MemoryStore('s3://models/out');
  readonly environment: ArrivalEnvironment;
  readonly #agenda: { minute: number; act: () => Promise<unknown> }[] = [];

  constructor(rule: ArrivalRule, wrap: (store: Store) => Store = (store) => store) {
    const stores = new Map([
      [FOLDER, wrap(this.logs)],
      ['s3://models/out', wrap(this.output)],
    ]);
    this.environment = {
      openStore: async (location) => stores.get(location) ?? new MemoryStore(location),
      executions: {
        start: (_machine, name, input) => this.#start(name, input),
        status: async (_machine, name) => this.executions.get(name)?.status,
      },
      log: () => undefined,
      now: () => new Date(START + this.minute * 60_000),
      dailyMachine: 'daily',
      arrivalMachine: 'arrival',
      logPattern: 's3://logs/actions.%y/%m%d/*/*',
      outputRoot: 's3://models/out',
      rule,
      quietMinutes: QUIET_MINUTES,
    };
  }

  at(minute: number, act: () => Promise<unknown>): void {
    this.#agenda.push({ minute, act });
  }

  /** Puts a log file. Another `text` changes the content of a file with the same name. */
  put = (name: string, text = name): Promise<Written> => this.logs.put(`collector-0/${name}`, text);
  mark = (): Promise<Written> => this.logs.put('_SUCCESS', '');
  /** The arrival of one object. */
  event = (name: string) => objectsCame(DAY, name === '_SUCCESS', this.environment);
  /** A batch with the events of these objects. The id of a message is its place in the batch. */
  deliver = (...names: string[]): Promise<BatchAnswer> =>
    arrive({ Records: names.map((name, at) => queued(String(at), keyOf(name))) }, this.environment);
  sweep = (days = 3) => sweep(days, this.environment);
  byHand = () => start({ day: DAY }, this.environment);

  /** Performs everything on the agenda up to and including minute `until`. */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const next = Math.min(...this.#agenda.map(({ minute }) => minute));
      if (next > until || next === Number.POSITIVE_INFINITY) return;
      this.minute = Math.max(this.minute, next);
      const at = this.#agenda.findIndex(({ minute }) => minute === next);
      const [due] = this.#agenda.splice(at, 1);
      await due?.act();
    }
  }

  /**
   * Starts an execution by the rules of Step Functions: a running execution with the same input is joined, and any
   * other used name is refused.
   */
  async #start(name: string, input: JsonValue): Promise<boolean> {
    const text = JSON.stringify(input);
    const found = this.executions.get(name);
    if (found !== undefined) return found.status === 'RUNNING' && found.input === text;
    const execution: Execution = { status: 'RUNNING', input: text };
    this.executions.set(name, execution);
    if (name.startsWith('daily-')) {
      const daily = input as DailyInput;
      this.dailies.push(daily);
      this.at(this.minute + DAY_MINUTES, () => this.#end(execution, daily));
      return true;
    }
    const waiting = [...this.executions].filter(
      ([other, { status }]) => other.startsWith('arrival-') && status === 'RUNNING',
    );
    this.mostWaiting = Math.max(this.mostWaiting, waiting.length);
    this.#look(execution, { seen: null, looks: 0 });
    return true;
  }

  #look(execution: Execution, look: Look, minute = this.minute): void {
    const { day, wait } = JSON.parse(execution.input) as { day: number; wait: number };
    this.at(minute, async () => {
      if (execution.status !== 'RUNNING') return;
      const next = await settle(day, wait, look, this.environment);
      if (next.seconds > 0) this.#look(execution, next, this.minute + next.seconds / 60);
      else execution.status = 'SUCCEEDED';
    });
  }

  async #end(execution: Execution, daily: DailyInput): Promise<void> {
    const { run, attempt, day } = daily;
    const grouping = `grouping of ${run}`;
    const clients = Object.fromEntries(Object.entries(this.grouped).map(([name, written]) => [name, { written }]));
    const manifest = { run: grouping, files: [], counts: { clients } };
    await this.output.put(`_rejected/${day}/_SUCCESS`, JSON.stringify(manifest));
    execution.status = await this.onDay(daily);
    if (execution.status !== 'SUCCEEDED') return;
    await this.output.put(`${attemptFolder({ run, attempt })}grouped.json`, JSON.stringify({ run: grouping }));
  }
}
