/**
 * The columns that grouped actions are read into. A WebAssembly kernel reads many lines at once, if they are written exactly
 * as grouping writes them. Other actions are added by the caller.
 */
import { instantiate } from '../kernels/instantiate.ts';
import { PAGE_BYTES } from '../kernels/memory-layout.ts';
import { FIELD_PREFIXES } from './action.ts';

/** The most rows of a batch. Its columns stay in the processor's nearest caches. */
export const BATCH_ROWS = 1024;
/** The most bytes of lines that the kernel reads at a time, for the same reason. */
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

/** The layout of the kernel's memory. The bytes below 4096 are the kernel's own, and position 0 is zero. */
const PREFIXES_AT = 4096;
/** The bytes of a field's entry in the table of prefixes, and the offsets of the length and the mask in the entry. */
const PREFIX_BYTES = 64;
const LENGTH_AT = 32;
const MASK_AT = 48;
const POWERS_AT = 6144;
const COLUMNS_AT = 8192;
const COLUMN_BYTES = BATCH_ROWS * Float64Array.BYTES_PER_ELEMENT;
const COLUMN_COUNT = 5;
const WINDOW_AT = COLUMNS_AT + COLUMN_COUNT * COLUMN_BYTES;
/** Zeros behind the lines, at which the kernel's functions stop. */
const MARGIN_BYTES = 64;
const PAGES = Math.ceil((WINDOW_AT + WINDOW_BYTES + MARGIN_BYTES) / PAGE_BYTES);
/** The bytes of a prefix that the kernel compares through the mask. */
const MASK_BYTES = 16;
/** The kernel divides by 10^0 … 10^15. */
const POWERS = 16;

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
      this.#bytes.fill(0xff, at + MASK_AT, at + MASK_AT + Math.min(MASK_BYTES, prefix.length));
    }
    const powers = new Float64Array(buffer, POWERS_AT, POWERS);
    for (let exponent = 0; exponent < powers.length; exponent++) powers[exponent] = Number(`1e${exponent}`);
    this.#kernel.place(PREFIXES_AT, POWERS_AT, COLUMNS_AT, BATCH_ROWS);
  }

  /** Copies `buffer[start, end)` to the kernel's memory: whole lines of at most `WINDOW_BYTES`. */
  load(buffer: Buffer, start: number, end: number): void {
    buffer.copy(this.#bytes, WINDOW_AT, start, end);
    const behind = WINDOW_AT + end - start;
    this.#bytes.fill(0, behind, behind + MARGIN_BYTES);
  }

  /**
   * Reads the lines in `[start, end)` of the loaded bytes. It stops at a line that is not as grouping writes it, or when the
   * rows are full. Returns the start of the next line.
   */
  read(start: number, end: number): number {
    const next = this.#kernel.read(WINDOW_AT + start, WINDOW_AT + end, this.count) - WINDOW_AT;
    this.count = this.#kernel.rows.value;
    return next;
  }
}
