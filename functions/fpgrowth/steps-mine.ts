/**
 * `group` gives every basket to the groups of ranks that need it. `mine` finds the frequent item sets of a range of groups, and
 * writes them as rows for the join of antecedents.
 */
import type { MapStep } from '../../shared/job/job.ts';
import { ItemSetList, mineItemSets } from '../../shared/kernels/item-sets.ts';
import { BasketTable } from '../../shared/kernels/item-sets-baskets.ts';
import type { BucketRange } from '../../shared/shuffle/buckets.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, SegmentWriter } from '../../shared/store/segments.ts';
import { JoinRows } from './core-antecedents.ts';
import { dealToGroups } from './core-group.ts';
import { groupStarts, groupsOfRanks, type Ranks, rankItems, ranksOf } from './core-ranks.ts';
import { minCountOf } from './core-support.ts';
import type { RulesRun, RulesSettings } from './settings.ts';
import { BUCKETS, bucketRanges, type RowsMeta, readRows, rowsObject } from './shuffle.ts';
import { basketCount, count, readBaskets, readTallies } from './steps-count.ts';

/** The cells of baskets that one shard mines, group by group: seconds of work, or minutes when there are many large sets. */
const SHARD_CELLS = 1 << 22;
/** The most cells of the item sets of one shard, and of their rows (256 MiB). */
const MAX_CELLS = 1 << 26;

/** The frequent items of a run, and their groups. */
export interface RankedItems extends Ranks {
  /** The first rank of each group, and at the end the number of ranks. (groups + 1) */
  readonly groups: Uint32Array;
  /** The number of all baskets. */
  readonly baskets: number;
}

/** *R frequent items, G groups.* */
const RANKS = new ColumnTable({
  ids: Float64Array, // (R)
  counts: Uint32Array, // (R) baskets that hold the item
  groups: Uint32Array, // (G + 1) the first rank of each group
});

type RanksMeta = { readonly baskets: number };

const ranksKey = ({ work }: RulesRun): string => `${work.prefix}${work.plan}/ranks`;

export const group: MapStep<RulesSettings, { readonly count: number }, RowsMeta> = {
  kind: 'map',
  name: 'group',
  memoryMb: 1769,
  timeoutSeconds: 900,
  follows: [count],
  shards: async (run) => {
    await writeRanks(run);
    return (await run.work.shards(count)).map(({ index }) => ({ count: index }));
  },
  run: groupBaskets,
};

/** Ranks the items once for all shards, which then read the ranks. */
async function writeRanks(run: RulesRun): Promise<void> {
  const { items, counts } = await readTallies(run);
  const ranks = rankItems(items, counts);
  const baskets = await basketCount(run);
  const writer = new SegmentWriter();
  RANKS.write(writer, { ...ranks, groups: groupStarts(ranks.counts, baskets, run.shards) });
  await run.work.commit(ranksKey(run), writer.finish({ baskets }));
}

export async function readRanks(run: RulesRun): Promise<RankedItems> {
  const file = await run.work.openAt<RanksMeta>(ranksKey(run));
  return { ...(await RANKS.read(file, 'ids', 'counts', 'groups')), baskets: file.meta.baskets };
}

async function groupBaskets(run: RulesRun, shard: { readonly count: number }): Promise<SegmentBody<RowsMeta>> {
  const ranks = await readRanks(run);
  const baskets = await readBaskets(await run.work.open(count, shard.count));
  const rankOf = ranksOf(baskets.items, ranks);
  return rowsObject(dealToGroups(baskets, rankOf, groupsOfRanks(ranks.groups), ranks.groups.length - 1), {});
}

type MinedMeta = RowsMeta & { readonly sets: number };

export const mine: MapStep<RulesSettings, BucketRange, MinedMeta> = {
  kind: 'map',
  name: 'mine',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: async (run) => {
    const { groups } = await readRanks(run);
    return bucketRanges(run, await run.work.openAll(group), groups.length - 1, SHARD_CELLS);
  },
  run: mineGroups,
};

async function mineGroups(run: RulesRun, { from, to }: BucketRange): Promise<SegmentBody<MinedMeta>> {
  const { groups, counts, baskets } = await readRanks(run);
  const { maxItemSetSize } = run.settings;
  const minCount = minCountOf(run.settings, baskets);
  const files = await run.work.openAll(group);
  const rows = new JoinRows(maxItemSetSize, MAX_CELLS);
  let found = 0;
  for (let own = from; own < to; own++) {
    const ranks = { from: groups[own]!, to: groups[own + 1]! };
    const table = new BasketTable();
    for (const file of files) table.addRows(await readRows(file, { from: own, to: own + 1 }));
    const sets = new ItemSetList(MAX_CELLS);
    mineItemSets(table, { ...ranks, minCount, maxSize: maxItemSetSize }, sets);
    for (let rank = ranks.from; rank < ranks.to; rank++) rows.addItem(rank, counts[rank]!);
    rows.addSets(sets);
    found += sets.length;
  }
  return rowsObject(rows.byAntecedent(BUCKETS), { sets: found });
}
