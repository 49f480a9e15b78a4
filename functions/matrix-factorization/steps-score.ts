/**
 * `score` and `transpose` make the two side matrices. `score` takes ranges of user blocks, and hands each pair on to
 * its item's block; `transpose` takes ranges of item blocks.
 */
import { EmptyModelError } from '../../shared/errors.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import type { StepObjects } from '../../shared/job/shard.ts';
import { paddedRank } from '../../shared/kernels/als.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { noteExcluded } from '../../shared/shuffle/excluded-users.ts';
import { addRuns, readAllRuns } from '../../shared/shuffle/runs.ts';
import { readActionRuns, rowsByBucket, userBucketCount } from '../../shared/shuffle/user-actions.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Side } from '../../shared/verdict/judging.ts';
import { decayOf } from './core-decay.ts';
import type { SideMatrix } from './core-matrix.ts';
import { effectiveWeightings } from './core-scores.ts';
import { itemMatrixOf, type ScoredRuns, scoreActions } from './core-sides.ts';
import { addNumbers, type TreeNode, TreeSum } from './core-tree.ts';
import { zerosOverBlocks } from './core-zeros.ts';
import type { FactorizationRun, FactorizationSettings } from './settings.ts';
import { rate } from './steps-rate.ts';

/**
 * Actions or pairs of one shard: about 50 bytes of memory each while they are put in order, and seconds of work in all.
 */
const SHARD_ENTRIES = 2_500_000;
/** Bytes of factors that a shard of `solve` may have to hold: at the worst, each of its pairs names another row. */
const FIXED_BYTES = 1_280_000_000;

/**
 * Returns how many times its usual share a shard of a large input may hold. Every shard of `solve` streams all factors
 * of the other side, so half as many shards read half as much. But a shard keeps the rows that its pairs name, which is
 * the limit.
 */
const pairGrowth = ({ rank }: Pick<FactorizationSettings, 'rank'>): number =>
  Math.max(1, FIXED_BYTES / (SHARD_ENTRIES * paddedRank(rank) * Float32Array.BYTES_PER_ELEMENT));

/** A side matrix (`core-matrix.ts`). *R rows, D distinct neighbours, N pairs.* */
const MATRIX = new ColumnTable({
  ids: Float64Array, // (R) in layout order
  blockRows: Uint32Array, // (blocks + 1) the first row of each block
  ptr: Uint32Array, // (R + 1) the first pair of each row
  neighbours: Float64Array, // (D) ids, in layout order
  idx: Uint32Array, // (N) indexes into `neighbours`
  score: Float32Array, // (N)
  positives: Uint32Array, // (R) pairs with a positive score
});

/** With `halfLifeDays` the users' side has one more column. *R rows.* */
const ROW_COUNTS = new ColumnTable({ n: Float64Array }); // (R) n of each row

/** The meta of a side matrix: its blocks `from` up to, not including, `to`, and its numbers of rows and pairs. */
export type MatrixMeta = BucketRange & { readonly rows: number; readonly pairs: number };

/** `zeros`: the sums of `zerosOverBlocks` over the shard's blocks. */
type ScoreMeta = MatrixMeta & { readonly zeros: readonly TreeNode<number>[] };

export const score: MapStep<FactorizationSettings, BucketRange, ScoreMeta> = {
  kind: 'map',
  name: 'score',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: pairGrowth,
  shards: async (run) => {
    const rated = await run.work.openAll(rate);
    await checkRejects(run, rated);
    return blockShards(run, rated, 'no action is of a type that actionWeightings gives a value');
  },
  run: scoreUsers,
};

async function scoreUsers(run: FactorizationRun, range: BucketRange): Promise<SegmentBody<ScoreMeta>> {
  const { settings, day } = run;
  const blocks = userBucketCount(run);
  const { runs: actions, excludedUsers } = await readActionRuns(run, rate, range);
  const { users, pairs } = scoreActions(actions, effectiveWeightings(settings), blocks, decayOf(settings, day));
  const writer = new SegmentWriter();
  MATRIX.write(writer, users);
  if (users.n !== undefined) ROW_COUNTS.write(writer, { n: users.n });
  noteExcluded(writer, excludedUsers);
  addRuns(writer, pairs, blocks);
  return writer.finish({ ...metaOf(users, range), zeros: zerosOverBlocks(users, settings.alpha, range).nodes });
}

export const transpose: MapStep<FactorizationSettings, BucketRange, MatrixMeta> = {
  kind: 'map',
  name: 'transpose',
  memoryMb: 1769,
  timeoutSeconds: 900,
  growth: pairGrowth,
  shards: async (run) => blockShards(run, await run.work.openAll(score), 'no pair has a positive score'),
  run: transposePairs,
};

async function transposePairs(run: FactorizationRun, range: BucketRange): Promise<SegmentBody<MatrixMeta>> {
  const pairs: ScoredRuns[] = await readAllRuns(await run.work.openAll(score), range);
  const items = itemMatrixOf(pairs, userBucketCount(run));
  const writer = new SegmentWriter();
  MATRIX.write(writer, items);
  return writer.finish(metaOf(items, range));
}

/** The step that writes the matrix of a side. */
export const matrixSteps: Readonly<Record<Side, StepObjects<BucketRange, MatrixMeta>>> = {
  users: score,
  items: transpose,
};

/** Reads the matrix of a side. */
export async function readMatrix(
  { settings }: FactorizationRun,
  side: Side,
  file: SegmentFile<MatrixMeta>,
): Promise<SideMatrix> {
  const matrix = await MATRIX.read(file, 'ids', 'blockRows', 'ptr', 'neighbours', 'idx', 'score', 'positives');
  if (side === 'items' || settings.halfLifeDays === undefined) return matrix;
  const { n } = await ROW_COUNTS.read(file, 'n');
  return { ...matrix, n };
}

/** Returns the objective that vectors of zeros have, over all users. */
export async function readObjectiveOfZeros(run: FactorizationRun): Promise<number> {
  const tree = new TreeSum(addNumbers);
  for (const { meta } of await run.work.openAll(score)) {
    for (const node of meta.zeros) tree.push(node);
  }
  return tree.root();
}

/**
 * Returns ranges of blocks with about equally many rows in the runs of `files`.
 * @throws EmptyModelError without any row
 */
async function blockShards(
  run: FactorizationRun,
  files: readonly SegmentFile[],
  whyEmpty: string,
): Promise<readonly BucketRange[]> {
  const rows = await rowsByBucket(run, files);
  if (!rows.some((count) => count > 0)) {
    throw new EmptyModelError(`the model would be empty: ${whyEmpty}. Nothing is published`);
  }
  return shardsByWeight(run, rows, SHARD_ENTRIES, pairGrowth(run.settings));
}

const metaOf = ({ ids, idx }: SideMatrix, { from, to }: BucketRange): MatrixMeta => ({
  from,
  to,
  rows: ids.length,
  pairs: idx.length,
});
