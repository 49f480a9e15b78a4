/** `compare` finds the best partners of each item among the pairs of one tile. */
import type { MapStep } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import type { UserRows } from '../../shared/kernels/similarity.ts';
import { bestPartners, type Partners, TileCounters, type TileOptions } from '../../shared/kernels/similarity.ts';
import { chanceOf, gammaOf, weightOf } from '../../shared/kernels/similarity-sampling.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { CANDIDATES } from './candidates.ts';
import { maxRangeItems } from './core-blocks.ts';
import { isSquare, joinedRows, rangesOf, tileRows } from './core-tile.ts';
import { CHUNK_ENTRIES, planTiles, SHARD_WORK, type Tile } from './core-tiles.ts';
import { emptyModel } from './empty-model.ts';
import type { SimilarityRun, StepSettings } from './settings.ts';
import { MEMORY_MB, TIMEOUT_SECONDS } from './sizes.ts';
import { type EntryFile, findEntries, number, readBlocks, readEntries } from './steps-number.ts';
import { readCatalogueSize } from './steps-tally.ts';
import { readItems, readKeptCounts } from './steps-weigh.ts';

export const compare: MapStep<StepSettings, Tile, null> = {
  kind: 'map',
  name: 'compare',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  shards: tileShards,
  run: compareTile,
};

/** @throws EmptyModelError when no user, or no session, has two items */
async function tileShards(run: SimilarityRun): Promise<readonly Tile[]> {
  const { items, width } = await readCatalogueSize(run);
  const { entries, work } = await sumBlocks(run, Math.ceil(items / width));
  const pairs = work.reduce((sum, own) => sum + own, 0);
  const tiles = planTiles({
    items,
    width,
    rangeItems: maxRangeItems(run.settings.limit),
    entries,
    work,
    count: shardCount(run, pairs, SHARD_WORK),
  });
  if (tiles.length === 0) throw emptyModel(`no ${run.settings.unit ?? 'user'} has two items that the filters leave`);
  return tiles;
}

/** Returns the entries and the work of each block, over all users. */
async function sumBlocks(run: SimilarityRun, blocks: number): Promise<{ entries: Float64Array; work: Float64Array }> {
  const entries = new Float64Array(blocks);
  const work = new Float64Array(blocks);
  for (const file of await run.work.openAll(number)) {
    const own = await readBlocks(file);
    for (let block = 0; block < blocks; block++) {
      entries[block]! += own.offsets[block + 1]! - own.offsets[block]!;
      work[block]! += own.work[block]!;
    }
  }
  return { entries, work };
}

async function compareTile(run: SimilarityRun, tile: Tile): Promise<SegmentBody<null>> {
  const options = await tileOptions(run, tile);
  const { offsets, partners, sims } = await findPartners(run, tile, options);
  const writer = new SegmentWriter();
  CANDIDATES.write(writer, {
    partners: Float64Array.from(partners, (item) => options.ids[item]!),
    sims,
    offsets,
  });
  return writer.finish();
}

/** Counts all users at once when their entries fit into memory; otherwise counts one file of users after another. */
async function findPartners(run: SimilarityRun, tile: Tile, options: TileOptions): Promise<Partners> {
  const { width } = await readCatalogueSize(run);
  const files: EntryFile[] = [];
  for (const file of await run.work.openAll(number)) files.push(await findEntries(file, rangesOf(tile), width));
  if (entriesOf(files) <= CHUNK_ENTRIES) {
    const rows: UserRows[] = [];
    for (const file of files) rows.push(tileRows(await readEntries(file), tile));
    return bestPartners(options, joinedRows(rows));
  }
  const counters = new TileCounters(options);
  for (const file of files) counters.add(tileRows(await readEntries(file), tile));
  return counters.best();
}

/** Returns the number of entries of all files. */
const entriesOf = (files: readonly EntryFile[]): number =>
  files.flatMap(({ ranges }) => ranges).reduce((sum, { from, to }) => sum + to - from, 0);

async function tileOptions(run: SimilarityRun, tile: Tile): Promise<TileOptions> {
  const { dimsumThreshold, limit, seed } = run.settings;
  const { ids, userCounts } = await readItems(run, rangesOf(tile));
  const gamma = gammaOf((await readKeptCounts(run)).items, dimsumThreshold);
  const isExact = gamma === Number.POSITIVE_INFINITY;
  return {
    ids,
    weights: Float64Array.from(userCounts, (count) => weightOf(count, gamma)),
    rows: tile.rows.to - tile.rows.from,
    rowPairs: isSquare(tile),
    limit,
    sampling: isExact ? undefined : { seed, chances: Int32Array.from(userCounts, (count) => chanceOf(count, gamma)) },
  };
}
