/**
 * `group`: hands every basket on to the groups of ranks that need it. `mine`: the frequent item sets of a range of groups, as
 * rows for the join of antecedents.
 */
import { bytesOf, doublesIn, integersIn, joined } from '../../shared/columns/bytes.ts';
import type { Shard } from '../../shared/job/job.ts';
import { ItemSetList, mineItemSets } from '../../shared/kernels/item-sets.ts';
import { BasketTable } from '../../shared/kernels/item-sets-baskets.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';
import { JoinRows } from './core-antecedents.ts';
import { dealToGroups } from './core-group.ts';
import { groupStarts, groupsOfRanks, type Ranks, rankItems, ranksOf } from './core-ranks.ts';
import { minCountOf } from './core-support.ts';
import type { RulesRun } from './settings.ts';
import { BUCKETS, bucketRanges, rangeOf, readRange, writeRows } from './shuffle.ts';
import { basketCount } from './steps-count.ts';

/** Cells of baskets that one shard mines, one group after another: seconds of work, or minutes where large sets abound. */
const SHARD_CELLS = 1 << 22;
/** Cells of the item sets of one shard, and of the rows made of them (256 MiB). */
const MAX_CELLS = 1 << 26;

/** The frequent items of a run, and how they are split into groups. */
export interface RankedItems extends Ranks {
  /** Where each group's ranks begin, and the last one's end. (groups + 1) */
  readonly groups: Uint32Array;
  /** All of them. */
  readonly baskets: number;
}

const ranksKey = ({ work }: RulesRun): string => `${work.prefix}${work.plan}/ranks`;

/** Ranks the items once; every later shard reads them. */
export async function groupShards(run: RulesRun): Promise<readonly Shard[]> {
  const tallied = await run.work.openAll('tally');
  const columns = await Promise.all(tallied.map((file) => file.readMany(['items', 'counts'])));
  const items = joined(columns.map(([own]) => doublesIn(own)));
  const ranks = rankItems(items, joined(columns.map(([, own]) => integersIn(own))));
  const baskets = await basketCount(run);
  const writer = new SegmentWriter();
  writer.add('ids', bytesOf(ranks.ids));
  writer.add('counts', bytesOf(ranks.counts));
  writer.add('groups', bytesOf(groupStarts(ranks.counts, baskets, run.shards)));
  await run.work.commit(ranksKey(run), writer.finish({ baskets }));
  return (await run.work.shards('count')).map((_, count) => ({ count }));
}

export async function readRanks(run: RulesRun): Promise<RankedItems> {
  const file = await run.work.openAt(ranksKey(run));
  const [ids, counts, groups] = await file.readMany(['ids', 'counts', 'groups']);
  const { baskets } = file.meta as { baskets: number };
  return { ids: doublesIn(ids), counts: integersIn(counts), groups: integersIn(groups), baskets };
}

export async function group(run: RulesRun, shard: Shard): Promise<Body> {
  const ranks = await readRanks(run);
  const counted = await run.work.open('count', shard.count as number);
  const [items, places, ends] = await counted.readMany(['items', 'places', 'ends']);
  const rankOf = ranksOf(doublesIn(items), ranks);
  const baskets = { places: integersIn(places), ends: integersIn(ends) };
  return writeRows(dealToGroups(baskets, rankOf, groupsOfRanks(ranks.groups), ranks.groups.length - 1));
}

export async function mineShards(run: RulesRun): Promise<readonly Shard[]> {
  const { groups } = await readRanks(run);
  return bucketRanges(run, await run.work.openAll('group'), groups.length - 1, SHARD_CELLS);
}

export async function mine(run: RulesRun, shard: Shard): Promise<Body> {
  const { from, to } = rangeOf(shard);
  const { groups, counts, baskets } = await readRanks(run);
  const { maxItemSetSize } = run.settings;
  const minCount = minCountOf(run.settings, baskets);
  const files = await run.work.openAll('group');
  const rows = new JoinRows(maxItemSetSize, MAX_CELLS);
  let found = 0;
  for (let group = from; group < to; group++) {
    const ranks = { from: groups[group]!, to: groups[group + 1]! };
    const table = new BasketTable();
    for (const file of files) {
      table.addRows(integersIn(await readRange(file, { from: group, to: group + 1 }, 'cells', 4)));
    }
    const sets = new ItemSetList(MAX_CELLS);
    mineItemSets(table, { ...ranks, minCount, maxSize: maxItemSetSize }, sets);
    for (let rank = ranks.from; rank < ranks.to; rank++) rows.addItem(rank, counts[rank]!);
    rows.addSets(sets);
    found += sets.length;
  }
  return writeRows(rows.byAntecedent(BUCKETS), { sets: found });
}
