/**
 * The contract of every job's tables: its example's output, exported in each format and read back by numpy and DuckDB, has the
 * values of the published lines.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exampleOf } from '../../functions/examples.ts';
import { JOBS } from '../../functions/index.ts';
import { type AnyJob, modelsNodeOf } from '../../shared/job/job.ts';
import { findOutput, type PublishedOutput } from '../../shared/live/published-output.ts';
import { FileStore } from '../../shared/store/file-store.ts';
import { checkTables, exportTable, FORMATS, tablesFor } from '../../shared/tables/export-tables.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';
import { vectorColumns } from '../../shared/tables/npy-matrix.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { readersPython, readInPython } from '../helpers/python-tools.ts';
import { textsBelow } from '../helpers/store-texts.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { JobCloud } from './job-cloud.ts';

const INSTALLATION_MS = 480_000;

/** The client of the example of a job for all clients. */
const CLIENT_OF_LOGS = 'client0';

type Values = readonly unknown[];

/** Returns the values of an output line in their order, read in the most obvious way. */
function valuesOf(line: string): Values {
  if (line.startsWith('{')) {
    const { client: _client, extra_data, ...record } = JSON.parse(line);
    return [...Object.values(record), ...(extra_data === undefined ? [] : [JSON.stringify(extra_data)])];
  }
  const [id, ...numbers] = line.split(/[|,]/).map(Number);
  return line.includes('|') ? [id, numbers] : [line.split(' ').map(Number)];
}

/** A record with a list of pairs gives a row for each pair, with its rank: user, rank, item, score, and what follows. */
function rowsOf(line: string): Values[] {
  const [user, pairs, ...rest] = valuesOf(line);
  if (!Array.isArray(pairs) || !Array.isArray(pairs[0])) return [valuesOf(line)];
  return pairs.map(([item, score], index) => [user, index + 1, item, score, ...rest]);
}

/** Adds what a table has beside the values of its lines: the number of a line, and null for what an action does not have. */
function completed(table: ModelTable, values: Values, index: number): Values {
  const isItemList = values.length === 1;
  if (isItemList) return [index + 1, ...values];
  return [...values, ...Array.from({ length: table.columns.length - values.length }, () => null)];
}

/** Reads every file of the folder of an export. */
const READ_ALL = `
import duckdb, json, numpy, sys
found = {}
for name in sys.argv[1:]:
    if name.endswith('.npy'):
        found[name] = numpy.load(name).tolist()
    elif name.endswith('.ndjson'):
        found[name] = [list(json.loads(line).values()) for line in open(name, encoding='utf-8')]
    elif name.endswith('.csv'):
        found[name] = duckdb.sql(f"select * from read_csv('{name}', all_varchar = true, allow_quoted_nulls = false)").fetchall()
    else:
        found[name] = duckdb.sql(f"select * from '{name}'").fetchall()
print(json.dumps(found))
`;

/** Runs the example of a job and returns its output. */
async function outputOf(job: AnyJob): Promise<PublishedOutput> {
  const { prepare, published, client, day } = await exampleOf(job.name);
  const [input, output] = [join(temporaryFolder(), 'input'), join(temporaryFolder(), 'output')];
  for (const path of [input, output]) mkdirSync(path);
  const settings = prepare(input);
  published?.(output);
  const before = Object.fromEntries(filesBelow(output).map((path) => [path, readFileSync(join(output, path))]));
  const cloud = new JobCloud({ job, client, day, settings, before });
  await cloud.run({ shards: 1 });
  const place = { job, client: client ?? CLIENT_OF_LOGS, store: cloud.output, openStore: expect.fail };
  return findOutput({ ...place, day, now: new Date(0), warn: expect.fail });
}

/** Returns a value as CSV has it: numbers as text, lists joined by spaces. */
const asCsv = (value: unknown): unknown =>
  value === null || typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : String(value);

const WITH_TABLES = JOBS.filter(({ tables }) => tables !== undefined);

test('Every job whose model a server reads has tables', () => {
  const without = JOBS.filter((job) => modelsNodeOf(job) !== undefined && job.tables === undefined);
  expect(
    without.map(({ name }) => name),
    'declare `tables`, as functions/similar-items/tables.ts does',
  ).toEqual([]);
});

describe.each(WITH_TABLES)('the tables of $name', (job) => {
  const tables = job.tables!;
  const folder = temporaryFolder();
  let expected: Map<string, Values[]>;
  let found: Readonly<Record<string, Values[]>>;

  beforeAll(async () => {
    await readersPython();
    const output = await outputOf(job);
    await checkTables(output, tables);
    const texts = await textsBelow(output.store, output.folder);
    expected = new Map(
      tables.map((table) => {
        const lines = [...texts].flatMap(([name, text]) =>
          table.files.test(name) ? text.split('\n').slice(table.headerLines ?? 0, -1) : [],
        );
        return [table.name, lines.flatMap(rowsOf).map((values, index) => completed(table, values, index))];
      }),
    );
    const place = { store: new FileStore(folder), prefix: '' };
    for (const format of FORMATS) {
      if (format === 'npy' && !tables.some((table) => vectorColumns(table) !== undefined)) continue;
      for (const table of tablesFor(job, format, JOBS)) await exportTable(output, table, format, undefined, place);
    }
    found = (await readInPython(READ_ALL, filesBelow(folder), folder)) as typeof found;
  }, INSTALLATION_MS);

  test.each(tables)('$name has rows', ({ name }) => expect(expected.get(name)!.length).toBeGreaterThan(0));

  test.each(tables)('The NDJSON of $name has the published values', (table) => {
    expect(found[`${table.name}.ndjson`]).toEqual(expected.get(table.name));
  });

  test.each(tables)('The CSV of $name has the published values', (table) => {
    const rows = expected.get(table.name)!.map((row) => {
      // A vector is a column for each number.
      const cells = table.columns.flatMap(({ list }, index) =>
        list === 'same' ? (row[index] as Values) : [row[index]],
      );
      return cells.map(asCsv);
    });
    expect(found[`${table.name}.csv`]).toEqual(rows);
  });

  test.each(tables)('The Parquet of $name has the published values, single ones in single precision', (table) => {
    const rows = expected.get(table.name)!.map((row) =>
      row.map((value, index) => {
        if (table.columns[index]!.type !== 'float32') return value;
        return Array.isArray(value) ? value.map(Math.fround) : Math.fround(value as number);
      }),
    );
    expect(found[`${table.name}.parquet`]).toEqual(rows);
  });

  test.each(tables.filter((table) => vectorColumns(table) !== undefined))(
    'The arrays of $name have the published vectors and their ids',
    ({ name }) => {
      const rows = expected.get(name)! as (readonly [number, number[]])[];
      expect(found[`${name}.npy`]).toEqual(rows.map(([, vector]) => vector.map(Math.fround)));
      expect(found[`${name}.ids.npy`]).toEqual(rows.map(([id]) => id));
    },
  );
});
