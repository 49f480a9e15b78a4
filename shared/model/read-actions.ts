/**
 * Reads grouped actions many at a time: an object in, batches of columns out.
 *
 *   const rejects = new RejectSample();
 *   await readActions(store, source, rejects, ({ count, users, items }) => {
 *     for (let row = 0; row < count; row++) add(users[row], items[row]);
 *   });
 *
 * Lines that are written as grouping writes them go through a kernel (`action-columns.ts`), all others one by one through
 * `GroupedAction`: what comes out is the same.
 */
import { eachJoinedRecord } from '../lines/joined-records.ts';
import type { LinePosition, LineRun, LineSink } from '../lines/line-splitter.ts';
import { type LineSource, readLines } from '../lines/read-lines.ts';
import type { Store } from '../store/store.ts';
import { REASONS } from './action.ts';
import { type ActionBatch, ActionColumns, BATCH_ROWS, WINDOW_BYTES } from './action-columns.ts';
import { GroupedAction } from './action-grouped.ts';

export type { ActionBatch } from './action-columns.ts';

const NEWLINE = 0x0a;

/** Counts the lines that are not blank and takes those that are no actions, as `RejectSample` does. */
export interface RejectSink {
  /** So many bytes were read, as one line or several. */
  read(bytes: number, lines?: number): void;
  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void;
  /** A line that is too long, which was not told to `read`. @param unread as `LineSink.tooLong` has it */
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

/** Takes 1 to 1024 actions. The columns are valid during the call only. */
export type BatchSink = (batch: ActionBatch) => void;

/** Columns that no reading uses just now. */
const idle: ActionColumns[] = [];

/**
 * Hands the actions of `source` to `onBatch`, and each line that is none to `rejects`.
 *
 * @throws as `readLines`, and what `onBatch` throws
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

/** The same for lines that come from elsewhere: the sink of a `LineSplitter` with the usual cap. Call `finish` behind the last line. */
export class ActionReader implements LineSink {
  readonly takesJoined = true;
  readonly #object: string;
  readonly #rejects: RejectSink;
  readonly #onBatch: BatchSink;
  readonly #columns: ActionColumns;
  readonly #action = new GroupedAction();
  /** A record that was cut out of a line is a line of its own. */
  readonly #record = this.line.bind(this);

  /** @param object the name that rejects are told under */
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

  /** Hands over the actions that are left. */
  finish(): void {
    if (this.#columns.count > 0) this.#onBatch(this.#columns);
    this.#columns.count = 0;
  }

  /** Reads the whole lines in `buffer[start, end)`, which fit the kernel's window; returns where the next line begins. */
  #window(buffer: Buffer, start: number, end: number, run: LineRun): number {
    const columns = this.#columns;
    columns.load(buffer, start, end);
    let at = start;
    while (at < end) {
      const before = columns.count;
      const lineStart = at;
      at = start + columns.read(at - start, end - start);
      const lines = columns.count - before;
      // Each ends in the newline that the kernel has looked for.
      this.#rejects.read(at - lineStart - lines, lines);
      run.skip(lines);
      if (columns.count === BATCH_ROWS) this.finish();
      else if (at < end) at = run.single(buffer, at);
    }
    return at;
  }
}
