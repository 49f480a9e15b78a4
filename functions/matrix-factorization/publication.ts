/**
 * The output of a run: the four files that the serving reader opens, and a sample of rejected lines if there are any.
 */
import { defined } from '../../shared/defined.ts';
import type { DayOutput, OutputFile } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import type { JsonValue } from '../../shared/json.ts';
import { readExcluded } from '../../shared/shuffle/excluded-users.ts';
import type { Side } from '../../shared/verdict/judging.ts';
import { FILE_NAMES, gzipName } from './file-names.ts';
import type { FactorizationRun } from './settings.ts';
import { merge } from './steps-format.ts';
import { rate } from './steps-rate.ts';
import { type MatrixMeta, matrixSteps, readObjectiveOfZeros } from './steps-score.ts';
import { readTrained } from './trained.ts';

export async function publication(run: FactorizationRun): Promise<DayOutput> {
  const rated = await run.work.openAll(rate);
  const merged = await run.work.shards(merge);
  const files = merged.map(
    ({ side, gzip, index }): OutputFile => ({
      name: gzip ? gzipName(FILE_NAMES[side]) : FILE_NAMES[side],
      pieces: [{ key: run.work.key(merge, index) }],
    }),
  );
  const { lines, rejected, forgotten } = readCounts(rated);
  const users = await readMatrixMetas(run, 'users');
  const items = await readMatrixMetas(run, 'items');
  const counts = defined<Record<string, JsonValue>>({
    lines,
    rejected,
    forgotten,
    users: total(users, 'rows'),
    excludedUsers: await readExcluded(run, matrixSteps.users),
    // The pairs of the items that have a vector. The users' side may have more: pairs of items without a positive
    // score.
    pairs: total(items, 'pairs'),
    items: total(items, 'rows'),
    ...(await readTrained(run)),
    objectiveOfZeros: await readObjectiveOfZeros(run),
  });
  return { files: [...files, ...rejectedFile(rated)], counts };
}

async function readMatrixMetas(run: FactorizationRun, side: Side): Promise<MatrixMeta[]> {
  return (await run.work.openAll(matrixSteps[side])).map(({ meta }) => meta);
}

const total = (metas: readonly MatrixMeta[], count: 'rows' | 'pairs'): number =>
  metas.reduce((sum, meta) => sum + meta[count], 0);
