/**
 * `tally` makes the catalogue: the items that the filters leave, with their numbers. Its one shard holds some 40 bytes
 * for each item.
 */
import type { MapStep, Shard } from '../../shared/job/job.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { blockWidth } from './core-blocks.ts';
import { type Catalogue, Tally } from './core-catalogue.ts';
import type { SimilarityRun, StepSettings } from './settings.ts';
import { MEMORY_MB, TIMEOUT_SECONDS } from './sizes.ts';
import { pair, readItemCounts } from './steps-pair.ts';

/** *N items of the catalogue.* */
const CATALOGUE = new ColumnTable({
  ids: Float64Array, // (N) ascending
  numbers: Uint32Array, // (N) 0 to N − 1
});

/** The number of items of the catalogue, and the number of items of a block. */
export type CatalogueSize = { readonly items: number; readonly width: number };

export const tally: MapStep<StepSettings, Shard, CatalogueSize> = {
  kind: 'map',
  name: 'tally',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  shards: async () => [{}],
  run: tallyItems,
};

async function tallyItems(run: SimilarityRun): Promise<SegmentBody<CatalogueSize>> {
  const { minUsersPerItem, maxUsersPerItem, limit } = run.settings;
  const sum = new Tally();
  for (const file of await run.work.openAll(pair)) sum.add(await readItemCounts(file));
  const catalogue = sum.catalogue(minUsersPerItem, maxUsersPerItem);
  const items = catalogue.ids.length;
  const writer = new SegmentWriter();
  CATALOGUE.write(writer, catalogue);
  return writer.finish({ items, width: blockWidth(items, limit) });
}

export const readCatalogueSize = async (run: SimilarityRun): Promise<CatalogueSize> =>
  (await run.work.open(tally, 0)).meta;

export const readCatalogue = async (run: SimilarityRun): Promise<Catalogue> =>
  CATALOGUE.read(await run.work.open(tally, 0), 'ids', 'numbers');
