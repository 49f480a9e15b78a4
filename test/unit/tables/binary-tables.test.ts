/** Tests Parquet and npy files as bytes. Other libraries read them in `test/integration/tables.test.ts`. */
import { expect, test } from 'vitest';
import { NpyArray } from '../../../shared/tables/npy-array.ts';
import { NpyMatrix, vectorColumns } from '../../../shared/tables/npy-matrix.ts';
import { ParquetTable } from '../../../shared/tables/parquet-table.ts';
import type { Sink, Table } from '../../../shared/tables/table.ts';
import { batchesOf, EXAMPLE, EXAMPLE_ROWS, fileOf } from '../../helpers/example-table.ts';

const PAIRS: Table = {
  name: 'pairs',
  columns: [
    { name: 'user', type: 'int64' },
    { name: 'weight', type: 'float64' },
  ],
};

const parquet = (table: Table) => (sink: Sink) => new ParquetTable(table, sink);

/** Returns a sink and what it took. */
function taken(): { readonly sink: Sink; readonly sizes: number[]; readonly bytes: () => Buffer } {
  const chunks: Uint8Array[] = [];
  const sizes: number[] = [];
  const sink = (bytes: Uint8Array): void => {
    chunks.push(bytes);
    sizes.push(bytes.byteLength);
  };
  return { sink, sizes, bytes: () => Buffer.concat(chunks) };
}

test('The bytes of a Parquet file do not depend on the batches in which its rows came', async () => {
  function* rows() {
    for (let user = 0; user < 70_000; user++) yield [user, user % 7] as const;
  }
  const [large, small] = [
    await fileOf(parquet(PAIRS), batchesOf(PAIRS, rows(), 100_000)),
    await fileOf(parquet(PAIRS), batchesOf(PAIRS, rows(), 999)),
  ];
  expect(large.equals(small)).toBe(true);
  expect(large.subarray(0, 4).toString()).toBe('PAR1');
  expect(large.subarray(-4).toString()).toBe('PAR1');
});

test('A row group is handed on when it has 65,536 rows', async () => {
  const { sink, sizes } = taken();
  const writer = new ParquetTable(PAIRS, sink);
  const rows = Array.from({ length: 65_536 }, (_, user) => [user, user / 3] as const);
  const [batch] = batchesOf(PAIRS, rows.slice(0, 65_535), 100_000);
  await writer.write(batch!);
  expect(sizes).toEqual([]);
  const [last] = batchesOf(PAIRS, rows.slice(65_535), 1);
  await writer.write(last!);
  expect(sizes).toHaveLength(1);
  await writer.finish();
  expect(sizes).toHaveLength(2);
});

test('A row group of long texts or lists has fewer rows', async () => {
  const table: Table = { name: 't', columns: [{ name: 'text', type: 'string' }] };
  const { sink, sizes } = taken();
  const writer = new ParquetTable(table, sink);
  for (let row = 0; row < 9; row++) await writer.write({ count: 1, columns: [[String(row).repeat(1 << 20)]] });
  expect(sizes).toHaveLength(1);
});

test('An array for numpy has the header of version 1.0, filled up to 64 bytes', async () => {
  const { sink, bytes } = taken();
  const array = new NpyArray(sink, 'float32', [2, 3]);
  await array.write([1, 2, 3, 4, 5, 6], 0, 6);
  await array.finish();
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  expect(bytes().subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'));
  expect(bytes().subarray(10, 128).toString()).toBe(`${header.padEnd(117)}\n`);
  expect(bytes().length).toBe(128 + 6 * 4);
  expect(bytes().readFloatLE(128 + 5 * 4)).toBe(6);
});

test('An array with another number of values than its header says is refused', async () => {
  const array = new NpyArray(taken().sink, 'int64', [3]);
  await array.write([1, 2], 0, 2);
  await expect(array.finish()).rejects.toThrow('the array has 2 numbers, and its header says 3');
});

test('Only a table of ids and vectors is a matrix', () => {
  const vectors: Table = {
    name: 'items',
    columns: [
      { name: 'item', type: 'int64' },
      { name: 'vector', type: 'float32', list: 'same' },
    ],
  };
  expect(vectorColumns(vectors)).toEqual({ id: 0, vector: 1 });
  expect(vectorColumns(PAIRS)).toBeUndefined();
  expect(vectorColumns(EXAMPLE)).toBeUndefined();
  const sinks = { matrix: taken().sink, ids: taken().sink };
  expect(() => new NpyMatrix(PAIRS, 0, sinks)).toThrow('the table pairs has no vectors');
});

test('A Parquet file of every kind of column is the same every time', async () => {
  const open = parquet(EXAMPLE);
  const file = await fileOf(open, batchesOf(EXAMPLE, EXAMPLE_ROWS, 1));
  expect(file.equals(await fileOf(open, batchesOf(EXAMPLE, EXAMPLE_ROWS)))).toBe(true);
});
