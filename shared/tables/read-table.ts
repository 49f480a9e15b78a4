/** Reads a table from the files of a published output, a batch at a time. */
import { CorruptInputError } from '../errors.ts';
import type { LineSink } from '../lines/line-sink.ts';
import { readLines } from '../lines/read-lines.ts';
import type { PublishedOutput } from '../live/published-output.ts';
import type { ObjectInfo } from '../store/store.ts';
import type { ModelTable } from './model-table.ts';
import type { Batch, Table } from './table.ts';
import { type Cell, TableRows } from './table-rows.ts';

/** A table as it is exported: its columns, and the change of a row that was read. */
export interface ExportedTable extends Table {
  readonly source: ModelTable;
  readonly cellsOf: (cells: readonly Cell[]) => readonly Cell[];
}

/** Returns the files of an output that hold a table, by name. A file without a line is left out. */
function filesOf({ files, folder }: PublishedOutput, table: ModelTable): ObjectInfo[] {
  return files.filter(({ key }) => table.files.test(key.slice(folder.length)));
}

/**
 * Reads all rows. A batch is valid until the promise of `take` is fulfilled.
 *
 * @returns the number of rows
 * @throws CorruptInputError naming the file and the line that is no row; what `take` throws
 */
export async function readTable(
  output: PublishedOutput,
  table: ExportedTable,
  take: (batch: Batch) => Promise<void>,
): Promise<number> {
  const rows = new TableRows(table);
  const { headerLines = 0, read } = table.source;
  const takeLine = read((...cells) => rows.add(...table.cellsOf(cells)));
  let total = 0;
  for (const file of filesOf(output, table.source)) {
    const refuse = (number: number | undefined, why: string): never => {
      throw new CorruptInputError(
        `${output.store.root}/${file.key}, line ${number}: ${why}. Run the job of this day again, and it is published anew`,
      );
    };
    const sink: LineSink = {
      line: (buffer, start, end, { number = 0 }) => {
        if (number <= headerLines) return;
        try {
          takeLine(buffer, start, end);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          refuse(number, error.message);
        }
      },
      tooLong: (_buffer, _start, _end, { number }) => refuse(number, 'it is too long for a line of an output'),
      drain: async () => {
        if (rows.count === 0) return;
        await take(rows.batch());
        total += rows.count;
        rows.clear();
      },
    };
    await readLines(output.store, file, sink);
  }
  return total;
}

/** Returns the number of rows of a table in which every line is one row, by reading its lines without their content. */
export async function countRows(output: PublishedOutput, table: ModelTable): Promise<number> {
  const { headerLines = 0 } = table;
  let rows = 0;
  const line: LineSink['line'] = (_buffer, _start, _end, { number = 0 }) => {
    if (number > headerLines) rows++;
  };
  // A line that is too long counts here, and is refused when the rows are read.
  const tooLong: LineSink['tooLong'] = () => void rows++;
  for (const file of filesOf(output, table)) await readLines(output.store, file, { line, tooLong });
  return rows;
}
