/** The lines of the output as rows of a table. */
import { LineSplitter } from '../../shared/lines/line-splitter.ts';
import type { Batch, Table } from '../../shared/tables/table.ts';
import { TableRows } from '../../shared/tables/table-rows.ts';
import { addRows, recommendationTable } from './tables.ts';

/** Returns the table of the Parquet files. With `clientIds`, users and items are texts. */
export function tableOf({ clientIds }: { readonly clientIds: boolean }): Table {
  return {
    name: recommendationTable.name,
    columns: recommendationTable.columns.map(({ name: column, type }) => ({
      name: column,
      type: clientIds && type === 'int64' ? 'string' : type,
    })),
  };
}

/** Yields the rows of a part's text. A batch is valid until the next one. */
export async function* rowsOf(table: Table, text: AsyncIterable<Uint8Array>): AsyncGenerator<Batch> {
  const rows = new TableRows(table);
  const splitter = new LineSplitter(
    {
      line: (buffer, start, end) => addRows(buffer.toString('utf8', start, end), (...cells) => rows.add(...cells)),
      tooLong: (_buffer, _start, _end, { number }) => {
        throw new RangeError(`line ${number} of a part is too long`);
      },
    },
    { maxLineBytes: Number.POSITIVE_INFINITY },
  );
  for await (const chunk of text) {
    splitter.push(chunk);
    yield rows.batch();
    rows.clear();
  }
  splitter.finish();
  yield rows.batch();
}
