/**
 * Reads grouped actions many at a time: an object in, batches of columns out.
 *
 *   const rejects = new RejectSample();
 *   await readActions(store, source, rejects, ({ count, users, items }) => {
 *     for (let row = 0; row < count; row++) add(users[row], items[row]);
 *   });
 */
import type { LinePosition, LineSink } from '../lines/line-splitter.ts';
import { type LineSource, readLines } from '../lines/read-lines.ts';
import type { Store } from '../store/store.ts';
import { REASONS } from './action.ts';
import { GroupedAction } from './action-grouped.ts';

/** Rows a batch at most: its columns stay in the processor's nearest caches. */
export const BATCH_ROWS = 1024;

/** Actions in the order of their lines; row `r < count` of each column. The columns are used again for the next batch. */
export interface ActionBatch {
  readonly count: number;
  /** Ids from 1 to 2^53 - 1. */
  readonly users: Float64Array;
  /** Ids from 0 to 2^53 - 1. */
  readonly items: Float64Array;
  readonly types: Float64Array;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Counts the lines that are not blank and takes those that are no actions, as `RejectSample` does. */
export interface RejectSink {
  lines: number;
  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void;
}

/**
 * Hands the actions of `source` to `onBatch`, 1 to 1024 at a time, and what is none to `rejects`. A batch is valid during
 * the call only.
 *
 * @throws as `readLines`, and what `onBatch` throws
 */
export async function readActions(
  store: Store,
  source: LineSource,
  rejects: RejectSink,
  onBatch: (batch: ActionBatch) => void,
): Promise<void> {
  const reader = new ActionReader(source.key, rejects, onBatch);
  await readLines(store, source, reader);
  reader.finish();
}

/** The same for lines that come from elsewhere: a sink of a `LineSplitter`. Call `finish` behind the last line. */
export class ActionReader implements LineSink, ActionBatch {
  count = 0;
  readonly users = new Float64Array(BATCH_ROWS);
  readonly items = new Float64Array(BATCH_ROWS);
  readonly types = new Float64Array(BATCH_ROWS);
  readonly times = new Float64Array(BATCH_ROWS);
  readonly values = new Float64Array(BATCH_ROWS);
  readonly #object: string;
  readonly #rejects: RejectSink;
  readonly #onBatch: (batch: ActionBatch) => void;
  readonly #action = new GroupedAction();

  constructor(object: string, rejects: RejectSink, onBatch: (batch: ActionBatch) => void) {
    this.#object = object;
    this.#rejects = rejects;
    this.#onBatch = onBatch;
  }

  line(buffer: Buffer, start: number, end: number, position: LinePosition): void {
    this.#rejects.lines++;
    const action = this.#action;
    if (!action.parse(buffer, start, end)) {
      this.#rejects.add(this.#object, position, action.reason, buffer, start, end);
      return;
    }
    const row = this.count++;
    this.users[row] = action.user;
    this.items[row] = action.item;
    this.types[row] = action.type;
    this.times[row] = action.timeMs;
    this.values[row] = action.value;
    if (this.count === BATCH_ROWS) this.finish();
  }

  tooLong(buffer: Buffer, start: number, end: number, position: LinePosition): void {
    this.#rejects.lines++;
    this.#rejects.add(this.#object, position, REASONS.tooLong, buffer, start, end);
  }

  /** Hands over what is left. */
  finish(): void {
    if (this.count > 0) this.#onBatch(this);
    this.count = 0;
  }
}
