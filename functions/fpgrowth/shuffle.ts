/**
 * The shuffle between the steps. The rows of an object are sorted by bucket, and `offsets`, at its end, has the start of each
 * bucket.
 */
import { joined } from '../../shared/columns/bytes.ts';
import type { Shard, StepObjects } from '../../shared/job/shard.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { RowsByKey } from './core-rows.ts';
import type { RulesRun } from './settings.ts';

/** The number of buckets of items, by id, and of antecedents, by hash. A shard works on at least one bucket. */
export const BUCKETS = 1024;

/** *C cells of rows, B buckets.* Bucket `b` has the cells `offsets[b]` (inclusive) to `offsets[b + 1]` (exclusive). */
const ROWS = new ColumnTable({
  cells: Uint32Array, // (C)
  offsets: Uint32Array, // (B + 1)
});

/** The meta of an object that holds rows, with the number of rows. */
export type RowsMeta = { readonly rows: number };

/** The column that `ROWS` and other tables have: the start of each bucket in the columns beside it. (B + 1) */
const OFFSETS = new ColumnTable({ offsets: Uint32Array });

/** Returns ranges of buckets with about equally many rows or cells. @param capacity the rows or cells of a shard */
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

/** Returns the range of rows or cells of a range of buckets. */
export async function placesOfBuckets(file: SegmentFile, { from, to }: BucketRange): Promise<BucketRange> {
  const offsets = await OFFSETS.readRows(file, 'offsets', { from, to: to + 1 });
  return { from: offsets[0]!, to: offsets.at(-1)! };
}

/** Returns the shard's object. @param meta the fields of the object's meta beside the number of rows */
export function rowsObject<M extends { readonly [key: string]: number }>(
  { cells, offsets, rows }: RowsByKey,
  meta: M,
): SegmentBody<RowsMeta & M> {
  const writer = new SegmentWriter();
  ROWS.write(writer, { cells, offsets });
  return writer.finish({ rows, ...meta });
}

/** Reads the rows of a range of buckets from one object. */
export const readRows = async (file: SegmentFile, range: BucketRange): Promise<Uint32Array> =>
  ROWS.readRows(file, 'cells', await placesOfBuckets(file, range));

/** Reads the rows of a range of buckets from the objects of all shards of a step. */
export async function readAllRows(
  run: RulesRun,
  step: StepObjects<Shard, RowsMeta>,
  range: BucketRange,
): Promise<Uint32Array> {
  const files = await run.work.openAll(step);
  return joined(await Promise.all(files.map((file) => readRows(file, range))));
}
