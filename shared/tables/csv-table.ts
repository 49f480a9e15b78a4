/**
 * Writes a table as CSV in UTF-8: a header, then a line for each row, which ends in `\n`. Fields are quoted as RFC 4180 says,
 * and only where they must be.
 *
 * A list of numbers is one field, with its numbers separated by spaces. A list of texts is one field with a JSON array, because
 * texts may hold spaces. A vector `v` is the columns `v_1`, `v_2`, … A null is an empty field, and an empty text is `""`.
 */
import { type Batch, type Column, isLists, isTexts, type Lists, type Sink, type Table, type Values } from './table.ts';
import { jsonText, listTexts, numberText, TextTable } from './text-table.ts';

const MUST_BE_QUOTED = /[",\r\n]/;

export class CsvTable extends TextTable {
  constructor({ columns }: Table, sink: Sink) {
    const opening = (first: Batch | undefined): string =>
      `${columns.flatMap((column, index) => headings(column, first?.columns[index])).join(',')}\n`;
    const line = (batch: Batch, row: number): string =>
      `${columns.map((column, index) => field(column, batch.columns[index]!, row)).join(',')}\n`;
    super({ opening, line }, sink);
  }
}

/** Returns the names of a column's fields. @param rows undefined for a table without a row, whose vectors have no length */
function headings({ name, list }: Column, rows: Values | Lists | undefined): string[] {
  if (list !== 'same') return [name];
  const length = rows !== undefined && isLists(rows) ? rows.starts[1]! - rows.starts[0]! : 0;
  return Array.from({ length }, (_, index) => `${name}_${index + 1}`);
}

function field(column: Column, rows: Values | Lists, row: number): string {
  if (!isLists(rows)) return isTexts(rows) ? quoted(rows[row]!) : numberText(rows, row);
  if (column.type === 'string') return quoted(`[${listTexts(rows, row, jsonText).join(',')}]`);
  return listTexts(rows, row, numberText).join(column.list === 'same' ? ',' : ' ');
}

function quoted(text: string | null): string {
  if (text === null) return '';
  return text === '' || MUST_BE_QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
