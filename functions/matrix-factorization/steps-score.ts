/**
 * `score` and `transpose`: from actions to the two side matrices. `score` takes ranges of user blocks, and hands each pair
 * on to its item's block; `transpose` takes ranges of item blocks.
 */
import { EmptyModelError } from '../../shared/errors.ts';
import type { Shard } from '../../shared/job/job.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { cutBlocks } from './core-blocks.ts';
import { effectiveWeightings, matrixOf, type SideMatrix, scoreActions, transposed } from './core-matrix.ts';
import { groupRows } from './core-rows.ts';
import {
  addMatrix,
  addRows,
  type BlockRange,
  entriesByBlock,
  readActionRows,
  readScoredRows,
} from './matrix-object.ts';
import type { FactorizationRun } from './settings.ts';
import { blocksOf } from './steps-rate.ts';

/** Actions or pairs that one shard holds: some 50 bytes of memory each while they are put in order, and seconds of work. */
const SHARD_ENTRIES = 2_500_000;

const rangeOf = (shard: Shard): BlockRange => shard as unknown as BlockRange;

export async function scoreShards(run: FactorizationRun): Promise<readonly Shard[]> {
  const rated = await run.work.openAll('rate');
  await checkRejects(rated, run.settings.maxRejectRatio);
  return blockShards(run, rated, 'no action is of a type that actionWeightings gives a value');
}

export async function transposeShards(run: FactorizationRun): Promise<readonly Shard[]> {
  return blockShards(run, await run.work.openAll('score'), 'no pair has a positive score');
}

/** Ranges of blocks with about equally many entries in the rows of `files`. */
async function blockShards(
  run: FactorizationRun,
  files: readonly SegmentFile[],
  whyEmpty: string,
): Promise<readonly Shard[]> {
  const entries = new Float64Array(blocksOf(run));
  for (const file of files) {
    for (const [block, count] of (await entriesByBlock(file)).entries()) entries[block]! += count;
  }
  const total = entries.reduce((sum, count) => sum + count, 0);
  if (total === 0) throw new EmptyModelError(`the model would be empty: ${whyEmpty}. Nothing is published`);
  const shards = cutBlocks(entries, shardCount(run, total, SHARD_ENTRIES));
  return shards.map(({ from, to }) => ({ from, to }));
}

export async function score(run: FactorizationRun, shard: Shard): Promise<Body> {
  const range = rangeOf(shard);
  const blocks = blocksOf(run);
  const lists = [];
  for (const file of await run.work.openAll('rate')) lists.push(await readActionRows(file, range));
  const weightings = effectiveWeightings(run.settings.actionWeightings);
  const matrix = scoreActions(groupRows(lists, blocks), weightings, blocks);
  const writer = new SegmentWriter();
  addMatrix(writer, matrix);
  addRows(writer, transposed(matrix, blocks));
  return writer.finish(metaOf(range, matrix));
}

export async function transpose(run: FactorizationRun, shard: Shard): Promise<Body> {
  const range = rangeOf(shard);
  const blocks = blocksOf(run);
  const lists = [];
  for (const file of await run.work.openAll('score')) lists.push(await readScoredRows(file, range));
  const matrix = matrixOf(groupRows(lists, blocks), blocks);
  const writer = new SegmentWriter();
  addMatrix(writer, matrix);
  return writer.finish(metaOf(range, matrix));
}

const metaOf = ({ from, to }: BlockRange, { ids, idx }: SideMatrix) => ({
  from,
  to,
  rows: ids.length,
  pairs: idx.length,
});
