/**
 * `score` and `transpose`: from actions to the two side matrices. `score` takes ranges of user blocks, and hands each pair
 * on to its item's block; `transpose` takes ranges of item blocks.
 */
import { EmptyModelError } from '../../shared/errors.ts';
import type { Shard } from '../../shared/job/job.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { paddedRank } from '../../shared/kernels/als.ts';
import { type BucketRange, cutBuckets } from '../../shared/shuffle/buckets.ts';
import { addRuns, readAllRuns } from '../../shared/shuffle/runs.ts';
import { bucketsOf, readActionRuns, rowsByBucket } from '../../shared/shuffle/user-actions.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { effectiveWeightings, matrixOf, type ScoredRuns, type SideMatrix, scoreActions } from './core-matrix.ts';
import { addNumbers, type TreeNode, TreeSum } from './core-tree.ts';
import { zerosOverBlocks } from './core-zeros.ts';
import { addMatrix } from './matrix-object.ts';
import type { FactorizationRun } from './settings.ts';

/** Actions or pairs that one shard holds: some 50 bytes of memory each while they are put in order, and seconds of work. */
const SHARD_ENTRIES = 2_500_000;
/** Bytes of factors that a shard of `solve` may have to hold, one row a pair at the worst. */
const FIXED_BYTES = 1_280_000_000;

/**
 * Times that a shard may hold more, of a large input: every shard of `solve` streams all factors of the other side, so half
 * as many halve that; but it keeps the rows that its pairs name.
 */
export const pairGrowth = ({ rank }: { readonly rank: number }): number =>
  Math.max(1, FIXED_BYTES / (SHARD_ENTRIES * paddedRank(rank) * Float32Array.BYTES_PER_ELEMENT));

export async function scoreShards(run: FactorizationRun): Promise<readonly Shard[]> {
  const rated = await run.work.openAll('rate');
  await checkRejects(run, rated);
  return blockShards(run, rated, 'no action is of a type that actionWeightings gives a value');
}

export async function transposeShards(run: FactorizationRun): Promise<readonly Shard[]> {
  return blockShards(run, await run.work.openAll('score'), 'no pair has a positive score');
}

/** Ranges of blocks with about equally many rows in the runs of `files`. */
async function blockShards(
  run: FactorizationRun,
  files: readonly SegmentFile[],
  whyEmpty: string,
): Promise<readonly Shard[]> {
  const rows = await rowsByBucket(run, files);
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (total === 0) throw new EmptyModelError(`the model would be empty: ${whyEmpty}. Nothing is published`);
  const count = shardCount(run, total, SHARD_ENTRIES, pairGrowth(run.settings));
  return cutBuckets(rows, count).map(({ from, to }) => ({ from, to }));
}

export async function score(run: FactorizationRun, shard: Shard): Promise<Body> {
  const blocks = bucketsOf(run);
  const lists = await readActionRuns(run, 'rate', rangeOf(shard));
  const { users, pairs } = scoreActions(lists, effectiveWeightings(run.settings.actionWeightings), blocks);
  const writer = new SegmentWriter();
  addMatrix(writer, users);
  addRuns(writer, pairs, blocks);
  const { from, to } = rangeOf(shard);
  const { nodes } = zerosOverBlocks(users, run.settings.alpha, from, to);
  return writer.finish({ ...metaOf(shard, users), zeros: nodes.map((node) => ({ ...node })) });
}

/** The objective of vectors of zeros over all users. */
export async function readObjectiveOfZeros(run: FactorizationRun): Promise<number> {
  const tree = new TreeSum(addNumbers);
  for (const { meta } of await run.work.openAll('score')) {
    for (const node of (meta as unknown as { zeros: TreeNode<number>[] }).zeros) tree.push(node);
  }
  return tree.root();
}

export async function transpose(run: FactorizationRun, shard: Shard): Promise<Body> {
  const pairs: ScoredRuns[] = await readAllRuns(await run.work.openAll('score'), rangeOf(shard));
  const items = matrixOf(pairs, bucketsOf(run));
  const writer = new SegmentWriter();
  addMatrix(writer, items);
  return writer.finish(metaOf(shard, items));
}

const rangeOf = (shard: Shard): BucketRange => shard as unknown as BucketRange;

function metaOf(shard: Shard, { ids, idx }: SideMatrix) {
  const { from, to } = rangeOf(shard);
  return { from, to, rows: ids.length, pairs: idx.length };
}
