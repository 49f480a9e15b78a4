/**
 * From actions to rows of item numbers: `collect` (actions to their users' buckets), `pair` (distinct pairs), `tally` (the
 * catalogue: items that the filters leave), `number` (rows by item number, users that the filters leave), `weigh` (how many
 * users each item has in the end).
 *
 * `tally` and `weigh` are one shard each: they hold some 40 bytes an item.
 */
import { bytesOf, doublesIn, integersIn } from '../../shared/columns/bytes.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import type { InputShard } from '../../shared/job/inputs.ts';
import type { Shard } from '../../shared/job/job.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { actionShards, collectActionsByUser, readUserActions, userShards } from '../../shared/shuffle/user-actions.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { blockWidth, numberRows } from './core-blocks.ts';
import { type Catalogue, idsByNumber, numbersOf, Tally } from './core-catalogue.ts';
import { distinctPairs, type ItemCounts } from './core-pairs.ts';
import { keptActions } from './core-sample.ts';
import type { SimilarityRun } from './settings.ts';

export const collectShards = actionShards;

export function collect(run: SimilarityRun, shard: Shard): Promise<Body> {
  const keep = keptActions(run.settings);
  return collectActionsByUser(run, shard as InputShard, { columns: ['items'], ...(keep && { keep }) });
}

export const pairShards = (run: SimilarityRun): Promise<readonly Shard[]> => userShards(run, 'collect');

export async function pair(run: SimilarityRun, shard: Shard): Promise<Body> {
  const { users, offsets, items } = await readUserActions(run, 'collect', shard as BucketRange);
  const pairs = distinctPairs(users, offsets, items);
  const writer = new SegmentWriter();
  writer.add('ids', bytesOf(pairs.ids));
  writer.add('users', bytesOf(pairs.users));
  writer.add('rows', bytesOf(pairs.rows));
  writer.add('offsets', bytesOf(pairs.offsets));
  writer.add('items', bytesOf(pairs.items));
  return writer.finish();
}

/** The one shard of a step that looks at all items. */
export const wholeShard = async (): Promise<readonly Shard[]> => [{}];

export async function tally(run: SimilarityRun): Promise<Body> {
  const { minUsersPerItem, maxUsersPerItem, limit } = run.settings;
  const sum = new Tally();
  for (const file of await run.work.openAll('pair')) sum.add(await readCounts(file));
  const { ids, numbers } = sum.catalogue(minUsersPerItem, maxUsersPerItem);
  const writer = new SegmentWriter();
  writer.add('ids', bytesOf(ids));
  writer.add('numbers', bytesOf(numbers));
  const grain: Grain = { items: ids.length, width: blockWidth(ids.length, limit) };
  return writer.finish({ ...grain });
}

/** The catalogue's size, and how many items a block has. */
export interface Grain {
  readonly items: number;
  readonly width: number;
}

export const grainOf = async (run: SimilarityRun): Promise<Grain> =>
  (await run.work.open('tally', 0)).meta as unknown as Grain;

async function readCounts(file: SegmentFile): Promise<ItemCounts> {
  const [ids, users] = await file.readMany(['ids', 'users']);
  return { ids: doublesIn(ids), users: integersIn(users) };
}

export async function readCatalogue(run: SimilarityRun): Promise<Catalogue> {
  const [ids, numbers] = await (await run.work.open('tally', 0)).readMany(['ids', 'numbers']);
  return { ids: doublesIn(ids), numbers: integersIn(numbers) };
}

export async function numberShards(run: SimilarityRun): Promise<readonly Shard[]> {
  if ((await grainOf(run)).items === 0) {
    throw new EmptyModelError(
      'the model would be empty: itemType, sample, minUsersPerItem and maxUsersPerItem leave no item. Nothing is published',
    );
  }
  return (await run.work.shards('pair')).map((_, shard) => ({ pair: shard }));
}

export async function number(run: SimilarityRun, shard: Shard): Promise<Body> {
  const { minItemsPerUser } = run.settings;
  const { items, width } = await grainOf(run);
  const file = await run.work.open('pair', shard.pair as number);
  const catalogue = await readCatalogue(run);
  const [ids, users, rows, offsets, pairItems] = await file.readMany(['ids', 'users', 'rows', 'offsets', 'items']);
  const pairs = {
    ids: doublesIn(ids),
    users: integersIn(users),
    rows: doublesIn(rows),
    offsets: integersIn(offsets),
    items: integersIn(pairItems),
  };
  const blocks = Math.ceil(items / width);
  const numbered = numberRows(pairs, numbersOf(pairs.ids, catalogue), { minItemsPerUser, blocks, width });
  const writer = new SegmentWriter();
  writer.add('users', bytesOf(numbered.users));
  writer.add('rows', bytesOf(numbered.rows));
  writer.add('items', bytesOf(numbered.items));
  writer.add('seen', bytesOf(numbered.seen));
  writer.add('seen users', bytesOf(numbered.seenUsers));
  writer.add('offsets', bytesOf(numbered.offsets));
  writer.add('work', bytesOf(numbered.work));
  return writer.finish(numbered.kept);
}

export async function weigh(run: SimilarityRun): Promise<Body> {
  const ids = idsByNumber(await readCatalogue(run));
  const users = new Uint32Array(ids.length);
  const kept = { users: 0, pairs: 0 };
  for (const file of await run.work.openAll('number')) {
    const [seen, seenUsers] = (await file.readMany(['seen', 'seen users'])).map(integersIn) as [
      Uint32Array,
      Uint32Array,
    ];
    for (let at = 0; at < seen.length; at++) users[seen[at]!]! += seenUsers[at]!;
    const own = file.meta as typeof kept;
    kept.users += own.users;
    kept.pairs += own.pairs;
  }
  const writer = new SegmentWriter();
  writer.add('ids', bytesOf(ids));
  writer.add('users', bytesOf(users));
  return writer.finish({ ...kept, items: users.reduce((sum, count) => sum + Number(count > 0), 0) });
}

/** What is left after all filters. */
export interface Kept {
  readonly users: number;
  readonly items: number;
  readonly pairs: number;
}

export const keptCounts = async (run: SimilarityRun): Promise<Kept> =>
  (await run.work.open('weigh', 0)).meta as unknown as Kept;
