/** Writes a table as NDJSON: an object on each line, with a key for each column. Lists and vectors are arrays. */
import { type Batch, type Column, isLists, type Lists, type Sink, type Table, type Values } from './table.ts';
import { jsonText, listTexts, numberText, TextTable } from './text-table.ts';

export class NdjsonTable extends TextTable {
  constructor({ columns }: Table, sink: Sink) {
    const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
    const line = (batch: Batch, row: number): string =>
      `{${columns.map((column, index) => keys[index]! + value(column, batch.columns[index]!, row)).join(',')}}\n`;
    super({ opening: () => '', line }, sink);
  }
}

function value({ type }: Column, rows: Values | Lists, row: number): string {
  const textOf = type === 'string' ? jsonText : numberText;
  return isLists(rows) ? `[${listTexts(rows, row, textOf).join(',')}]` : textOf(rows, row);
}
