/** What the steps share of the shuffle: objects whose rows lie by bucket, `offsets`, at the end, saying where each begins. */
import { bytesOf, integersIn, joined } from '../../shared/columns/bytes.ts';
import type { Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { type BucketRange, cutBuckets } from '../../shared/shuffle/buckets.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import type { RowsByKey } from './core-rows.ts';
import type { RulesRun } from './settings.ts';

/** Of items by id and of antecedents by hash: a shard works on one of them at least. */
export const BUCKETS = 1024;

export const rangeOf = (shard: Shard): BucketRange => shard as unknown as BucketRange;

/** Ranges of buckets with about equally many rows or cells, at least one. @param target of a shard, where none is asked for */
export async function bucketRanges(
  run: RulesRun,
  files: readonly SegmentFile[],
  buckets: number,
  target: number,
): Promise<readonly Shard[]> {
  const weights = new Float64Array(buckets);
  let total = 0;
  for (const file of files) {
    const offsets = integersIn(await file.read('offsets'));
    for (let bucket = 0; bucket < buckets; bucket++) {
      weights[bucket]! += offsets[bucket + 1]! - offsets[bucket]!;
    }
    total += offsets[buckets]!;
  }
  const ranges = cutBuckets(weights, shardCount(run, total, target));
  return ranges.length === 0 ? [{ from: 0, to: 0 }] : ranges.map(({ from, to }) => ({ from, to }));
}

/** The bytes of a column in a range of buckets. @param width bytes of a row */
export async function readRange(
  file: SegmentFile,
  { from, to }: BucketRange,
  column: string,
  width: number,
): Promise<Uint8Array> {
  const offsets = integersIn(await file.read('offsets', { start: 4 * from, end: 4 * (to + 1) }));
  return file.read(column, { start: width * offsets[0]!, end: width * offsets.at(-1)! });
}

/** Its meta has the number of rows. */
export function writeRows({ cells, offsets, rows }: RowsByKey, meta: { readonly [key: string]: number } = {}): Body {
  const writer = new SegmentWriter();
  writer.add('cells', bytesOf(cells));
  writer.add('offsets', bytesOf(offsets));
  return writer.finish({ rows, ...meta });
}

/** All rows of a range of buckets that the shards of a step wrote. */
export async function readRows(run: RulesRun, step: string, range: BucketRange): Promise<Uint32Array> {
  const files = await run.work.openAll(step);
  return joined(await Promise.all(files.map(async (file) => integersIn(await readRange(file, range, 'cells', 4)))));
}
