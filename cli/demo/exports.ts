/** The end of the demonstration: what it found as files for other programs, and the lines of Python that open them. */
import { join } from 'node:path';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { count } from '../../shared/in-words.ts';
import { findOutput } from '../../shared/live/published-output.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { type Format, tablesFor } from '../../shared/tables/export-tables.ts';
import { exportOutput } from '../export-output.ts';
import type { ExportResult } from '../report-export.ts';
import { paragraph } from '../table.ts';
import { warn } from '../warnings.ts';
import type { DemoClient } from './clients.ts';
import { EXPORT, MODELS, shown } from './places.ts';

/** Exports the lists of all users and the vectors of the client's model. Returns what to say about them. */
export async function exportsReport({ name, words }: DemoClient, day: number): Promise<string> {
  const lists = await exported(name, 'recommendations', day, 'parquet');
  const vectors = await exported(name, 'matrix-factorization', day, 'npy');
  const list = shown(join(lists.to, 'recommendations.parquet'));
  const items = shown(join(vectors.to, 'items.npy'));
  return [
    'Files for other programs, which `offline export` wrote (pip install duckdb numpy)',
    paragraph(`${list}: ${count(lists.files[0]!.rows)} recommendations for all ${words.users} of ${name}`, {
      indent: 2,
      hanging: 2,
    }),
    `    python3 -c "import duckdb; duckdb.read_parquet('${list}').show()"`,
    paragraph(`${items}: the vectors of its ${words.items}, and ${shown(vectors.to)}/items.ids.npy their ids`, {
      indent: 2,
      hanging: 2,
    }),
    `    python3 -c "import numpy; print(numpy.load('${items}').shape)"`,
    '',
  ].join('\n');
}

async function exported(client: string, name: string, day: number, format: Format): Promise<ExportResult> {
  const job = jobNamed(name);
  const store = await openStore(MODELS);
  const output = await findOutput({ job, client, store, openStore, day, now: new Date(), warn });
  const tables = tablesFor(job, format, JOBS);
  return exportOutput({ job, client, output, tables, format, texts: undefined, to: join(EXPORT, client, name) });
}
