/** `select` keeps the best pairs of each item over all tiles, and lays them out by the shelf of their smaller id. */
import { joined } from '../../shared/columns/bytes.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { shardsByWeight } from '../../shared/shuffle/weighted-shards.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import {
  type CandidateRange,
  candidateRanges,
  type ItemCandidates,
  readCandidates,
  readOffsets,
} from './candidates.ts';
import type { KeptPairs } from './core-lines.ts';
import { keepBest } from './core-select.ts';
import { Shelves, shelfStarts } from './core-shelves.ts';
import type { ItemRange } from './core-tiles.ts';
import { emptyModel } from './empty-model.ts';
import type { SimilarityRun, StepSettings } from './settings.ts';
import { MEMORY_MB, SHARD_PAIRS, TIMEOUT_SECONDS } from './sizes.ts';
import { compare } from './steps-compare.ts';
import { readCatalogue, readCatalogueSize } from './steps-tally.ts';
import { readIdsOf } from './steps-weigh.ts';

/** `ShelvedPairs` in an object. *R pairs, S shelves.* */
const SHELVED = new ColumnTable({
  low: Float64Array, // (R) the smaller id
  high: Float64Array, // (R) the larger id
  sims: Float64Array, // (R)
  offsets: Uint32Array, // (S + 1) the first pair of each shelf
});

export const select: MapStep<StepSettings, ItemRange, null> = {
  kind: 'map',
  name: 'select',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  shards: itemShards,
  run: selectPairs,
};

/** Returns ranges of whole blocks of items. @throws EmptyModelError without any candidate */
async function itemShards(run: SimilarityRun): Promise<readonly ItemRange[]> {
  const { items, width } = await readCatalogueSize(run);
  const candidates = new Float64Array(Math.ceil(items / width));
  for (const range of await allRanges(run)) {
    const offsets = await readOffsets(range, range);
    for (let item = range.from; item < range.to; item++) {
      const at = item - range.from;
      candidates[Math.floor(item / width)]! += offsets[at + 1]! - offsets[at]!;
    }
  }
  if (!candidates.some((count) => count > 0)) {
    throw emptyModel('DIMSUM drew no pair of items; a lower dimsumThreshold draws more');
  }
  const blocks = shardsByWeight(run, candidates, SHARD_PAIRS);
  return blocks.map(({ from, to }) => ({ from: from * width, to: Math.min(items, to * width) }));
}

/** Returns the item ranges of all tiles. */
async function allRanges(run: SimilarityRun): Promise<CandidateRange[]> {
  const tiles = await run.work.shards(compare);
  const files = await run.work.openAll(compare);
  return files.flatMap((file, index) => candidateRanges(file, tiles[index]!));
}

async function selectPairs(run: SimilarityRun, { from, to }: ItemRange): Promise<SegmentBody<null>> {
  const found: ItemCandidates[] = [];
  for (const range of await allRanges(run)) {
    const items = { from: Math.max(from, range.from), to: Math.min(to, range.to) };
    if (items.from < items.to) found.push(await readCandidates(range, items));
  }
  const ids = await readIdsOf(run, { from, to });
  const shelves = new Shelves(shelfStarts((await readCatalogue(run)).ids));
  for (let item = from; item < to; item++) {
    const candidates = found.map((tile) => tile.of(item)).filter((own) => own !== undefined);
    keepBest(ids[item - from]!, candidates, run.settings.limit, shelves);
  }
  const writer = new SegmentWriter();
  SHELVED.write(writer, shelves.pairs());
  return writer.finish();
}

/** Reads the first pair of each shelf. (S + 1) */
export const readShelfOffsets = async (file: SegmentFile<null>): Promise<Uint32Array> =>
  (await SHELVED.read(file, 'offsets')).offsets;

/** Reads the pairs of some shelves that all shards kept, one shard's after another. */
export async function readShelves(run: SimilarityRun, shelves: BucketRange): Promise<KeptPairs> {
  const low: Float64Array[] = [];
  const high: Float64Array[] = [];
  const sims: Float64Array[] = [];
  for (const file of await run.work.openAll(select)) {
    const offsets = await readShelfOffsets(file);
    const rows = { from: offsets[shelves.from]!, to: offsets[shelves.to]! };
    low.push(await SHELVED.readRows(file, 'low', rows));
    high.push(await SHELVED.readRows(file, 'high', rows));
    sims.push(await SHELVED.readRows(file, 'sims', rows));
  }
  return { low: joined(low), high: joined(high), sims: joined(sims) };
}
