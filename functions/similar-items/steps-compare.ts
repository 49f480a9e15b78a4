/** `compare`: the best partners of each item among the pairs of one tile. */
import { bytesOf, doublesIn, integersIn, joined } from '../../shared/columns/bytes.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import type { Shard } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import {
  bestPartners,
  type Partners,
  TileCounters,
  type TileOptions,
  type UserRows,
} from '../../shared/kernels/similarity.ts';
import { chanceOf, gammaOf, weightOf } from '../../shared/kernels/similarity-sampling.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { maxRangeItems } from './core-blocks.ts';
import { type Entries, isSquare, joinedRows, rangesOf, tileRows } from './core-tile.ts';
import { CHUNK_ENTRIES, planTiles, SHARD_WORK, type Tile } from './core-tiles.ts';
import type { SimilarityRun } from './settings.ts';
import { grainOf, keptCounts } from './steps-pairs.ts';

export async function compareShards(run: SimilarityRun): Promise<readonly Shard[]> {
  const { items, width } = await grainOf(run);
  const blocks = Math.ceil(items / width);
  const entries = new Float64Array(blocks);
  const work = new Float64Array(blocks);
  for (const file of await run.work.openAll('number')) {
    const [starts, pairs] = await file.readMany(['offsets', 'work']);
    const [offsets, own] = [integersIn(starts), doublesIn(pairs)];
    for (let block = 0; block < blocks; block++) {
      entries[block]! += offsets[block + 1]! - offsets[block]!;
      work[block]! += own[block]!;
    }
  }
  const count = shardCount(
    run,
    work.reduce((sum, pairs) => sum + pairs, 0),
    SHARD_WORK,
  );
  const rangeItems = maxRangeItems(run.settings.limit);
  const tiles = planTiles({ items, width, rangeItems, entries, work, count });
  if (tiles.length === 0) throw nothingSimilar('no user has two items that the filters leave');
  return tiles.map(({ rows, columns }) => ({ rows: { ...rows }, columns: { ...columns } }));
}

export const nothingSimilar = (why: string): EmptyModelError =>
  new EmptyModelError(`the model would be empty: ${why}. Nothing is published`);

export const tileOf = (shard: Shard): Tile => shard as unknown as Tile;

export async function compare(run: SimilarityRun, shard: Shard): Promise<Body> {
  const tile = tileOf(shard);
  const options = await tileOptions(run, tile);
  const { offsets, partners, sims } = await count(run, tile, options);
  const writer = new SegmentWriter();
  writer.add('partners', bytesOf(Float64Array.from(partners, (item) => options.ids[item]!)));
  writer.add('sims', bytesOf(sims));
  writer.add('offsets', bytesOf(offsets));
  return writer.finish();
}

/** Counts all users at once where they can be held, else one file of them after another. */
async function count(run: SimilarityRun, tile: Tile, options: TileOptions): Promise<Partners> {
  const { width } = await grainOf(run);
  const files: EntryFile[] = [];
  for (const file of await run.work.openAll('number')) {
    const offsets = integersIn(await file.read('offsets'));
    const parts = rangesOf(tile).map(({ from, to }) => ({
      start: offsets[from / width]!,
      end: offsets[Math.ceil(to / width)]!,
    }));
    files.push({ file, parts });
  }
  const entries = files.reduce(
    (sum, { parts }) => sum + parts.reduce((own, { start, end }) => own + end - start, 0),
    0,
  );
  if (entries <= CHUNK_ENTRIES) {
    const rows: UserRows[] = [];
    for (const file of files) rows.push(tileRows(await readEntries(file), tile));
    return bestPartners(options, joinedRows(rows));
  }
  const counters = new TileCounters(options);
  for (const file of files) counters.add(tileRows(await readEntries(file), tile));
  return counters.best();
}

/** A file of numbered rows, and where in it the entries of the tile's ranges stand. */
interface EntryFile {
  readonly file: SegmentFile;
  readonly parts: readonly { readonly start: number; readonly end: number }[];
}

async function readEntries({ file, parts }: EntryFile): Promise<Entries> {
  const rows: Uint32Array[] = [];
  const items: Uint32Array[] = [];
  for (const { start, end } of parts) {
    rows.push(integersIn(await file.read('rows', { start: 4 * start, end: 4 * end })));
    items.push(integersIn(await file.read('items', { start: 4 * start, end: 4 * end })));
  }
  return { users: doublesIn(await file.read('users')), rows: joined(rows), items: joined(items) };
}

async function tileOptions(run: SimilarityRun, tile: Tile): Promise<TileOptions> {
  const { dimsumThreshold, limit, seed } = run.settings;
  const file = await run.work.open('weigh', 0);
  const ids: Float64Array[] = [];
  const users: Float64Array[] = [];
  for (const { from, to } of rangesOf(tile)) {
    ids.push(doublesIn(await file.read('ids', { start: 8 * from, end: 8 * to })));
    users.push(Float64Array.from(integersIn(await file.read('users', { start: 4 * from, end: 4 * to }))));
  }
  const gamma = gammaOf((await keptCounts(run)).items, dimsumThreshold);
  const ones = joined(users);
  return {
    ids: joined(ids),
    weights: ones.map((count) => weightOf(count, gamma)),
    rows: tile.rows.to - tile.rows.from,
    rowPairs: isSquare(tile),
    limit,
    ...(Number.isFinite(gamma) && {
      sampling: { seed, chances: Int32Array.from(ones, (count) => chanceOf(count, gamma)) },
    }),
  };
}
