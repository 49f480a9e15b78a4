/**
 * `number` writes each user's items as numbers of the catalogue, by blocks of items. It leaves out users with too few
 * items.
 */
import { joined } from '../../shared/columns/bytes.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { type KeptRows, numberRows } from './core-blocks.ts';
import { numbersOf } from './core-catalogue.ts';
import type { Entries } from './core-tile.ts';
import type { ItemRange } from './core-tiles.ts';
import { emptyModel } from './empty-model.ts';
import type { SimilarityRun, StepSettings } from './settings.ts';
import { MEMORY_MB, TIMEOUT_SECONDS } from './sizes.ts';
import { pair, readOwners, readPairs } from './steps-pair.ts';
import { readCatalogue, readCatalogueSize } from './steps-tally.ts';

/** `NumberedRows` in an object. *K users, E entries, M blocks, S items that have a user.* */
const NUMBERED = new ColumnTable({
  users: Float64Array, // (K) ids
  rows: Uint32Array, // (E) the user of each entry, as an index into `users`
  items: Uint32Array, // (E) the item number of each entry
  seen: Uint32Array, // (S) item numbers, ascending
  'seen users': Uint32Array, // (S) users of each item
  offsets: Uint32Array, // (M + 1) the first entry of each block
  work: Float64Array, // (M) pairs of entries of one user
});

/** A shard of `number`: the shard of `pair` whose items it numbers. */
type NumberShard = { readonly pair: number };

export const number: MapStep<StepSettings, NumberShard, KeptRows> = {
  kind: 'map',
  name: 'number',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  follows: [pair],
  shards: async (run) => {
    const { items } = await readCatalogueSize(run);
    if (items === 0)
      throw emptyModel('itemType, sample, excludeUsersAbove, minUsersPerItem and maxUsersPerItem leave no item');
    return (await run.work.shards(pair)).map(({ index }) => ({ pair: index }));
  },
  run: numberItems,
};

async function numberItems(run: SimilarityRun, shard: NumberShard): Promise<SegmentBody<KeptRows>> {
  const { items, width } = await readCatalogueSize(run);
  const file = await run.work.open(pair, shard.pair);
  const catalogue = await readCatalogue(run);
  const pairs = await readPairs(file);
  const numbered = numberRows(pairs, numbersOf(pairs.itemIds, catalogue), {
    owners: await readOwners(run, file),
    minItemsPerUser: run.settings.minItemsPerUser,
    blocks: Math.ceil(items / width),
    width,
  });
  const writer = new SegmentWriter();
  NUMBERED.write(writer, {
    users: numbered.userIds,
    rows: numbered.entryUsers,
    items: numbered.entryItems,
    seen: numbered.seenItems,
    'seen users': numbered.seenUserCounts,
    offsets: numbered.offsets,
    work: numbered.work,
  });
  return writer.finish(numbered.kept);
}

/** Reads how a shard's entries lie in blocks: the first entry (M + 1) and the work (M) of each block. */
export const readBlocks = (file: SegmentFile<KeptRows>) => NUMBERED.read(file, 'offsets', 'work');

/** Reads the numbers of the items that have a user (S), and the number of users of the shard for each of them (S). */
export async function readSeen(file: SegmentFile<KeptRows>) {
  const { seen, 'seen users': users } = await NUMBERED.read(file, 'seen', 'seen users');
  return { seenItems: seen, seenUserCounts: users };
}

/** An object of `number`, and where in it the entries of some blocks are. */
export interface EntryFile {
  readonly file: SegmentFile<KeptRows>;
  /** Ranges of entries. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
}

/** Finds the entries of items in an object. @param ranges whole blocks @param width the number of items of a block */
export async function findEntries(
  file: SegmentFile<KeptRows>,
  ranges: readonly ItemRange[],
  width: number,
): Promise<EntryFile> {
  const { offsets } = await NUMBERED.read(file, 'offsets');
  return {
    file,
    ranges: ranges.map(({ from, to }) => ({ from: offsets[from / width]!, to: offsets[Math.ceil(to / width)]! })),
  };
}

/** Reads the entries of all ranges, one range after another. */
export async function readEntries({ file, ranges }: EntryFile): Promise<Entries> {
  const entryUsers: Uint32Array[] = [];
  const entryItems: Uint32Array[] = [];
  for (const range of ranges) {
    entryUsers.push(await NUMBERED.readRows(file, 'rows', range));
    entryItems.push(await NUMBERED.readRows(file, 'items', range));
  }
  const { users } = await NUMBERED.read(file, 'users');
  return { userIds: users, entryUsers: joined(entryUsers), entryItems: joined(entryItems) };
}
