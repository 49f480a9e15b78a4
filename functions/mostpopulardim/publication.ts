/** The output of a run: the best items of each dimension, numbered dimensions, and a sample of rejected lines if there are any. */
import { catalogueCounts, catalogueLines, dimensionsFile, openCatalogue } from '../../shared/catalogue/snapshot.ts';
import { defined } from '../../shared/defined.ts';
import type { DayOutput, OutputFile } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { partName } from '../../shared/store/keys.ts';
import type { DimensionPopularityRun } from './settings.ts';
import { collect, count, order, writtenRows } from './steps.ts';

export async function publication(run: DimensionPopularityRun): Promise<DayOutput> {
  const collected = await run.work.openAll(collect);
  const catalogue = await openCatalogue(run);
  const counted = await run.work.openAll(count);
  const { lines, rejected, forgotten } = readCounts(collected);
  const files: OutputFile[] = [
    { name: partName(0), pieces: [{ key: run.work.key(order, 0) }] },
    ...dimensionsFile(catalogue),
    ...rejectedFile([...collected, catalogue]),
  ];
  const { written, dimensions, capped } = await writtenRows(run);
  const counts = {
    lines,
    rejected,
    forgotten,
    items: counted.reduce((sum, file) => sum + file.count('taking'), 0),
    dimensions,
    written,
    capped,
    notFinite: counted.reduce((sum, { meta }) => sum + meta.dropped, 0),
    catalogue: { ...catalogueCounts(catalogue), ...catalogueLines(catalogue) },
  };
  return { files, counts: defined(counts) };
}
