/** `format` writes the lines of some shelves: by item1, then the most similar first, then item2. */
import type { MapStep } from '../../shared/job/job.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { linesOf } from './core-lines.ts';
import type { SimilarityRun, StepSettings } from './settings.ts';
import { MEMORY_MB, SHARD_PAIRS, TIMEOUT_SECONDS } from './sizes.ts';
import { readShelfOffsets, readShelves, select } from './steps-select.ts';

/** The section that holds a shard's text. */
export const TEXT = 'text';

/** *R lines.* */
const LENGTHS = new ColumnTable({ lengths: Uint8Array }); // (R) bytes of each line

/** The number of lines, and of similarities that are not finite. */
export type LinesMeta = { readonly records: number; readonly notFinite: number };

export const format: MapStep<StepSettings, BucketRange, LinesMeta> = {
  kind: 'map',
  name: 'format',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  shards: shelfShards,
  run: formatPairs,
};

/** Returns ranges of shelves with about equally many pairs. */
async function shelfShards(run: SimilarityRun): Promise<readonly BucketRange[]> {
  const offsets = await Promise.all((await run.work.openAll(select)).map(readShelfOffsets));
  const pairs = new Float64Array(offsets[0]!.length - 1);
  for (const own of offsets) {
    for (let shelf = 0; shelf < pairs.length; shelf++) pairs[shelf]! += own[shelf + 1]! - own[shelf]!;
  }
  return shardsByWeight(run, pairs, SHARD_PAIRS);
}

async function formatPairs(run: SimilarityRun, shelves: BucketRange): Promise<SegmentBody<LinesMeta>> {
  const { text, lengths, notFinite } = linesOf(await readShelves(run, shelves));
  const writer = new SegmentWriter();
  writer.add(TEXT, text);
  LENGTHS.write(writer, { lengths });
  return writer.finish({ records: lengths.length, notFinite });
}

/** Reads the number of bytes of each line. (R) */
export const readLineLengths = async (file: SegmentFile<LinesMeta>): Promise<Uint8Array> =>
  (await LENGTHS.read(file, 'lengths')).lengths;
