/** Exports a published output, for `offline export` and for the demonstration. */
import { defined } from '../shared/defined.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { PublishedOutput } from '../shared/live/published-output.ts';
import type { ClientTexts } from '../shared/tables/client-texts.ts';
import { exportTo } from '../shared/tables/export-place.ts';
import { checkTables, type ExportedFile, exportTable, type Format } from '../shared/tables/export-tables.ts';
import type { ModelTable } from '../shared/tables/model-table.ts';
import type { ExportResult } from './report-export.ts';

export interface ExportRequest {
  readonly job: AnyJob;
  readonly client: string;
  readonly output: PublishedOutput;
  /** The tables of the job that the format takes. */
  readonly tables: readonly ModelTable[];
  readonly format: Format;
  /** The texts in place of ids; undefined for ids. */
  readonly texts: ClientTexts | undefined;
  /** The absolute location of the export. */
  readonly to: string;
}

/** @throws as `exportTo` */
export async function exportOutput({
  job,
  client,
  output,
  tables,
  format,
  texts,
  to,
}: ExportRequest): Promise<ExportResult> {
  await checkTables(output, tables);
  const clientIds = texts !== undefined;
  const run = output.manifest?.run ?? null;
  const head = { exportOf: { job: job.name, client }, day: output.day, run, format, clientIds };
  const files = await exportTo(to, head, async (place) => {
    const written: ExportedFile[] = [];
    for (const table of tables) written.push(...(await exportTable(output, table, format, texts, place)));
    return written;
  });
  return defined<ExportResult>({
    job: job.name,
    client,
    day: output.day,
    run,
    format,
    clientIds,
    to,
    files: files.map(({ name: file, table, rows, size: bytes }) => ({ file, table, rows, bytes })),
    withoutText: texts && { users: texts.without.user, items: texts.without.item },
  });
}
