/** `order` joins the lines to the parts of the output, and writes each part in the formats that are asked for. */
import type { MapStep, OutputFile } from '../../shared/job/job.ts';
import { orderPart, type PartShard, partShards } from '../../shared/shuffle/line-parts.ts';
import { partName } from '../../shared/store/keys.ts';
import { ParquetTable } from '../../shared/tables/parquet-table.ts';
import { tableBody } from '../../shared/tables/table-body.ts';
import { rowsOf, tableOf } from './core-table.ts';
import { FORMATS, type Format, type RecommendationRun, type RecommendationSettings } from './settings.ts';
import { recommend } from './steps-recommend.ts';

/** A part of the output, in one of its formats. */
type FormattedPart = PartShard & { readonly format: Format };

export const order: MapStep<RecommendationSettings, FormattedPart> = {
  kind: 'map',
  name: 'order',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async (run) => {
    const parts = await partShards(run, recommend);
    // The lines are always written, because most readers need nothing else.
    return FORMATS.filter((format) => format === 'ndjson' || run.settings.formats.includes(format)).flatMap((format) =>
      parts.map((part) => ({ ...part, format })),
    );
  },
  run: async (run, part) => {
    const lines = await orderPart(run, recommend, part);
    if (part.format === 'ndjson') return lines;
    const table = tableOf(run.settings);
    return tableBody((sink) => new ParquetTable(table, sink), rowsOf(table, lines));
  },
};

/** Returns the files to publish. */
export async function formattedParts(run: RecommendationRun): Promise<OutputFile[]> {
  return (await run.work.shards(order)).map(({ part, format, index }): OutputFile => {
    const name = partName(part);
    return {
      name: format === 'ndjson' ? name : `${tableOf(run.settings).name}${name.slice(name.indexOf('-'))}.parquet`,
      pieces: [{ key: run.work.key(order, index) }],
    };
  });
}
