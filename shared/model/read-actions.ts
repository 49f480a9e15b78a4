/**
 * Reads the grouped actions of an object, and passes them on in batches of columns.
 *
 *   const rejects = new RejectSample();
 *   await readActions(store, source, rejects, ({ count, users, items }) => {
 *     for (let row = 0; row < count; row++) add(users[row], items[row]);
 *   });
 *
 * A kernel reads the lines that are written as grouping writes them (`action-columns.ts`), and `GroupedAction` reads all
 * others one by one. Both give the same numbers.
 */
import { eachJoinedRecord } from '../lines/joined-records.ts';
import type { LinePosition, LineRun, LineSink } from '../lines/line-sink.ts';
import { type LineSource, readLines } from '../lines/read-lines.ts';
import type { Store } from '../store/store.ts';
import { REASONS } from './action.ts';
import { type ActionBatch, ActionColumns, BATCH_ROWS, WINDOW_BYTES } from './action-columns.ts';
import { GroupedAction } from './action-grouped.ts';

export type { ActionBatch } from './action-columns.ts';

const NEWLINE = 0x0a;

/** Counts the lines that are not blank, and takes the lines that are not actions. `RejectSample` is one. */
export interface RejectSink {
  /** Counts the bytes and the lines that were read. */
  read(bytes: number, lines?: number): void;
  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void;
  /** Takes a line that is too long and was not counted by `read`. @param unread as in `LineSink.tooLong` */
  addTooLong(
    object: string,
    position: LinePosition,
    reason: string,
    buffer: Buffer,
    start: number,
    end: number,
    unread: number,
  ): void;
}

/** Passes rejected lines over, for readers of days whose jobs have reported them. */
export const NO_REJECTS: RejectSink = { read: () => undefined, add: () => undefined, addTooLong: () => undefined };

/** Takes 1 to 1024 actions. The columns are valid during the call only. */
export type BatchSink = (batch: ActionBatch) => void;

/** Columns that no reader uses now. They are kept for the next one. */
const idle: ActionColumns[] = [];

/**
 * Passes the actions of `source` to `onBatch`, and each line that is not an action to `rejects`.
 *
 * @throws what `readLines` and `onBatch` throw
 */
export async function readActions(
  store: Store,
  source: LineSource,
  rejects: RejectSink,
  onBatch: BatchSink,
): Promise<void> {
  const columns = idle.pop() ?? new ActionColumns();
  try {
    const reader = new ActionReader(source.key, rejects, onBatch, columns);
    await readLines(store, source, reader);
    reader.finish();
  } finally {
    columns.count = 0;
    idle.push(columns);
  }
}

/** Reads actions as the sink of a `LineSplitter` with the default cap. The caller calls `finish` after the last line. */
export class ActionReader implements LineSink {
  readonly takesJoined = true;
  readonly #object: string;
  readonly #rejects: RejectSink;
  readonly #onBatch: BatchSink;
  readonly #columns: ActionColumns;
  readonly #action = new GroupedAction();
  /** Takes a record of a line with several records as if it were a line of its own. */
  readonly #record = this.line.bind(this);

  /** @param object the object's name in rejects */
  constructor(object: string, rejects: RejectSink, onBatch: BatchSink, columns: ActionColumns = new ActionColumns()) {
    this.#object = object;
    this.#rejects = rejects;
    this.#onBatch = onBatch;
    this.#columns = columns;
  }

  lines(buffer: Buffer, start: number, end: number, run: LineRun): void {
    for (let at = start; at < end; ) {
      const windowEnd = buffer.lastIndexOf(NEWLINE, Math.min(at + WINDOW_BYTES, end) - 1) + 1;
      at = windowEnd > at ? this.#window(buffer, at, windowEnd, run) : run.single(buffer, at);
    }
  }

  line(buffer: Buffer, start: number, end: number, position: LinePosition): void {
    const action = this.#action;
    if (!action.parse(buffer, start, end)) {
      const { reason } = action;
      if (eachJoinedRecord(buffer, start, end, position, this.#record)) return;
      this.#rejects.read(end - start);
      this.#rejects.add(this.#object, position, reason, buffer, start, end);
      return;
    }
    this.#rejects.read(end - start);
    const columns = this.#columns;
    const row = columns.count++;
    columns.users[row] = action.user;
    columns.items[row] = action.item;
    columns.types[row] = action.type;
    columns.times[row] = action.timeMs;
    columns.values[row] = action.value;
    if (columns.count === BATCH_ROWS) this.finish();
  }

  tooLong(buffer: Buffer, start: number, end: number, position: LinePosition, unread: number): void {
    this.#rejects.addTooLong(this.#object, position, REASONS.tooLong, buffer, start, end, unread);
  }

  /** Passes the remaining actions on. */
  finish(): void {
    if (this.#columns.count > 0) this.#onBatch(this.#columns);
    this.#columns.count = 0;
  }

  /** Reads the whole lines in `buffer[start, end)`, which fit the kernel's window. Returns the start of the next line. */
  #window(buffer: Buffer, start: number, end: number, run: LineRun): number {
    const columns = this.#columns;
    columns.load(buffer, start, end);
    let at = start;
    while (at < end) {
      const before = columns.count;
      const lineStart = at;
      at = start + columns.read(at - start, end - start);
      const lines = columns.count - before;
      // Line ends are not counted: each of these lines ends in one newline, which the kernel has checked.
      this.#rejects.read(at - lineStart - lines, lines);
      run.skip(lines);
      if (columns.count === BATCH_ROWS) this.finish();
      else if (at < end) at = run.single(buffer, at);
    }
    return at;
  }
}
