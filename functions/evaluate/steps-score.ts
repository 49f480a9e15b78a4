/**
 * `score` makes the lists of one scorer for a block of test users, and compares them with the users' tests. `measure` adds up the
 * results of all scorers for a block, in every resample.
 */
import { placesOf } from '../../shared/evaluation/places-of.ts';
import { PublishedModel } from '../../shared/evaluation/published-model.ts';
import { RankedLists } from '../../shared/evaluation/ranked-lists.ts';
import { BASELINES, ResampleSums } from '../../shared/evaluation/resample-sums.ts';
import type { RankedItems, ScoredBlock } from '../../shared/evaluation/scorer.ts';
import type { MapStep } from '../../shared/job/job.ts';
import { shardCount } from '../../shared/job/shard-count.ts';
import { cutBuckets } from '../../shared/shuffle/buckets.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { candidatesOf } from './candidates.ts';
import { rankByOrder } from './core-baselines.ts';
import type { Catalogue } from './core-choose.ts';
import { countLists, resultsOf } from './core-results.ts';
import { readMetItems } from './met-items.ts';
import { scorerOf } from './scorers.ts';
import type { EvaluationRun, EvaluationSettings } from './settings.ts';
import { readCatalogue, readChosenMeta, readMetCounts, readTestUsers, type UserRange } from './steps-choose.ts';

/**
 * The memory of a block follows from its users, their lists and the items that they met. A user counts as much as so many items,
 * and a place of a list as much as two.
 */
const ITEMS_A_USER = 200;
/**
 * The items of one block, with those that its users count as. The vectors and similarities of a block take some hundred
 * megabytes at most. Every block streams the models, so a block is as large as that allows.
 */
const BLOCK_ITEMS = 4_000_000;

/** The names of all scorers of a run, ascending. */
export const scorerNames = (run: EvaluationRun): string[] =>
  [...BASELINES, ...candidatesOf(run.settings).map(({ name }) => name)].sort();

/** A scorer and a block of the test users. */
type ScoreShard = UserRange & { readonly scorer: string };

/** `entries` and `popularityRanks` as in `ListCounts`. */
type ScoredMeta = { readonly entries: number; readonly popularityRanks: number };

/** `UserResults` without the users, and the distinct items of the lists. *U users.* */
const SCORED = new ColumnTable({
  served: Uint8Array, // (U)
  recall: Float64Array, // (U)
  ndcg: Float64Array, // (U)
  mrr: Float64Array, // (U)
  hitRate: Float64Array, // (U)
  listed: Uint32Array, // indexes of known items, ascending
});

export const score: MapStep<EvaluationSettings, ScoreShard, ScoredMeta> = {
  kind: 'map',
  name: 'score',
  memoryMb: 3008,
  timeoutSeconds: 900,
  shards: async (run) => {
    const blocks = await blocksOf(run);
    return scorerNames(run).flatMap((scorer) => blocks.map((block) => ({ scorer, ...block })));
  },
  run: scoreBlock,
};

/** Cuts the test users into blocks. Without test users there is one empty block. */
async function blocksOf(run: EvaluationRun): Promise<readonly UserRange[]> {
  const weights = Float64Array.from(await readMetCounts(run), (met) => met + ITEMS_A_USER + 2 * run.settings.cutoff);
  const load = weights.reduce((sum, weight) => sum + weight, 0) / BLOCK_ITEMS;
  const blocks = cutBuckets(weights, shardCount(run, load, 1, undefined, Math.max(1, weights.length)));
  return blocks.length === 0 ? [{ from: 0, to: 0 }] : blocks;
}

async function scoreBlock(run: EvaluationRun, { scorer, from, to }: ScoreShard): Promise<SegmentBody<ScoredMeta>> {
  const { cutoff } = run.settings;
  const catalogue = await readCatalogue(run);
  const test = await readTestUsers(run, { from, to });
  const { met, inOrder } = await readMetItems(run, test.users, placesOf(catalogue.items));
  const block: ScoredBlock = { items: catalogue.items, users: test.users, met, inOrder, cutoff };
  const lists = await rank(run, scorer, block, catalogue);
  const { users: _, ...results } = resultsOf(test, lists, cutoff);
  const { listed, ...counts } = countLists(lists, cutoff, catalogue.byPopularity);
  const writer = new SegmentWriter();
  SCORED.write(writer, { ...results, listed });
  return writer.finish(counts);
}

async function rank(
  run: EvaluationRun,
  scorer: string,
  block: ScoredBlock,
  { byPopularity, byRecency }: Catalogue,
): Promise<RankedItems> {
  const candidate = candidatesOf(run.settings).find(({ name }) => name === scorer);
  if (candidate === undefined) return rankByOrder(scorer === BASELINES[0] ? byPopularity : byRecency, block);
  if (block.users.length === 0) return new RankedLists(0, block.cutoff);
  const model = await PublishedModel.open(run.output, candidate.folder, candidate.run);
  return scorerOf(candidate.job).rank(model, block);
}

/** `ResampleSums` of a block. */
const SUMS = new ColumnTable({
  cells: Uint32Array,
  sums: Float64Array,
  partly: Float64Array,
});

export const measure: MapStep<EvaluationSettings, UserRange, null> = {
  kind: 'map',
  name: 'measure',
  memoryMb: 1769,
  timeoutSeconds: 900,
  shards: async (run) => {
    const [first] = scorerNames(run);
    const scored = await run.work.shards(score);
    return scored.filter(({ scorer }) => scorer === first).map(({ from, to }) => ({ from, to }));
  },
  run: measureBlock,
};

async function measureBlock(run: EvaluationRun, { from, to }: UserRange): Promise<SegmentBody<null>> {
  const { users, slices } = await readTestUsers(run, { from, to });
  const names = scorerNames(run);
  const results = await Promise.all(
    names.map(async (name) => {
      const [file] = await scoredBy(run, name, (block) => block.from === from);
      return { users, ...(await SCORED.read(file!, 'served', 'recall', 'ndcg', 'mrr', 'hitRate')) };
    }),
  );
  const sums = new ResampleSums(run.settings.seed, names);
  sums.add({ users, slices, results });
  const writer = new SegmentWriter();
  SUMS.write(writer, sums.toColumns());
  return writer.finish();
}

/** Opens the objects of `score` of one scorer. */
async function scoredBy(
  run: EvaluationRun,
  scorer: string,
  isWanted: (block: UserRange) => boolean = () => true,
): Promise<SegmentFile<ScoredMeta>[]> {
  const own = (await run.work.shards(score)).filter((shard) => shard.scorer === scorer && isWanted(shard));
  return Promise.all(own.map(({ index }) => run.work.open(score, index)));
}

/** Returns the sums over all test users. */
export async function readSums(run: EvaluationRun): Promise<ResampleSums> {
  const sums = new ResampleSums(run.settings.seed, scorerNames(run));
  for (const file of await run.work.openAll(measure)) sums.merge(await SUMS.read(file, 'cells', 'sums', 'partly'));
  return sums;
}

/** Returns the counts over all lists of a scorer. */
export async function readListCounts(run: EvaluationRun, scorer: string) {
  const { items } = await readChosenMeta(run);
  const isListed = new Uint8Array(items);
  let [itemsListed, entries, popularityRanks] = [0, 0, 0];
  for (const file of await scoredBy(run, scorer)) {
    entries += file.meta.entries;
    popularityRanks += file.meta.popularityRanks;
    for (const item of (await SCORED.read(file, 'listed')).listed) {
      if (isListed[item] === 0) itemsListed++;
      isListed[item] = 1;
    }
  }
  return { itemsListed, entries, popularityRanks };
}
