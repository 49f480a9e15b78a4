/** The output of a run: the items, the most popular first, and a sample of rejected lines if there are any. */
import { defined } from '../../shared/defined.ts';
import type { DayOutput, OutputFile } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { partName } from '../../shared/store/keys.ts';
import type { PopularityRun } from './settings.ts';
import { count, itemCount, order } from './steps.ts';

export async function publication(run: PopularityRun): Promise<DayOutput> {
  const counted = await run.work.openAll(count);
  const { lines, rejected, forgotten } = readCounts(counted);
  const part: OutputFile = { name: partName(0), pieces: [{ key: run.work.key(order, 0) }] };
  const actionsWithoutItem = counted.reduce((sum, { meta }) => sum + meta.withoutItem, 0);
  const counts = { lines, rejected, forgotten, actionsWithoutItem, items: await itemCount(run) };
  return { files: [part, ...rejectedFile(counted)], counts: defined(counts) };
}
