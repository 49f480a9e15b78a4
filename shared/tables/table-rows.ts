/** Collects rows of a table by column: row by row as lines are read, or from batches of any size. */
import { Growable } from '../columns/growable.ts';
import { type Batch, type Column, isLists, type Lists, type Table, type Values } from './table.ts';

/** The value of a row in one column. */
export type Cell = number | string | null | ArrayLike<number> | readonly string[];

type Numbers = Growable<Float64Array<ArrayBuffer>>;

/** The rows of one column. `starts` has an entry for each row, and one more, if the column has lists. */
interface ColumnRows {
  readonly column: Column;
  readonly starts: Growable<Uint32Array<ArrayBuffer>> | undefined;
  readonly numbers: Numbers | undefined;
  texts: (string | null)[];
  /** The length of the table's vectors; undefined until the first one, and for other columns. */
  vectorLength: number | undefined;
}

export class TableRows {
  readonly #columns: readonly ColumnRows[];
  #count = 0;

  constructor({ columns }: Table) {
    this.#columns = columns.map((column) => ({
      column,
      starts: column.list === undefined ? undefined : new Growable(Uint32Array),
      numbers: column.type === 'string' ? undefined : new Growable(Float64Array),
      texts: [],
      vectorLength: undefined,
    }));
    this.clear();
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Adds a row. Lists are copied.
   * @param cells a value for each column, in their order
   * @throws RangeError for a value that its column cannot hold
   */
  add(...cells: readonly Cell[]): void {
    for (const [index, rows] of this.#columns.entries()) addCell(rows, cells[index] ?? null);
    this.#count++;
  }

  /** Adds the rows `start` (inclusive) to `end` (exclusive) of a batch. @throws RangeError as `add` */
  append({ columns }: Batch, start: number, end: number): void {
    for (const [index, rows] of this.#columns.entries()) appendColumn(rows, columns[index]!, start, end);
    this.#count += end - start;
  }

  /** Returns the rows, as views that are valid until the next row is added. */
  batch(): Batch {
    const columns = this.#columns.map(({ starts, numbers, texts }): Values | Lists => {
      const values: Values = numbers?.view() ?? texts;
      return starts === undefined ? values : { starts: starts.view(), values };
    });
    return { count: this.#count, columns };
  }

  clear(): void {
    this.#count = 0;
    for (const rows of this.#columns) {
      rows.numbers?.truncate(0);
      rows.texts = [];
      rows.starts?.truncate(0);
      rows.starts?.push(0);
    }
  }
}

function addCell(rows: ColumnRows, cell: Cell): void {
  const { column, starts, numbers, texts } = rows;
  if (starts !== undefined) {
    if (cell === null || typeof cell !== 'object') throw new RangeError(`${column.name} takes a list, not ${cell}`);
    if (column.list === 'same') checkLength(rows, cell.length);
    for (let at = 0; at < cell.length; at++) {
      if (numbers === undefined) texts.push(checkedText(column, cell[at]));
      else numbers.push(checked(column, cell[at]));
    }
    starts.push(numbers?.length ?? texts.length);
  } else if (numbers !== undefined) numbers.push(checked(column, cell));
  else texts.push(checkedText(column, cell));
}

/** @throws RangeError for a vector of another length than the first one of the table */
function checkLength(rows: ColumnRows, length: number): void {
  rows.vectorLength ??= length;
  if (length === rows.vectorLength) return;
  throw new RangeError(`${rows.column.name} takes ${rows.vectorLength} numbers as in the first row, not ${length}`);
}

function appendColumn(rows: ColumnRows, from: Values | Lists, start: number, end: number): void {
  if (!isLists(from)) {
    appendValues(rows, from, start, end);
    return;
  }
  const { starts, values } = from;
  const before = rows.starts!.view().at(-1)! - starts[start]!;
  for (let row = start + 1; row <= end; row++) rows.starts!.push(before + starts[row]!);
  appendValues(rows, values, starts[start]!, starts[end]!);
}

function appendValues({ column, numbers, texts }: ColumnRows, values: Values, start: number, end: number): void {
  if (numbers === undefined) for (let at = start; at < end; at++) texts.push(checkedText(column, values[at]!));
  else for (let at = start; at < end; at++) numbers.push(checked(column, values[at]!));
}

const LEAST_INT32 = -(2 ** 31);
const LARGEST_INT32 = 2 ** 31 - 1;

/** @throws RangeError for a value that is no number of the column's type */
function checked({ name, type }: Column, value: unknown): number {
  if (typeof value !== 'number') throw new RangeError(`${name} takes a number, not ${JSON.stringify(value)}`);
  const isWhole = type === 'int64' ? Number.isSafeInteger(value) : type !== 'int32' || isInt32(value);
  if (isWhole) return value;
  throw new RangeError(
    `${name} cannot hold ${value}: it takes ${type === 'int64' ? 'whole numbers below 2^53' : type}`,
  );
}

const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= LEAST_INT32 && value <= LARGEST_INT32;

function checkedText({ name, nullable }: Column, value: unknown): string | null {
  if (typeof value === 'string' || (value === null && nullable === true)) return value as string | null;
  throw new RangeError(`${name} takes a text, not ${JSON.stringify(value)}`);
}
