/**
 * Tables for other programs: named columns of one type each, and rows that come in batches.
 *
 * A batch holds its rows by column. The rows (7, "red", [1, 2]) and (8, "blue", []) of a table with the columns `user`, `tag`
 * and `items` are
 *
 *     count 2, columns [Float64Array [7, 8], ["red", "blue"], { starts: [0, 2, 2], values: Float64Array [1, 2] }]
 */

/** `int64` holds whole numbers from −(2^53 − 1) to 2^53 − 1, as all ids are. */
export type ValueType = 'int64' | 'int32' | 'float32' | 'float64' | 'string';

export interface Column {
  /** Lower-case words joined by `_`, so that no reader has to quote it. */
  readonly name: string;
  readonly type: ValueType;
  /**
   * With `any`, a cell holds a list of values of any length. With `same`, every row of the table has a list of the same length, a
   * vector: the first row decides it. Without it, a cell holds one value.
   */
  readonly list?: 'any' | 'same';
  /** True when a cell may hold null. Only text without a list may. */
  readonly nullable?: true;
}

export interface Table {
  /** The name of its file, without an ending. */
  readonly name: string;
  readonly columns: readonly Column[];
}

/**
 * The values of a column. Numbers of any column may come as doubles, for example the double nearest to a decimal: a text has its
 * shortest digits, and a `float32` of a binary format is the nearest one.
 */
export type Numbers = Float64Array | Float32Array | Int32Array;
export type Texts = readonly (string | null)[];
export type Values = Numbers | Texts;

/** The lists of a column: row `r` has the values from `starts[r]` (inclusive) to `starts[r + 1]` (exclusive). */
export interface Lists {
  readonly starts: Uint32Array;
  readonly values: Values;
}

/** Rows by column, in the order of the table's columns. */
export interface Batch {
  readonly count: number;
  readonly columns: readonly (Values | Lists)[];
}

export const isTexts = (values: Values | Lists): values is Texts => Array.isArray(values);

/** Returns the values of a column of numbers. @throws RangeError for texts */
export function numbersIn(values: Values): Numbers {
  if (isTexts(values)) throw new RangeError('a column of numbers has texts');
  return values;
}

/** True for the rows of a column with lists. */
export const isLists = (column: Values | Lists): column is Lists => 'starts' in column;

/** Takes bytes of a file, in order. They do not change afterwards. */
export type Sink = (bytes: Uint8Array) => Promise<void> | void;

/** Writes the rows of a table in one format. Its memory does not grow with the number of rows that were written. */
export interface TableWriter {
  /** @throws RangeError for a value that the column cannot hold */
  write(batch: Batch): Promise<void>;
  /** Writes the rest of the file. A file without this end is not valid. */
  finish(): Promise<void>;
}
