/** A table with a column of every kind, and rows with values that a format may spoil. */

import { collectBody } from '../../shared/store/body.ts';
import type { Batch, Sink, Table, TableWriter } from '../../shared/tables/table.ts';
import { tableBody } from '../../shared/tables/table-body.ts';
import { type Cell, TableRows } from '../../shared/tables/table-rows.ts';

export const EXAMPLE: Table = {
  name: 'example',
  columns: [
    { name: 'user', type: 'int64' },
    { name: 'rank', type: 'int32' },
    { name: 'score', type: 'float32' },
    { name: 'weight', type: 'float64' },
    { name: 'tag', type: 'string' },
    { name: 'note', type: 'string', nullable: true },
    { name: 'items', type: 'int64', list: 'any' },
    { name: 'words', type: 'string', list: 'any' },
    { name: 'vector', type: 'float32', list: 'same' },
  ],
};

export const EXAMPLE_ROWS: readonly (readonly Cell[])[] = [
  [0, -(2 ** 31), 0.1, 0.1, 'plain', 'x', [1, 2 ** 53 - 1], ['red'], [0.5, -1.234e-5]],
  [2 ** 53 - 1, 2 ** 31 - 1, -2.5e-7, 1 / 3, 'a,"b"\r\nc', null, [], [], [1, 2]],
  [4_294_967_296, 0, 1e10, -0.25, '', '', [7], ['Ärger, "x"', ' two words ', ''], [0, 3.4028e38]],
];

/** Returns rows as batches of `size` rows. */
export function* batchesOf(table: Table, rows: Iterable<readonly Cell[]>, size = 1024): Iterable<Batch> {
  const collected = new TableRows(table);
  for (const row of rows) {
    collected.add(...row);
    if (collected.count < size) continue;
    yield collected.batch();
    collected.clear();
  }
  yield collected.batch();
}

/** Returns the bytes of a file with these batches. */
export const fileOf = async (open: (sink: Sink) => TableWriter, batches: Iterable<Batch>): Promise<Buffer> =>
  Buffer.from(await collectBody(tableBody(open, batches)));
