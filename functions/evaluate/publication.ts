/** The output of a run: the metrics, the sums from which several days are pooled, and a sample of rejected lines. */
import { defined } from '../../shared/defined.ts';
import type { DayOutput, OutputFile } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import type { JsonValue } from '../../shared/json.ts';
import { readExcluded } from '../../shared/shuffle/excluded-users.ts';
import { candidatesOf } from './candidates.ts';
import type { EvaluationRun } from './settings.ts';
import { readChosenMeta } from './steps-choose.ts';
import { read, split } from './steps-read.ts';
import { reasonOf, report } from './steps-report.ts';

export async function publication(run: EvaluationRun): Promise<DayOutput> {
  const files = await run.work.openAll(read);
  const { lines, rejected, forgotten } = readCounts(files);
  const { users, items, pairs } = await readChosenMeta(run);
  const reason = await reasonOf(run);
  if (reason !== undefined) run.log('warn', `nothing is evaluated: ${reason}`);
  const written = (await run.work.shards(report)).map(
    ({ file, index }): OutputFile => ({ name: file, pieces: [{ key: run.work.key(report, index) }] }),
  );
  return {
    files: [...written, ...rejectedFile(files)],
    counts: defined<Record<string, JsonValue>>({
      lines,
      rejected,
      forgotten,
      users,
      excludedUsers: await readExcluded(run, split),
      knownItems: items,
      pairs: pairs.all,
      models: candidatesOf(run.settings).length,
      reason,
    }),
  };
}
