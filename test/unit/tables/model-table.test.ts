/** Tests the readers of output lines, and the rules for declared tables. */
import { expect, test } from 'vitest';
import { actionRows, itemListRows, recordRows, vectorRows } from '../../../shared/tables/line-rows.ts';
import { type ModelColumn, type ModelTable, tableProblems } from '../../../shared/tables/model-table.ts';
import type { Cell } from '../../../shared/tables/table-rows.ts';

/** Returns the rows of a text with a line for each row. */
function rowsOf(read: ModelTable['read'], text: string): Cell[][] {
  const rows: Cell[][] = [];
  const take = read((...cells) =>
    rows.push(cells.map((cell) => (ArrayBuffer.isView(cell) ? Array.from(cell as Float64Array) : cell))),
  );
  for (const line of text.split('\n')) take(Buffer.from(line), 0, Buffer.byteLength(line));
  return rows;
}

test('A record becomes the values of its keys, in the order of the columns', () => {
  expect(rowsOf(recordRows('user', 'tag', 'items'), '{"tag":"a","items":[1,2],"user":7}')).toEqual([[7, 'a', [1, 2]]]);
  expect(() => rowsOf(recordRows('user', 'tag'), '{"user":7}')).toThrow('it has no tag');
  expect(() => rowsOf(recordRows('user'), '{"user":null}')).toThrow('its user is null');
  expect(() => rowsOf(recordRows('user'), 'user')).toThrow('it is no JSON object');
});

test('A vector has the doubles of its decimals, and every row as many numbers as the first', () => {
  expect(rowsOf(vectorRows(','), '9007199254740991|0.1,-1.234e-05\n7|1,2')).toEqual([
    [9007199254740991, [0.1, -1.234e-5]],
    [7, [1, 2]],
  ]);
  expect(rowsOf(vectorRows('|'), '3|0.5|1|2')).toEqual([[3, [0.5, 1, 2]]]);
  expect(() => rowsOf(vectorRows(','), '1|1,2\n2|1')).toThrow('it has fewer than 2 numbers');
  expect(() => rowsOf(vectorRows(','), '1|1,2\n2|1,2,3')).toThrow('it has more than 2 numbers');
});

test('Lines of items are numbered from 1', () => {
  expect(rowsOf(itemListRows, '5 5 9007199254740991\n3')).toEqual([
    [1, [5, 5, 9007199254740991]],
    [2, [3]],
  ]);
  expect(() => rowsOf(itemListRows, '5, 6')).toThrow('it is not item ids separated by single spaces');
});

test('An action has null for what its line does not have', () => {
  const full =
    '{"timestamp_utc":"2011-12-09T08:00:00Z","client":"shop","client_userid":"anna","userid":7,"itemid":20,"client_itemid":null,"rectag":null,"type":1,"value":2.5,"extra_data":{"a": 1}}';
  expect(rowsOf(actionRows, full)).toEqual([['2011-12-09T08:00:00Z', 'anna', 7, 20, null, null, 1, 2.5, '{"a":1}']]);
  expect(() => rowsOf(actionRows, '{"client":"shop","userid":7,"itemid":20}')).toThrow('no time or no item');
});

test('A declaration is refused for names that must be quoted, names that repeat, and kinds that no format has', () => {
  const column = (changes: Partial<ModelColumn>): ModelColumn => ({
    name: 'user',
    type: 'int64',
    means: 'a user',
    ...changes,
  });
  const table = (name: string, ...columns: ModelColumn[]): ModelTable => ({
    name,
    summary: 'Rows.',
    columns,
    files: /^part/,
    read: itemListRows,
  });
  expect(tableProblems([table('users', column({}))])).toEqual([]);
  expect(
    tableProblems([
      table('Users', column({})),
      table('a', column({ name: 'the user' })),
      table('a', column({}), column({})),
      table('none'),
      table('ids', column({ type: 'string', ids: 'user' }), column({ name: 'v', list: 'same', ids: 'item' })),
      table('nulls', column({ nullable: true }), column({ name: 'l', type: 'string', list: 'any', nullable: true })),
    ]),
  ).toEqual([
    "'Users' cannot name a table: use lower-case letters, digits and `_`",
    "two tables are called 'a': give one of them another name",
    "column 'the user' of table 'a' has a wrong name: use lower-case letters, digits and `_`",
    "column 'user' of table 'a' is declared twice: give one of the two another name",
    "table 'none' has no columns: declare them",
    "column 'user' of table 'ids' holds ids and is string: make it int64",
    "column 'v' of table 'ids' holds ids and is a vector: make `list` 'any'",
    "column 'user' of table 'nulls' is nullable, which only a text without a list may be: leave out `nullable`",
    "column 'l' of table 'nulls' is nullable, which only a text without a list may be: leave out `nullable`",
  ]);
});
