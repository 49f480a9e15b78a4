/**
 * Columns that grouped actions are read into, most of them by a WebAssembly kernel that runs over many lines at once:
 * those that are written exactly as grouping writes them.
 */
import { instantiate } from '../kernels/instantiate.ts';
import { FIELD_PREFIXES } from './action.ts';

/** Rows a batch at most: its columns stay in the processor's nearest caches. */
export const BATCH_ROWS = 1024;
/** Bytes of lines that the kernel sees at a time, for the same reason. */
export const WINDOW_BYTES = 1 << 17;

/** Actions in the order of their lines: row `r < count` of each column. */
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

/** See `kernels/assembly/action-lines.ts`. */
interface Kernel {
  place(prefixTable: number, powerTable: number, firstColumn: number, rowsOfColumn: number): void;
  read(at: number, end: number, firstRow: number): number;
  readonly rows: WebAssembly.Global;
}

/** Where things lie in the kernel's memory; its own few bytes and position 0 are below. */
const PREFIXES_AT = 4096;
const PREFIX_BYTES = 64;
const LENGTH_AT = 32;
const MASK_AT = 48;
const POWERS_AT = 6144;
const COLUMNS_AT = 8192;
const COLUMN_BYTES = BATCH_ROWS * Float64Array.BYTES_PER_ELEMENT;
const WINDOW_AT = COLUMNS_AT + 5 * COLUMN_BYTES;
/** Zeros behind the lines. */
const MARGIN_BYTES = 64;
const PAGES = Math.ceil((WINDOW_AT + WINDOW_BYTES + MARGIN_BYTES) / 65_536);

export class ActionColumns implements ActionBatch {
  count = 0;
  readonly users: Float64Array;
  readonly items: Float64Array;
  readonly types: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly #memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  readonly #bytes = new Uint8Array(this.#memory.buffer);
  readonly #kernel = instantiate<Kernel>('action-lines', this.#memory);

  constructor() {
    const { buffer } = this.#memory;
    const column = (place: number) => new Float64Array(buffer, COLUMNS_AT + place * COLUMN_BYTES, BATCH_ROWS);
    this.users = column(0);
    this.items = column(1);
    this.types = column(2);
    this.times = column(3);
    this.values = column(4);
    for (const [field, prefix] of FIELD_PREFIXES.entries()) {
      const at = PREFIXES_AT + field * PREFIX_BYTES;
      this.#bytes.set(prefix, at);
      this.#bytes[at + LENGTH_AT] = prefix.length;
      this.#bytes.fill(0xff, at + MASK_AT, at + MASK_AT + Math.min(16, prefix.length));
    }
    const powers = new Float64Array(buffer, POWERS_AT, 16);
    for (let exponent = 0; exponent < powers.length; exponent++) powers[exponent] = Number(`1e${exponent}`);
    this.#kernel.place(PREFIXES_AT, POWERS_AT, COLUMNS_AT, BATCH_ROWS);
  }

  /** Puts `buffer[start, end)` before the kernel: whole lines, up to `WINDOW_BYTES`. */
  load(buffer: Buffer, start: number, end: number): void {
    buffer.copy(this.#bytes, WINDOW_AT, start, end);
    const behind = WINDOW_AT + end - start;
    this.#bytes.fill(0, behind, behind + MARGIN_BYTES);
  }

  /**
   * Reads lines of `[start, end)` of what was loaded, until one is not as grouping writes it or the rows are full. Returns
   * where the next line begins.
   */
  read(start: number, end: number): number {
    const next = this.#kernel.read(WINDOW_AT + start, WINDOW_AT + end, this.count) - WINDOW_AT;
    this.count = this.#kernel.rows.value;
    return next;
  }
}
