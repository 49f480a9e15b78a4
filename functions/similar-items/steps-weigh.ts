/**
 * `weigh` counts the users that each item has after all filters. Its one shard holds some 40 bytes for each item of the
 * catalogue.
 */
import { joined } from '../../shared/columns/bytes.ts';
import type { MapStep, Shard } from '../../shared/job/job.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import type { KeptRows } from './core-blocks.ts';
import { idsByNumber } from './core-catalogue.ts';
import type { ItemRange } from './core-tiles.ts';
import type { SimilarityRun, StepSettings } from './settings.ts';
import { MEMORY_MB, TIMEOUT_SECONDS } from './sizes.ts';
import { number, readSeen } from './steps-number.ts';
import { readCatalogue } from './steps-tally.ts';

/** *N items of the catalogue, by number.* */
const WEIGHED = new ColumnTable({
  ids: Float64Array, // (N)
  users: Uint32Array, // (N) users of each item
});

/** The numbers of users, of (user, item) pairs, of sessions, and of items with a user, after all filters. */
export type KeptCounts = KeptRows & { readonly items: number };

export const weigh: MapStep<StepSettings, Shard, KeptCounts> = {
  kind: 'map',
  name: 'weigh',
  memoryMb: MEMORY_MB,
  timeoutSeconds: TIMEOUT_SECONDS,
  shards: async () => [{}],
  run: weighItems,
};

async function weighItems(run: SimilarityRun): Promise<SegmentBody<KeptCounts>> {
  const ids = idsByNumber(await readCatalogue(run));
  const userCounts = new Uint32Array(ids.length);
  const files = await run.work.openAll(number);
  for (const file of files) {
    const { seenItems, seenUserCounts } = await readSeen(file);
    for (let at = 0; at < seenItems.length; at++) userCounts[seenItems[at]!]! += seenUserCounts[at]!;
  }
  const items = userCounts.reduce((sum, count) => sum + Number(count > 0), 0);
  const writer = new SegmentWriter();
  WEIGHED.write(writer, { ids, users: userCounts });
  return writer.finish({ ...sumOfRows(files.map(({ meta }) => meta)), items });
}

function sumOfRows(shards: readonly KeptRows[]): KeptRows {
  const sum = (count: (rows: KeptRows) => number) => shards.reduce((total, rows) => total + count(rows), 0);
  const users = sum((rows) => rows.users);
  const pairs = sum((rows) => rows.pairs);
  if (shards.every(({ sessions }) => sessions === undefined)) return { users, pairs };
  return { users, pairs, sessions: sum(({ sessions = 0 }) => sessions) };
}

export const readKeptCounts = async (run: SimilarityRun): Promise<KeptCounts> => (await run.work.open(weigh, 0)).meta;

/** Reads the ids of all items of the catalogue, by number. (N) */
export const readItemIds = async (run: SimilarityRun): Promise<Float64Array> =>
  (await WEIGHED.read(await run.work.open(weigh, 0), 'ids')).ids;

/** Reads the ids of a range of items. */
export const readIdsOf = async (run: SimilarityRun, range: ItemRange): Promise<Float64Array> =>
  WEIGHED.readRows(await run.work.open(weigh, 0), 'ids', range);

/** Items of some ranges, one range after another. *L items.* */
export interface WeighedItems {
  /** (L) */
  readonly ids: Float64Array;
  /** The number of users of each item. (L) */
  readonly userCounts: Uint32Array;
}

export async function readItems(run: SimilarityRun, ranges: readonly ItemRange[]): Promise<WeighedItems> {
  const file = await run.work.open(weigh, 0);
  const ids: Float64Array[] = [];
  const userCounts: Uint32Array[] = [];
  for (const range of ranges) {
    ids.push(await WEIGHED.readRows(file, 'ids', range));
    userCounts.push(await WEIGHED.readRows(file, 'users', range));
  }
  return { ids: joined(ids), userCounts: joined(userCounts) };
}
