/**
 * `score` and `transpose`: from actions to the two side matrices. `score` takes ranges of user blocks, and hands each pair
 * on to its item's block; `transpose` takes ranges of item blocks.
 */
import { bytesOf, doublesIn, floatsIn, integersIn, joined } from '../../shared/columns/bytes.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import type { Shard } from '../../shared/job/job.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { cutBlocks } from './core-blocks.ts';
import { effectiveWeightings, matrixOf, scoreActions, transposed } from './core-matrix.ts';
import { addMatrix } from './matrix-object.ts';
import type { FactorizationRun } from './settings.ts';
import { blocksOf } from './steps-rate.ts';

/** Actions or pairs that one shard holds: about 100 bytes of memory each while they are sorted, and seconds of work. */
const SHARD_ROWS = 2_500_000;

/** Blocks `from` up to, not including, `to`. */
interface BlockRange {
  readonly from: number;
  readonly to: number;
}

const rangeOf = (shard: Shard): BlockRange => shard as unknown as BlockRange;

export async function scoreShards(run: FactorizationRun): Promise<readonly Shard[]> {
  const rated = await run.work.openAll('rate');
  await checkRejects(rated, run.settings.maxRejectRatio);
  return blockShards(run, rated, 'offsets', 'no action is of a type that actionWeightings gives a value');
}

export async function transposeShards(run: FactorizationRun): Promise<readonly Shard[]> {
  return blockShards(run, await run.work.openAll('score'), 'item offsets', 'no pair has a positive score');
}

/** Ranges of blocks with about equally many rows. `section` holds where each block's rows begin. (blocks + 1) */
async function blockShards(
  run: FactorizationRun,
  files: readonly SegmentFile[],
  section: string,
  whyEmpty: string,
): Promise<readonly Shard[]> {
  const rows = new Float64Array(blocksOf(run));
  let total = 0;
  for (const file of files) {
    const offsets = integersIn(await file.read(section));
    for (let block = 0; block < rows.length; block++) {
      rows[block]! += (offsets[block + 1] as number) - (offsets[block] as number);
    }
    total += offsets.at(-1) as number;
  }
  if (total === 0) throw new EmptyModelError(`the model would be empty: ${whyEmpty}. Nothing is published`);
  const shards = cutBlocks(rows, run.shards ?? Math.ceil(total / SHARD_ROWS));
  return shards.map(({ from, to }) => ({ from, to }));
}

/** The rows of the blocks in range, of one column that is laid out by block. */
async function readBlocks(
  file: SegmentFile,
  offsets: Uint32Array,
  { from, to }: BlockRange,
  column: string,
  bytes: number,
): Promise<Uint8Array> {
  return file.read(column, { start: (offsets[from] as number) * bytes, end: (offsets[to] as number) * bytes });
}

export async function score(run: FactorizationRun, shard: Shard): Promise<Body> {
  const range = rangeOf(shard);
  const users: Float64Array[] = [];
  const items: Float64Array[] = [];
  const types: Uint8Array[] = [];
  for (const file of await run.work.openAll('rate')) {
    const offsets = integersIn(await file.read('offsets'));
    users.push(doublesIn(await readBlocks(file, offsets, range, 'users', 8)));
    items.push(doublesIn(await readBlocks(file, offsets, range, 'items', 8)));
    types.push(await readBlocks(file, offsets, range, 'types', 1));
  }
  const actions = { users: joined(users), items: joined(items), types: joined(types) };
  const blocks = blocksOf(run);
  const matrix = scoreActions(actions, effectiveWeightings(run.settings.actionWeightings), blocks);
  const byItem = transposed(matrix, blocks);
  const writer = new SegmentWriter();
  addMatrix(writer, matrix);
  writer.add('item offsets', bytesOf(byItem.offsets));
  writer.add('item rows', bytesOf(byItem.rows));
  writer.add('item neighbours', bytesOf(byItem.neighbours));
  writer.add('item scores', bytesOf(byItem.scores));
  return writer.finish({ ...range, rows: matrix.ids.length, pairs: matrix.idx.length });
}

export async function transpose(run: FactorizationRun, shard: Shard): Promise<Body> {
  const range = rangeOf(shard);
  const rows: Float64Array[] = [];
  const neighbours: Float64Array[] = [];
  const scores: Float32Array[] = [];
  for (const file of await run.work.openAll('score')) {
    const offsets = integersIn(await file.read('item offsets'));
    rows.push(doublesIn(await readBlocks(file, offsets, range, 'item rows', 8)));
    neighbours.push(doublesIn(await readBlocks(file, offsets, range, 'item neighbours', 8)));
    scores.push(floatsIn(await readBlocks(file, offsets, range, 'item scores', 4)));
  }
  const columns = { rows: joined(rows), neighbours: joined(neighbours), scores: joined(scores) };
  const matrix = matrixOf(columns, blocksOf(run));
  const writer = new SegmentWriter();
  addMatrix(writer, matrix);
  return writer.finish({ ...range, rows: matrix.ids.length, pairs: matrix.idx.length });
}
