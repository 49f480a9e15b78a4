/** Numpy and DuckDB read the files that `shared/tables` writes, and find the values that were meant. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CsvTable } from '../../shared/tables/csv-table.ts';
import { NdjsonTable } from '../../shared/tables/ndjson-table.ts';
import { NpyMatrix } from '../../shared/tables/npy-matrix.ts';
import { ParquetTable } from '../../shared/tables/parquet-table.ts';
import type { Table } from '../../shared/tables/table.ts';
import { batchesOf, EXAMPLE, EXAMPLE_ROWS, fileOf } from '../helpers/example-table.ts';
import { readersPython, readInPython } from '../helpers/python-tools.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const INSTALLATION_MS = 480_000;

beforeAll(async () => void (await readersPython()), INSTALLATION_MS);

/** Prints the columns with their types, and the rows, of a file that DuckDB reads. */
const READ_BY_DUCKDB = `
import duckdb, json, sys
read = duckdb.sql(f"select * from '{sys.argv[1]}'")
print(json.dumps({'types': dict(zip(read.columns, map(str, read.types))), 'rows': read.fetchall()}))
`;

const readByDuckdb = async (file: string, folder: string) =>
  (await readInPython(READ_BY_DUCKDB, [file], folder)) as { types: Record<string, string>; rows: unknown[][] };

const single = (cell: unknown): unknown =>
  Array.isArray(cell) ? cell.map((value) => Math.fround(value as number)) : Math.fround(cell as number);

test('DuckDB reads every kind of column from Parquet', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'x.parquet'),
    await fileOf((sink) => new ParquetTable(EXAMPLE, sink), batchesOf(EXAMPLE, EXAMPLE_ROWS)),
  );
  const { types, rows } = await readByDuckdb('x.parquet', folder);
  expect(types).toEqual({
    user: 'BIGINT',
    rank: 'INTEGER',
    score: 'FLOAT',
    weight: 'DOUBLE',
    tag: 'VARCHAR',
    note: 'VARCHAR',
    items: 'BIGINT[]',
    words: 'VARCHAR[]',
    vector: 'FLOAT[]',
  });
  const isSingle = EXAMPLE.columns.map(({ type }) => type === 'float32');
  expect(rows).toEqual(EXAMPLE_ROWS.map((row) => row.map((cell, index) => (isSingle[index] ? single(cell) : cell))));
});

test('DuckDB reads Parquet of several row groups, with repeated texts and lists', async () => {
  const table: Table = {
    name: 't',
    columns: [
      { name: 'user', type: 'int64' },
      { name: 'tag', type: 'string' },
      { name: 'items', type: 'int64', list: 'any' },
    ],
  };
  const rowCount = 140_000;
  function* rows() {
    for (let user = 0; user < rowCount; user++) yield [user * 2 ** 33, `tag ${user % 5}`, [user, -user]] as const;
  }
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'x.parquet'),
    await fileOf((sink) => new ParquetTable(table, sink), batchesOf(table, rows())),
  );
  const program = `
import duckdb, json
groups = duckdb.sql("select count(distinct row_group_id) from parquet_metadata('x.parquet')").fetchall()[0][0]
print(json.dumps([groups, *duckdb.sql("select count(*), sum(user // 8589934592 - items[1]), sum(items[1] + items[2]), sum((tag = 'tag ' || (items[1] % 5))::int) from 'x.parquet'").fetchall()[0]]))
`;
  expect(await readInPython(program, [], folder)).toEqual([3, rowCount, 0, 0, rowCount]);
});

test('DuckDB reads the same rows from CSV and from NDJSON', async () => {
  const table: Table = { name: 'example', columns: EXAMPLE.columns.filter(({ list }) => list === undefined) };
  const rows = EXAMPLE_ROWS.map((row) => row.slice(0, table.columns.length));
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x.csv'), await fileOf((sink) => new CsvTable(table, sink), batchesOf(table, rows)));
  writeFileSync(join(folder, 'x.ndjson'), await fileOf((sink) => new NdjsonTable(table, sink), batchesOf(table, rows)));
  expect((await readByDuckdb('x.ndjson', folder)).rows).toEqual(rows);
  // By default DuckDB reads a quoted empty field as null too.
  const program = READ_BY_DUCKDB.replace("'{sys.argv[1]}'", "read_csv('{sys.argv[1]}', allow_quoted_nulls = false)");
  expect(await readInPython(program, ['x.csv'], folder)).toMatchObject({ rows });
});

test('Numpy loads a matrix and its ids', async () => {
  const table: Table = {
    name: 'items',
    columns: [
      { name: 'item', type: 'int64' },
      { name: 'vector', type: 'float32', list: 'same' },
    ],
  };
  const rows = [
    [2 ** 53 - 1, [0.1, -2.5]],
    [7, [1e-5, 3]],
    [8, [0, 1]],
  ] as const;
  const folder = temporaryFolder();
  const files: Record<'matrix' | 'ids', Uint8Array[]> = { matrix: [], ids: [] };
  const sinks = {
    matrix: (bytes: Uint8Array) => void files.matrix.push(bytes),
    ids: (bytes: Uint8Array) => void files.ids.push(bytes),
  };
  const writer = new NpyMatrix(table, rows.length, sinks);
  for (const batch of batchesOf(table, rows, 2)) await writer.write(batch);
  await writer.finish();
  for (const [name, chunks] of Object.entries(files)) writeFileSync(join(folder, `${name}.npy`), Buffer.concat(chunks));
  const program = `
import json, numpy
matrix, ids = numpy.load('matrix.npy', mmap_mode='r'), numpy.load('ids.npy')
print(json.dumps([str(matrix.dtype), matrix.flags.c_contiguous, matrix.tolist(), str(ids.dtype), ids.tolist()]))
`;
  const vectors = rows.map(([, vector]) => vector.map(Math.fround));
  expect(await readInPython(program, [], folder)).toEqual(['float32', true, vectors, 'int64', rows.map(([id]) => id)]);
});
