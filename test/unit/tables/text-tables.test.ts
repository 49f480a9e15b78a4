/** Tests the formats of text: what each kind of value is written as. */
import { expect, test } from 'vitest';
import { CsvTable } from '../../../shared/tables/csv-table.ts';
import { NdjsonTable } from '../../../shared/tables/ndjson-table.ts';
import type { Batch, Column, Table } from '../../../shared/tables/table.ts';
import { type Cell, TableRows } from '../../../shared/tables/table-rows.ts';
import { batchesOf, EXAMPLE, EXAMPLE_ROWS, fileOf } from '../../helpers/example-table.ts';

const csv = async (table: Table, batches: Iterable<Batch>): Promise<string> =>
  (await fileOf((sink) => new CsvTable(table, sink), batches)).toString();
const ndjson = async (table: Table, batches: Iterable<Batch>): Promise<string> =>
  (await fileOf((sink) => new NdjsonTable(table, sink), batches)).toString();

test('CSV has a header, quotes what must be quoted, and tells null from an empty text', async () => {
  const lines = [
    'user,rank,score,weight,tag,note,items,words,vector_1,vector_2',
    '0,-2147483648,0.1,0.1,plain,x,1 9007199254740991,"[""red""]",0.5,-0.00001234',
    '9007199254740991,2147483647,-2.5e-7,0.3333333333333333,"a,""b""\r\nc",,,[],1,2',
    '4294967296,0,10000000000,-0.25,"","",7,"[""Ärger, \\""x\\"""",""" two words "","""]",0,3.4028e+38',
  ];
  const text = await csv(EXAMPLE, batchesOf(EXAMPLE, EXAMPLE_ROWS, 2));
  expect(text.slice(0, text.indexOf('4294967296'))).toBe(`${lines.slice(0, 3).join('\n')}\n`);
  expect(text.split('\n').at(-2)).toBe(
    '4294967296,0,10000000000,-0.25,"","",7,"[""Ärger, \\""x\\"""","" two words "",""""]",0,3.4028e+38',
  );
});

test('NDJSON has an object on each line', async () => {
  const text = await ndjson(EXAMPLE, batchesOf(EXAMPLE, EXAMPLE_ROWS, 1));
  const rows = EXAMPLE_ROWS.map((cells) =>
    Object.fromEntries(EXAMPLE.columns.map(({ name }, index) => [name, cells[index]])),
  );
  expect(text).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});

test('A number in single precision has the digits that it needs, not those of a double', async () => {
  const table: Table = { name: 't', columns: [{ name: 'score', type: 'float32' }] };
  const batch: Batch = { count: 2, columns: [Float32Array.of(0.1, 16777217)] };
  expect(await csv(table, [batch])).toBe('score\n0.1\n16777216\n');
});

test('A table without a row is a header in CSV, and nothing in NDJSON', async () => {
  expect(await csv(EXAMPLE, batchesOf(EXAMPLE, []))).toBe('user,rank,score,weight,tag,note,items,words\n');
  expect(await ndjson(EXAMPLE, batchesOf(EXAMPLE, []))).toBe('');
});

test('A value that its column cannot hold is refused with the name of the column', () => {
  const add = (column: Column, cell: Cell) => () => new TableRows({ name: 't', columns: [column] }).add(cell);
  expect(add({ name: 'user', type: 'int64' }, 2 ** 53)).toThrow('user cannot hold 9007199254740992');
  expect(add({ name: 'rank', type: 'int32' }, 2 ** 31)).toThrow('rank cannot hold 2147483648: it takes int32');
  expect(add({ name: 'user', type: 'int64' }, '7')).toThrow('user takes a number, not "7"');
  expect(add({ name: 'tag', type: 'string' }, null)).toThrow('tag takes a text, not null');
  expect(add({ name: 'items', type: 'int64', list: 'any' }, 7)).toThrow('items takes a list, not 7');
});

test('A vector of another length than the first one is refused, also in a later batch', () => {
  const rows = new TableRows({ name: 't', columns: [{ name: 'v', type: 'float32', list: 'same' }] });
  rows.add([1, 2]);
  rows.clear();
  expect(() => rows.add([1, 2, 3])).toThrow('v takes 2 numbers as in the first row, not 3');
});

test('A number that is not finite cannot be text', async () => {
  const table: Table = { name: 't', columns: [{ name: 'score', type: 'float64' }] };
  await expect(ndjson(table, batchesOf(table, [[Number.NaN]]))).rejects.toThrow('NaN is not finite');
});
