/**
 * The declaration of a job's output as tables, in `functions/<job>/tables.ts`. `offline export` follows it and knows no job.
 *
 * An output is text. A table says which files hold its rows, and how a line becomes rows:
 *
 *     {"user":7,"tag":"red","weight":0.5}     recordRows('user', 'tag', 'weight')     →     7, 'red', 0.5
 */
import type { JsonValue } from '../json.ts';
import type { IdKind } from '../model/assigned-id.ts';
import type { TakeLine } from '../model/model-lines.ts';
import type { Column } from './table.ts';
import type { Cell } from './table-rows.ts';

export interface ModelColumn extends Column {
  /** The meaning of a value, in words that continue "the column is …". */
  readonly means: string;
  /** Set for ids of users or items, which may be exported as the client's own texts. */
  readonly ids?: IdKind;
}

/** Adds a row, with a value for each column. @throws RangeError for a value that its column cannot hold */
export type AddRow = (...cells: readonly Cell[]) => void;

export interface ModelTable {
  /** The name of the exported file, in words of the field. */
  readonly name: string;
  /** A sentence about the rows, for people. */
  readonly summary: string;
  readonly columns: readonly ModelColumn[];
  /** Matches the names of the output's files that hold the table. They are read in the order of their names. */
  readonly files: RegExp;
  /** True for an output with such settings that has the client's own texts in place of ids of users and items. */
  readonly hasTexts?: (settings: Readonly<Record<string, JsonValue>>) => boolean;
  /** The number of lines at the beginning of a file that are no rows. Default 0. */
  readonly headerLines?: number;
  /**
   * Returns the reader of the lines of all files, one after another. In a table of vectors each line is one row.
   *
   * The reader throws RangeError for a line of another form.
   */
  readonly read: (add: AddRow) => TakeLine;
}

/** The form of a name that no reader has to quote. */
const NAME = /^[a-z][a-z0-9_]*$/;

/** Returns a sentence for each mistake in the tables of a job. */
export function tableProblems(tables: readonly ModelTable[]): string[] {
  const names = tables.map(({ name }) => name);
  return [
    ...names.filter((name) => !NAME.test(name)).map((name) => `'${name}' cannot name a table: ${CURE_OF_NAMES}`),
    ...repeated(names).map((name) => `two tables are called '${name}': give one of them another name`),
    ...tables.flatMap(columnProblems),
  ];
}

const CURE_OF_NAMES = 'use lower-case letters, digits and `_`';

function columnProblems({ name: table, columns }: ModelTable): string[] {
  const names = columns.map(({ name }) => name);
  const of = (column: string): string => `column '${column}' of table '${table}'`;
  return [
    ...(columns.length === 0 ? [`table '${table}' has no columns: declare them`] : []),
    ...names.filter((name) => !NAME.test(name)).map((name) => `${of(name)} has a wrong name: ${CURE_OF_NAMES}`),
    ...repeated(names).map((name) => `${of(name)} is declared twice: give one of the two another name`),
    ...columns.flatMap((column) => kindProblems(column).map((problem) => `${of(column.name)} ${problem}`)),
  ];
}

function kindProblems({ type, list, nullable, ids }: ModelColumn): string[] {
  return [
    ...(ids !== undefined && type !== 'int64' ? [`holds ids and is ${type}: make it int64`] : []),
    ...(ids !== undefined && list === 'same' ? ["holds ids and is a vector: make `list` 'any'"] : []),
    ...(nullable === true && (type !== 'string' || list !== undefined)
      ? ['is nullable, which only a text without a list may be: leave out `nullable`']
      : []),
  ];
}

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, at) => names.indexOf(name) !== at)),
];
