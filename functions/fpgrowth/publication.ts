/** The output of a run: the rules in descending order of score, and a sample of rejected lines if there are any. */
import type { DayOutput, OutputFile, Piece } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { partName } from '../../shared/store/keys.ts';
import type { RulesRun } from './settings.ts';
import { count } from './steps-count.ts';
import { mine, readRanks } from './steps-mine.ts';
import { join, order } from './steps-rules.ts';

export async function publication(run: RulesRun): Promise<DayOutput> {
  const counted = await run.work.openAll(count);
  const mined = await run.work.openAll(mine);
  const joined = await run.work.openAll(join);
  const ordered = await run.work.shards(order);
  const { baskets, ids } = await readRanks(run);
  const { lines, rejected } = readCounts(counted);
  const counts = {
    lines,
    rejected,
    baskets,
    frequentItems: ids.length,
    // Item sets of any size: those of two items and more come from `mine`, and a single item is a set too.
    frequentItemSets: mined.reduce((sum, { meta }) => sum + meta.sets, ids.length),
    rules: joined.reduce((sum, { meta }) => sum + meta.rows, 0),
  };
  // A shard of `order` is a range of scores, so its text follows the text of the shard before it.
  const pieces = ordered.map(({ index }): Piece => ({ key: run.work.key(order, index) }));
  const rules: OutputFile = { name: partName(0), pieces };
  return { files: [rules, ...rejectedFile(counted)], counts };
}
