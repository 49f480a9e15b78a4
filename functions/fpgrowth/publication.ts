/** What becomes public: the rules, best first, and a sample of rejected lines if there are any. */
import type { Publication } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { dayFolder, partName } from '../../shared/store/keys.ts';
import type { RulesRun } from './settings.ts';
import { readRanks } from './steps-mine.ts';

export async function publication(run: RulesRun): Promise<Publication> {
  const counted = await run.work.openAll('count');
  const mined = await run.work.openAll('mine');
  const joined = await run.work.openAll('join');
  const ordered = await run.work.shards('order');
  const { baskets, ids } = await readRanks(run);
  const { lines, rejected } = readCounts(counted);
  const counts = {
    lines,
    rejected,
    baskets,
    frequentItems: ids.length,
    // Of any size: `mine` finds those of two items and more.
    frequentItemSets: mined.reduce((sum, { meta }) => sum + (meta as { sets: number }).sets, ids.length),
    rules: joined.reduce((sum, { meta }) => sum + (meta as { rows: number }).rows, 0),
  };
  // A shard of `order` is a range of scores, so its text follows that of the shard before it.
  const rules = { name: partName(0), pieces: ordered.map((_, index) => ({ key: run.work.key('order', index) })) };
  const prefix = dayFolder(run.client as string, 'fpgrowth', run.day);
  return { folders: [{ prefix, files: [rules, ...rejectedFile(counted)], counts }] };
}
