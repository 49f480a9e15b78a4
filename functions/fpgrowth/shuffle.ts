/** The shuffle between the steps: objects whose rows lie by bucket; `offsets`, at the end, says where each bucket begins. */
import { joined } from '../../shared/columns/bytes.ts';
import type { Shard, StepObjects } from '../../shared/job/shard.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { RowsByKey } from './core-rows.ts';
import type { RulesRun } from './settings.ts';

/** Buckets of items by id, and of antecedents by hash. A shard works on one bucket at least. */
export const BUCKETS = 1024;

/** *C cells of rows, B buckets.* Bucket `b` has the cells `offsets[b]` up to, not including, `offsets[b + 1]`. */
const ROWS = new ColumnTable({
  cells: Uint32Array, // (C)
  offsets: Uint32Array, // (B + 1)
});

/** The meta of an object that holds rows, with the number of rows. */
export type RowsMeta = { readonly rows: number };

/** The column that says where each bucket begins in the columns beside it, in whatever object. (B + 1) */
const OFFSETS = new ColumnTable({ offsets: Uint32Array });

/** Ranges of buckets with about equally many rows or cells. @param capacity rows or cells of a shard */
export async function bucketRanges(
  run: RulesRun,
  files: readonly SegmentFile[],
  buckets: number,
  capacity: number,
): Promise<readonly BucketRange[]> {
  const weights = new Float64Array(buckets);
  for (const file of files) {
    const { offsets } = await OFFSETS.read(file, 'offsets');
    for (let bucket = 0; bucket < buckets; bucket++) weights[bucket]! += offsets[bucket + 1]! - offsets[bucket]!;
  }
  return shardsByWeight(run, weights, capacity);
}

/** The rows or cells of a range of buckets: `from` up to, not including, `to`. */
export async function placesOfBuckets(file: SegmentFile, { from, to }: BucketRange): Promise<BucketRange> {
  const offsets = await OFFSETS.readRows(file, 'offsets', { from, to: to + 1 });
  return { from: offsets[0]!, to: offsets.at(-1)! };
}

/** The shard's object. @param meta kept beside the number of rows */
export function rowsObject<M extends { readonly [key: string]: number }>(
  { cells, offsets, rows }: RowsByKey,
  meta: M,
): SegmentBody<RowsMeta & M> {
  const writer = new SegmentWriter();
  ROWS.write(writer, { cells, offsets });
  return writer.finish({ rows, ...meta });
}

/** The rows of a range of buckets, of one object. */
export const readRows = async (file: SegmentFile, range: BucketRange): Promise<Uint32Array> =>
  ROWS.readRows(file, 'cells', await placesOfBuckets(file, range));

/** The rows of a range of buckets that all shards of a step wrote. */
export async function readAllRows(
  run: RulesRun,
  step: StepObjects<Shard, RowsMeta>,
  range: BucketRange,
): Promise<Uint32Array> {
  const files = await run.work.openAll(step);
  return joined(await Promise.all(files.map((file) => readRows(file, range))));
}
