/** Writes the tables of a published output as files that other programs read. */
import { CorruptInputError, UsageError } from '../errors.ts';
import { objectsIn } from '../job/folder-state.ts';
import type { AnyJob } from '../job/job.ts';
import type { PublishedOutput } from '../live/published-output.ts';
import { FileSink } from '../store/file-sink.ts';
import type { Store } from '../store/store.ts';
import { type ClientTexts, exportedTable } from './client-texts.ts';
import { CsvTable } from './csv-table.ts';
import type { ModelTable } from './model-table.ts';
import { NdjsonTable } from './ndjson-table.ts';
import { NpyMatrix, vectorColumns } from './npy-matrix.ts';
import { ParquetTable } from './parquet-table.ts';
import { countRows, type ExportedTable, readTable } from './read-table.ts';
import type { Batch, Sink, Table, TableWriter } from './table.ts';

export const FORMATS = ['csv', 'ndjson', 'parquet', 'npy'] as const;
export type Format = (typeof FORMATS)[number];

/** One file of an export. */
export type ExportedFile = {
  readonly name: string;
  readonly table: string;
  readonly rows: number;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
};

/** The writers of formats with one file for each table. */
const WRITERS: Readonly<Record<Exclude<Format, 'npy'>, new (table: Table, sink: Sink) => TableWriter>> = {
  csv: CsvTable,
  ndjson: NdjsonTable,
  parquet: ParquetTable,
};

/** Returns the tables of a job. @throws UsageError for a job without tables, or without vectors where the format needs them */
export function tablesFor(job: AnyJob, format: Format, jobs: readonly AnyJob[]): readonly ModelTable[] {
  const { name, tables = [] } = job;
  const names = (of: readonly AnyJob[]): string => of.map((one) => one.name).join(', ');
  if (tables.length === 0) {
    const others = jobs.filter((one) => (one.tables ?? []).length > 0);
    throw new UsageError(
      `the output of ${name} has no tables: read its files as they are. The jobs with tables are ${names(others)}`,
    );
  }
  if (format !== 'npy') return tables;
  const vectors = tables.filter((table) => vectorColumns(table) !== undefined);
  if (vectors.length > 0) return vectors;
  const others = jobs.filter((one) => one.tables?.some((table) => vectorColumns(table) !== undefined));
  throw new UsageError(
    `--format npy is for vectors, and ${name} has none: choose csv, ndjson or parquet. The jobs with vectors are ${names(others)}`,
  );
}

/** Returns the names of the files of a table, in the order in which they are written. */
export function fileNames(table: ModelTable, format: Format, withTexts: boolean): string[] {
  const { name } = table;
  if (format !== 'npy') return [`${name}.${format}`];
  return [`${name}.npy`, `${name}.ids.npy`, ...(withTexts ? [textsName(name)] : [])];
}

const textsName = (table: string): string => `${table}.ids.ndjson`;

/**
 * Checks that an output has a file of each table. An empty file is one.
 * @throws CorruptInputError
 */
export async function checkTables(
  { store, folder, manifest }: PublishedOutput,
  tables: readonly ModelTable[],
): Promise<void> {
  const names = manifest?.files.map(({ name }) => name) ?? [...(await objectsIn(store, folder)).keys()];
  const missing = tables.find(({ files }) => !names.some((name) => files.test(name)));
  if (missing === undefined) return;
  throw new CorruptInputError(
    `${store.root}/${folder} has no file of the table ${missing.name} (${missing.files.source}): it is another job's output, ` +
      'or another system left it out. Run the job of this day again',
  );
}

/** Where the files of an export go. */
export interface FilePlace {
  readonly store: Store;
  /** The prefix of the files' keys: empty, or ending in `/`. */
  readonly prefix: string;
}

/**
 * Writes one table. The memory does not grow with the number of rows.
 *
 * @param texts undefined for ids as numbers
 * @throws CorruptInputError for a line that is no row; what the store throws
 */
export async function exportTable(
  output: PublishedOutput,
  source: ModelTable,
  format: Format,
  texts: ClientTexts | undefined,
  place: FilePlace,
): Promise<ExportedFile[]> {
  const names = fileNames(source, format, texts !== undefined);
  const sinks = names.map((name) => new FileSink(place.store, place.prefix + name));
  try {
    const rows =
      format === 'npy'
        ? await writeVectors(
            output,
            source,
            texts,
            sinks.map(({ write }) => write),
          )
        : await writeRows(
            output,
            exportedTable(output, source, texts),
            (table) => new WRITERS[format](table, sinks[0]!.write),
          );
    const files: ExportedFile[] = [];
    for (const [index, name] of names.entries()) {
      const { size, sha256 } = await sinks[index]!.close();
      files.push({ name, table: source.name, rows, size, sha256 });
    }
    return files;
  } catch (error) {
    for (const sink of sinks) await sink.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function writeRows(
  output: PublishedOutput,
  table: ExportedTable,
  open: (table: Table) => TableWriter,
): Promise<number> {
  const writer = open(table);
  const rows = await readTable(output, table, (batch) => writer.write(batch));
  await writer.finish();
  return rows;
}

/** Writes the matrix and the ids, and with texts a line of JSON for each id. The header of an array needs the number of rows. */
async function writeVectors(
  output: PublishedOutput,
  source: ModelTable,
  texts: ClientTexts | undefined,
  [matrix, ids, lines]: readonly Sink[],
): Promise<number> {
  const count = await countRows(output, source);
  return writeRows(output, exportedTable(output, source, undefined), (table) => {
    const vectors = new NpyMatrix(table, count, { matrix: matrix!, ids: ids! });
    return texts === undefined ? vectors : withIdTexts(vectors, source, texts, lines!);
  });
}

/** Returns a writer that also writes the text of each row's id, as a JSON text on a line. */
function withIdTexts(vectors: TableWriter, { columns }: ModelTable, texts: ClientTexts, sink: Sink): TableWriter {
  const index = columns.findIndex(({ ids }) => ids !== undefined);
  const kind = columns[index]?.ids;
  const linesOf = ({ columns: values }: Batch): string[] => {
    const ids = values[index];
    if (kind === undefined || !(ids instanceof Float64Array)) return [];
    return Array.from(ids, (id) => `${JSON.stringify(texts.textOf(kind, id))}\n`);
  };
  return {
    write: async (batch) => {
      await vectors.write(batch);
      await sink(Buffer.from(linesOf(batch).join('')));
    },
    finish: () => vectors.finish(),
  };
}
