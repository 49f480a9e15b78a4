/** The report of `offline export`: the files, and a line of Python that reads each of them. */
import { count, dayInWords, inBytes } from '../shared/in-words.ts';
import type { Format } from '../shared/tables/export-tables.ts';
import { paragraph, table } from './table.ts';

/** The result of an export. */
export interface ExportResult {
  readonly job: string;
  readonly client: string;
  readonly day: number;
  readonly run: string | null;
  readonly format: Format;
  readonly clientIds: boolean;
  readonly to: string;
  readonly files: readonly {
    readonly file: string;
    readonly table: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
  /** The number of ids that have no text, for an export with `--client-ids`. */
  readonly withoutText?: { readonly users: number; readonly items: number };
}

export function exportReport({ job, client, day, run, to, format, files }: ExportResult): string {
  const of = run === null ? '' : `, run ${run}`;
  const rows = files.map((one) => [one.file, one.table, count(one.rows), inBytes(one.bytes)]);
  const lines = files.map(({ file }) => READERS[format](file, `${to}/${file}`));
  const from = to.startsWith('s3://') && format === 'npy' ? [`aws s3 cp --recursive ${to} .`, ''] : [];
  return `${[
    paragraph(`${job} of ${client}, day ${dayInWords(day)}${of}: written to ${to}`),
    '',
    table([['file', 'table', 'rows', 'size'], ...rows], [2, 3]),
    '',
    ...from,
    format === 'npy'
      ? `import ${files.some(({ file }) => file.endsWith('.ndjson')) ? 'json, ' : ''}numpy`
      : 'import duckdb',
    ...lines,
  ].join('\n')}\n`;
}

/** Returns a line of Python that reads a file. */
const READERS: Readonly<Record<Format, (file: string, path: string) => string>> = {
  csv: (file, path) => `${nameOf(file)} = duckdb.read_csv(${quoted(path)})`,
  ndjson: (file, path) => `${nameOf(file)} = duckdb.read_json(${quoted(path)})`,
  parquet: (file, path) => `${nameOf(file)} = duckdb.read_parquet(${quoted(path)})`,
  npy: (file, path) => {
    const local = quoted(path.startsWith('s3://') ? file : path);
    return file.endsWith('.ndjson')
      ? `${nameOf(file)} = [json.loads(line) for line in open(${local}, encoding="utf-8")]`
      : `${nameOf(file)} = numpy.load(${local})`;
  },
};

/** Returns a name for a variable: `users`, `users_ids`, `users_texts`. */
const nameOf = (file: string): string =>
  file
    .replace(/\.ids\.ndjson$/, '_texts')
    .replace(/\.ids\.npy$/, '_ids')
    .replace(/\.\w+$/, '');

/** Returns a text in double quotes, as JSON and Python write it. */
const quoted = (text: string): string => JSON.stringify(text);
